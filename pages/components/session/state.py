"""What one tab's session holds. It outlives a reload of the page and dies ten minutes after its last connection."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components.networks.available import owner_of
from pages.components.session.browser_cookie import COOKIE
from pages.components.session.registry import Connection, Refusal
from pages.components.slices import nearest_slice
from pages.components.viewer.pixel_route import PixelStore
from spine_core.anatomy.types import Disc
from spine_core.grading.types import DiscImage, Finding, Reading
from spine_core.jobs import Session
from spine_core.study.types import Patient, Series, Study, Weighting

if TYPE_CHECKING:
    from pages.components.prior.prior_state import PriorState
    from spine_core.pacs.private_folder import PrivateFolder
    from spine_core.study import SourceFile

OPEN, READ, CORRECT, REGRADE = "open", "read", "correct", "regrade"
"""Keys of the jobs that make the study and its reading."""


@dataclass(frozen=True, eq=False)
class Upload:
    """What was handed over, and what the user says about pictures and silent headers.

    ``patient``: key of the one that was chosen of several. ``case_id``: of a case of the library, instead of files.
    ``folder``: of files from an archive, deleted with this; ``left_out``: what the archive did not send, in sentences.
    """

    sources: tuple[SourceFile, ...]
    weighting: Weighting | None = None
    spacing: float | None = None
    demonstration: bool = False
    patient: str | None = None
    case_id: str = ""
    folder: PrivateFolder | None = None
    left_out: tuple[str, ...] = ()

    def release(self) -> None:
        """Deletes what was fetched for it, though a job that has ended may still refer to it."""
        if self.folder is not None:
            self.folder.delete()


@dataclass(frozen=True)
class Closed:
    """A study that this tab had open and that could not be given back, and why."""

    demonstration: bool
    reason: Refusal


class Memo:
    """Results that hold while what they were made from is the same object."""

    def __init__(self) -> None:
        self._made: dict[object, tuple[object, Any]] = {}

    def once(self, name: object, source: object, make: Callable[[], Any]) -> Any:
        """What ``make`` gave for ``source``; made again when ``name`` is asked with another source."""
        there = self._made.get(name)
        if there is None or there[0] is not source:
            there = self._made[name] = (source, make())
        return there[1]

    def clear(self) -> None:
        """Forgets everything."""
        self._made.clear()


@dataclass(eq=False)
class SessionState:
    """The open study, its reading, and what the reader is looking at.

    ``readings``: the networks' own reading and one after each correction, those that were undone included.
    ``patients``: those of an upload that holds several, until the reader has chosen; ``pending`` their files.
    ``complaint``: one sentence about what could not be done. ``upload`` counts uploads, so that the uploader is
    replaced, and its bytes dropped, after each. ``slices``: slice shown last, by series uid.
    ``turned``: where the last selection turned each series; an answer of the viewer that is late does not change it.
    ``first_uid``: the series asked for on the Study page. ``moves`` counts how often the viewer was turned.
    ``placing``: the level that the next click in the viewer places. ``outlines_received``: name of the edits of
    outlines that the viewer sent last, and why they were refused. ``pixels``: what the viewer may fetch.
    ``own_frames``: frame of reference as stored, by uid of each series that the reader placed in another one;
    ``frames_declined``: series that stay in their own.
    ``key_images``, ``measurements``: as the viewer hands them over; ``drawn_measurements``: as it draws them again.
    ``pinned_images``: images that the reader keeps to compare with other studies, each with its label.
    ``closed``: the study that the tab had before; ``duplicate``: the tab is a copy of one that keeps its study;
    ``demonstration_offered``: its address asked for the demonstration while something else was open.
    ``addressed``: level and condition of the page's address, as it was last written or followed.
    ``opened``: what the study was opened from, so that it can be kept. ``case_id``: of the library's case that holds
    the study, empty where none does. ``person_id``: who was picked in the library; it counts only where nobody
    signs in, so that pages ask ``identity.current_person`` instead.
    ``set_draft``: the set of exercises that is written. ``report``: the report of the open study, once it was drafted.
    ``prior``: the prior study that the open one is compared with; it goes with it.
    ``choices``: what the reader chose in widgets, by key. ``owner``: whose registered networks the session sees;
    ``network``: key of the one that reads, empty for the released ensemble; ``compared``: keys of those to compare.
    """

    jobs: Session = field(default_factory=Session)
    study: Study | None = None
    reading: Reading | None = None
    readings: list[Reading] = field(default_factory=list)
    demonstration: bool = False
    pending: Upload | None = None
    patients: tuple[Patient, ...] = ()
    complaint: str = ""
    reading_complaint: str = ""
    upload: int = 0
    series_uid: str = ""
    slices: dict[str, int] = field(default_factory=dict)
    level: str = ""
    condition: str = "pfirrmann"
    first_uid: str = ""
    moves: int = 0
    turned: dict[str, int] = field(default_factory=dict)
    placing: str = ""
    outlines_received: dict[str, str] = field(default_factory=lambda: {"received": "", "refused": ""})
    own_frames: dict[str, str | None] = field(default_factory=dict)
    frames_declined: set[str] = field(default_factory=set)
    pixels: PixelStore = field(default_factory=lambda: PixelStore(""))
    memory: Memo = field(default_factory=Memo)
    pinned_images: list[tuple[str, DiscImage]] = field(default_factory=list)
    key_images: list[dict[str, Any]] = field(default_factory=list)
    measurements: list[dict[str, Any]] = field(default_factory=list)
    drawn_measurements: list[dict[str, Any]] = field(default_factory=list)
    closed: Closed | None = None
    duplicate: bool = False
    demonstration_offered: bool = False
    choices: dict[str, Any] = field(default_factory=dict)
    owner: str = ""
    network: str = ""
    compared: list[str] = field(default_factory=list)
    addressed: tuple[str, str] = ("", "")
    opened: Upload | None = None
    case_id: str = ""
    person_id: int | None = None
    set_draft: Any = None
    report: Any = None
    prior: PriorState | None = None

    def clear(self) -> None:
        """Forgets the study and all work on it."""
        self.jobs.close()
        self.study = self.reading = None
        self.readings = []
        self.demonstration = False
        self.drop_pending()
        if self.opened is not None:
            self.opened.release()
        self.slices = {}
        self.opened, self.case_id, self.report = None, "", None
        self.complaint = self.reading_complaint = self.series_uid = self.level = ""
        self.first_uid = self.placing = ""
        self.outlines_received = {"received": "", "refused": ""}
        self.turned, self.own_frames, self.frames_declined = {}, {}, set()
        self.key_images, self.measurements, self.drawn_measurements = [], [], []
        self.closed, self.duplicate, self.demonstration_offered = None, False, False
        if self.prior is not None:
            self.prior.pixels.clear()
        self.prior = None
        self.pixels.clear()
        self.memory.clear()

    def drop_pending(self) -> None:
        """Forgets an upload that was not opened."""
        if self.pending is not None:
            self.pending.release()
        self.pending, self.patients = None, ()

    @property
    def empty(self) -> bool:
        """Whether a tab that comes back would miss nothing."""
        held = (self.study, self.pending, self.pinned_images, self.closed, self.set_draft, self.jobs.items())
        return not any(held)

    @property
    def nbytes(self) -> int:
        """Bytes of slices, masks, pinned images and files that wait to be opened: all that is large."""
        series = self.study.series if self.study else ()
        anatomies = [one for reading in self.readings for one in reading.anatomies]
        arrays = [one.pixels for one in series]
        arrays += [array for one in anatomies for array in (*one.masks.values(), *one.uncertainty.values())]
        arrays += [image.pixels for _, image in self.pinned_images]
        uploads = {id(one): one for one in (self.pending, self.opened) if one is not None}
        files = [source.data for one in uploads.values() for source in one.sources]
        # Readings share the masks that a correction did not touch.
        unique = {id(array): array.nbytes for array in arrays}
        waiting = sum(len(data) for data in files if isinstance(data, bytes))
        return sum(unique.values()) + waiting + (self.prior.nbytes if self.prior is not None else 0)

    def park(self) -> None:
        """The tab has gone, perhaps to come back: work goes on, no pixels are handed out."""
        self.pixels.withdraw()
        if self.prior is not None:
            self.prior.pixels.withdraw()

    def resume(self) -> None:
        """The tab has come back."""
        self.pixels.offer()
        if self.prior is not None:
            self.prior.pixels.offer()

    def discard(self) -> None:
        """Drops all that it holds and cancels its work, though a page that has gone may still refer to it."""
        self.clear()
        self.pinned_images.clear()
        self.choices.clear()
        self.set_draft = None

    @property
    def series(self) -> Series | None:
        """The series on the screen: the one chosen, else the one the discs were placed on, else the first."""
        if self.study is None or not self.study.series:
            return None
        uids = {series.uid: series for series in self.study.series}
        if self.series_uid in uids:
            return uids[self.series_uid]
        if self.reading is not None and self.reading.discs:
            return uids[self.reading.discs[0].series_uid]
        return self.study.series[0]

    def slice_index(self, series: Series) -> int:
        """The slice of ``series`` to show: the one shown last, else the middle."""
        return min(self.slices.get(series.uid, series.slices // 2), series.slices - 1)

    def adopt(self, reading: Reading) -> None:
        """Takes over a reading of the networks, or one with a further correction, which can be undone."""
        self.readings = [*self.readings[: len(reading.corrections)], reading]
        self._show(reading)

    @property
    def corrected(self) -> int:
        """Corrections in the reading that is shown: its place in ``readings``."""
        return len(self.reading.corrections) if self.reading is not None else 0

    def go_to(self, corrections: int) -> None:
        """Shows the reading after that many corrections: fewer undoes, more does them again, 0 is the networks'."""
        self._show(self.readings[corrections])

    def _show(self, reading: Reading) -> None:
        """Keeps the selection where its level and its condition are still there.

        A reading of the same discs leaves the viewer where it is: only outlines were edited, or grades changed.
        """
        before, self.reading = self.reading, reading
        conditions = [one.name for one in reading.conditions]
        if conditions and self.condition not in conditions:
            self.condition = conditions[0]
        levels = [disc.level for disc in reading.discs]
        if levels and (before is None or before.discs != reading.discs):
            self.select(self.level if self.level in levels else _first_look(reading), self.condition)

    def select(self, level: str, condition: str) -> None:
        """Selects a finding and turns every series that shows the disc to it."""
        self.level, self.condition = level, condition
        if self.disc is None or self.study is None:
            return
        nearest = {series.uid: nearest_slice(self.study, series, self.disc) for series in self.study.series}
        self.turned = {uid: index for uid, index in nearest.items() if index is not None}
        self.slices.update(self.turned)
        self.series_uid, self.first_uid = self.disc.series_uid, ""
        self.moves += 1

    def look_at_number(self, number: str) -> None:
        """Puts the series of this number, from 0, into the first pane; an address may name one that is not there."""
        series = self.study.series if self.study else ()
        if number.isdecimal() and int(number) < len(series):
            self.series_uid = self.first_uid = series[int(number)].uid

    @property
    def disc(self) -> Disc | None:
        """The disc of the selected level."""
        discs = self.reading.discs if self.reading else ()
        return next((disc for disc in discs if disc.level == self.level), None)

    @property
    def finding(self) -> Finding | None:
        """The selected finding."""
        return self.reading.finding(self.level, self.condition) if self.reading else None

    @property
    def image(self) -> DiscImage | None:
        """The network's input from which the selected finding was made."""
        if self.reading is None or self.finding is None:
            return None
        return self.reading.image_of(self.finding)


def _first_look(reading: Reading) -> str:
    """L4/L5, where most findings are, else the lowest level found."""
    levels = [disc.level for disc in reading.discs]
    return "L4/L5" if "L4/L5" in levels else levels[-1]


# Streamlit calls on_release as soon as the browser has gone; the garbage collector may take minutes.
@st.cache_resource(scope="session", on_release=Connection.end, show_spinner=False)
def connection() -> Connection:
    """The connection of this session: the same until the browser goes, another one where it comes back."""
    context = get_script_run_ctx()
    return Connection(context.session_id if context is not None else "")


def this_browser() -> str:
    """The value of the browser's cookie; empty where it brought none."""
    return st.context.cookies.get(COOKIE, "")


def new_store() -> SessionState:
    """An empty store for this browser."""
    store = SessionState(pixels=PixelStore(this_browser()), owner=owner_of(this_browser()))
    # What nobody holds any more must not leave its work running.
    weakref.finalize(store, store.jobs.close)
    return store


def current() -> SessionState:
    """The store of this session. Where no tab was asked about, it lives and dies with the session."""
    if "store" not in st.session_state:
        store = new_store()
        connection().gone = store.pixels.clear
        st.session_state.store = store
    found: SessionState = st.session_state.store
    return found
