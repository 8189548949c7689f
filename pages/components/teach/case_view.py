"""The case of an exercise in the viewer: all its series, the kept levels, and places that somebody marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pages.components.component_events import event_value, listen
from pages.components.series_names import distinct_names
from pages.components.session.state import Memo, this_browser
from pages.components.slices import marks
from pages.components.teach.finding_form import Finding, finding_of
from pages.components.viewer.pixel_route import PixelStore
from pages.components.viewer.spine_region import spine_region
from pages.components.viewer.viewer import EVENTS, mounted
from pages.components.viewer.viewer_data import Pane, factor_words, series_data, viewer_data
from spine_core.anatomy.types import Disc
from spine_core.study.hanging_protocol import arrange
from spine_core.study.types import Series, Study
from spine_core.teaching.answers import Click

MOST_PANES = 3


@dataclass(frozen=True)
class Drawn:
    """A place to draw. ``radius``: of a reference place, in pixels; 0 for somebody's own."""

    click: Click
    words: str
    radius: float = 0.0

    def values(self) -> dict[str, Any]:
        """As the viewer takes it."""
        return {
            "slice": self.click.slice_index,
            "center": [self.click.row, self.click.column],
            "radius": self.radius,
            "words": self.words,
            "kind": "reference" if self.radius else "own",
        }


@dataclass(eq=False)
class CaseView:
    """What a tab knows of a case that it shows. ``placing``: the finding whose place the next click marks.

    ``moves`` counts how often the viewer was turned; ``turned``: to which slices, and ``turned_for`` which step.
    """

    key: str
    study: Study
    discs: tuple[Disc, ...]
    slices: dict[str, int] = field(default_factory=dict)
    active: str = ""
    placing: Finding | None = None
    level: str = ""
    moves: int = 0
    turned: dict[str, int] = field(default_factory=dict)
    turned_for: str = ""
    memory: Memo = field(default_factory=Memo)
    pixels: PixelStore = field(default_factory=lambda: PixelStore(this_browser()))

    def __post_init__(self) -> None:
        """A series opens where its levels are: the middle of a stack may lie beside the spine."""
        for series in self.study.series:
            found = sorted(one.slice_index for one in marks(self.study, series, self.discs))
            if found:
                self.slices.setdefault(series.uid, found[len(found) // 2])

    @property
    def series(self) -> Series:
        """The one that was pointed at last."""
        uids = {one.uid: one for one in self.study.series}
        return uids.get(self.active) or uids[self.panes[0]]

    @property
    def panes(self) -> list[str]:
        """Uids of the series, hung."""
        return [one.uid for one in arrange(self.study, {}, lambda series: False)[0]]

    @property
    def names(self) -> dict[str, str]:
        """By uid of the series. Axial stacks are named by the levels that a learner is shown anyway."""
        return self.memory.once("names", self.study, lambda: distinct_names(self.study, None, self.discs))

    def slice_of(self, series: Series) -> int:
        """The slice that is shown, as far as it is known."""
        return min(self.slices.get(series.uid, series.slices // 2), series.slices - 1)

    def turn_to(self, step: str, clicks: Sequence[Click]) -> None:
        """Turns the series to the slices of these places, the last one of a series counts; once per step."""
        if self.turned_for == step:
            return
        self.turned_for, self.moves = step, self.moves + 1
        self.turned = {one.series_uid: one.slice_index for one in clicks}
        self.slices.update(self.turned)

    def middle(self) -> Click:
        """The middle of the slice that is shown: a place for who does not point."""
        series = self.series
        middle = ((series.rows - 1) / 2, (series.columns - 1) / 2)
        return Click(series.uid, self.slice_of(series), *middle)


def case_viewer(view: CaseView, drawn: Sequence[Drawn], put: Callable[[Finding, Click], None]) -> Any:
    """The viewer. ``put`` is told a place that was marked, before the page runs."""
    key = f"case-{view.key}"

    def seen() -> None:
        state = event_value(key, "view")
        if state is None:
            return
        view.slices.update({uid: int(index) for uid, index in state["slices"].items()})
        view.active = state["series"]

    def pointed() -> None:
        view.level = event_value(key, "disc") or view.level

    callbacks = {f"on_{event}_change": listen for event in EVENTS}
    callbacks |= {
        "on_view_change": seen,
        "on_disc_change": pointed,
        "on_placed_change": placed_by(key, view, put),
    }
    return mounted(key, case_data(view, drawn), **callbacks)


def placed_by(key: str, view: CaseView, put: Callable[[Finding, Click], None]) -> Callable[[], None]:
    """The callback of a click that marks a place."""

    def placed() -> None:
        found = event_value(key, "placed")
        if found and view.placing is not None and found["level"] == " ".join(view.placing):
            view.placing = None
            click = Click(
                found["series"], int(found["slice"]), round(found["row"], 2), round(found["column"], 2)
            )
            put(finding_of(found["level"]), click)

    return placed


def case_data(view: CaseView, drawn: Sequence[Drawn]) -> dict[str, Any]:
    """The viewer's data: pixels, levels, places. Nothing of a network is in it."""
    data = viewer_data(
        view.key,
        [
            _series(view, one)
            | {"places": [each.values() for each in drawn if each.click.series_uid == one.uid]}
            for one in view.study.series
        ],
        [Pane(uid) for uid in view.panes],
        layout=min(arrange(view.study, {}, lambda series: False)[1], MOST_PANES),
        level=view.level,
        place=" ".join(view.placing or ()),
        slices=view.slices,
        move={"serial": view.moves, "slices": dict(view.turned), "centers": {}},
    )
    return data | {"keys": [], "measured": []}


def _series(view: CaseView, series: Series) -> dict[str, Any]:
    return view.memory.once(("series", series.uid), view.study, lambda: _made(view, series))


def _made(view: CaseView, series: Series) -> dict[str, Any]:
    on_series = marks(view.study, series, view.discs)
    fixed = series_data(view.pixels, view.study, series, view.names[series.uid])
    return fixed | {
        "name": " · ".join(filter(None, (view.names[series.uid], factor_words(series)))),
        "marks": [
            {
                "level": one.level,
                "slice": one.slice_index,
                "center": list(one.center),
                "label": list(one.label),
            }
            for one in on_series
        ],
        "outlines": [],
        "spine": spine_region(series, on_series),
    }


def place_words(click: Click) -> str:
    """Where a place is, in as few words as a cell has room for."""
    return f"slice {click.slice_index + 1}"
