"""The figures of a comparison as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from spine_core.comparison.metrics.fills import FILLS
from spine_core.comparison.metrics.registry import BY_NAME, facts
from spine_core.comparison.reports.html_tables import outside_area_words
from spine_core.comparison.types import Comparison, Localisation, Outcome
from spine_core.comparison.verdict import label_of

ICONS = {
    Outcome.FAITHFUL: ":material/check_circle:",
    Outcome.PARTLY: ":material/contrast:",
    Outcome.NO_BETTER: ":material/cancel:",
    Outcome.EMPTY: ":material/hide_source:",
    Outcome.UNTESTABLE: ":material/help:",
}


def verdict_list(found: Comparison) -> None:
    """One sentence per method."""
    for verdict in found.verdicts:
        st.markdown(f"{ICONS[verdict.outcome]} {verdict.text}")


def localisation_table(found: Comparison) -> None:
    """Share of each map's relevance per structure, and how it lies to the finding's place, the controls below."""
    if not found.localisation:
        return
    st.markdown("**Where the relevance lies**", help=facts(BY_NAME["localisation"]))
    structures = list(found.localisation[0].area)
    head = "".join(f'<th scope="col">{escape(name.capitalize())}</th>' for name in structures)
    groups = [(label_of(one.method), [one], "") for one in found.localisation]
    groups += [
        (
            f"Control: {label_of(name)}",
            [one for one in found.control_localisation if one.method == name],
            "foot",
        )
        for name in dict.fromkeys(one.method for one in found.control_localisation)
    ]
    rows = [
        _row(words, [_shares([one.mass[name] for one in maps]) for name in structures], kind)
        for words, maps, kind in groups
    ]
    rows.append(
        _row("An even map", [f"{found.localisation[0].area[name]:.0%}" for name in structures], "foot")
    )
    wide(head, rows)
    st.caption(BY_NAME["localisation"].caveat)
    if found.finding_region is None:
        return
    names = ("localisation", "pointing", "iou_best", "iou_fixed")
    rows = [_row(words, _placed(maps), kind) for words, maps, kind in groups]
    rows.append(
        _row(
            "An even map",
            [f"{found.finding_region.area:.0%}"] * 2 + [f"{found.finding_region.area:.2f}"] * 2,
            "foot",
        )
    )
    wide("".join(_head(name) for name in names), rows)
    st.caption(
        f"Against where this finding is by its definition: {', '.join(found.finding_region.structures).lower()}. "
        "Controls: how many of their draws point there, lowest to highest of the others."
    )


def _placed(maps: Sequence[Localisation]) -> list[str]:
    hits = sum(one.hit is True for one in maps)
    pointing = ("yes" if hits else "no") if len(maps) == 1 else f"{hits} of {len(maps)}"
    return [
        _shares([one.inside for one in maps]),
        pointing,
        _span([one.iou_best for one in maps]),
        _span([one.iou_fixed for one in maps]),
    ]


def _shares(values: Sequence[float | None]) -> str:
    return _span(values, "{:.0%}")


def figures_table(found: Comparison) -> None:
    """One row per map, and the span of each control's draws below."""
    st.markdown("**Figures beside the controls**")
    unused = str(found.settings["unused_fill"])
    head = "".join(_head(name) for name in ("deletion", "insertion"))
    head += "".join(_head(name, f", {unused} fill") for name in ("deletion", "insertion"))
    further = ("road", "infidelity", "complexity", *(("outside",) if found.relevance_outside else ()), "cost")
    head += "".join(_head(name) for name in further)
    head += '<th scope="col">Pictures asked</th>'
    rows = []
    for number, cost in enumerate(found.costs):
        cells = [_span([value]) for value in found.figures(number)]
        cells += [f"{cost.seconds:.2f}", str(cost.network_calls)]
        rows.append(_row(label_of(cost.method), cells))
    for name in dict.fromkeys(one.method for one in found.controls):
        numbers = [
            number
            for number, one in enumerate(found.controls, start=len(found.methods))
            if one.method == name
        ]
        spans = zip(*(found.figures(number) for number in numbers), strict=True)
        rows.append(_row(f"Control: {label_of(name)}", [*map(_span, spans), "", ""], "foot"))
    wide(head, rows)
    st.caption(
        "Areas are mean log-odds along the curve. Arrows: which way is better. Point at a heading for what it "
        f"measures, where it comes from, and how it misleads. Two fills: {found.settings['fill']}, which the methods "
        f"may use themselves, and {unused} ({FILLS[unused]}), which none of them uses. Controls: lowest to highest of "
        "their draws."
    )
    if found.relevance_outside:
        st.caption(outside_area_words(found))


def _head(name: str, more: str = "") -> str:
    metric = BY_NAME[name]
    return f'<th scope="col" title="{escape(facts(metric))}">{escape(metric.heading(more))}</th>'


def _row(words: str, cells: Sequence[str], kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return (
        f'<tr{mark}><th scope="row">{escape(words)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
    )


def wide(head: str, rows: Sequence[str]) -> None:
    """A table that scrolls sideways where the page is narrow. ``head``: the headings after the first, as HTML."""
    st.html(
        f'<div class="sl-wide"><table class="sl-table"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>'
    )


def plain(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A table of words. ``lines``: cells, the first of which heads its row and has no heading of its own."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads[1:])
    wide(head, [_row(name, [escape(cell) for cell in cells]) for name, *cells in lines])


def _span(values: Sequence[float | None], form: str = "{:.2f}") -> str:
    """The figure, or the lowest and the highest of several."""
    known = [value for value in values if value is not None]
    if not known:
        return "empty map"
    low, high = form.format(min(known)), form.format(max(known))
    return low if low == high else f"{low} to {high}"
