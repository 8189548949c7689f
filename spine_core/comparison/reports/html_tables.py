"""The tables of a comparison's HTML page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from spine_core.comparison.metrics.registry import BY_NAME, facts
from spine_core.comparison.metrics.robustness.robustness import Answer, AttributionShift, Robustness
from spine_core.comparison.types import Agreement, Change, Comparison, FindingRegion, RepeatTests
from spine_core.comparison.verdict import label_of, shift_warnings
from spine_core.networks.conditions import BY_NAME as BY_CONDITION

Cell = float | str | None
"""A number, words, or None for an empty map."""


def figures(found: Comparison) -> str:
    """One row per map, controls included: faithfulness, concentration, cost."""
    curves = (*found.faithfulness, *found.controls)
    cost = {one.method: one for one in found.costs}
    rows: list[list[Cell]] = []
    for number, one in enumerate(curves):
        own = number < len(found.methods)
        name = label_of(one.method) if own else f"Control: {label_of(one.method)} {one.draw + 1}"
        rows.append(
            [
                name,
                *found.figures(number),
                cost[one.method].seconds if own else "",
                str(cost[one.method].network_calls) if own else "",
            ]
        )
    heads = [_head(name) for name in ("deletion", "insertion")]
    heads += [_head(name, f", {found.settings['unused_fill']}") for name in ("deletion", "insertion")]
    further = ("road", "infidelity", "complexity", *(("outside",) if found.relevance_outside else ()), "cost")
    heads += [_head(name) for name in further]
    words = f"<p>{escape(outside_area_words(found))}</p>" if found.relevance_outside else ""
    return _table(["<td></td>", *heads, "<th>Pictures asked</th>"], rows) + words


def outside_area_words(found: Comparison) -> str:
    """What relevance outside the image is to be compared with; only where there is an outside."""
    return (
        f"{100 * (found.outside_fraction or 0):.0f} % of the network's input lies outside the image, where there is no "
        "anatomy; an even map has as much of its relevance there."
    )


def agreement(pairs: Sequence[Agreement], label: Callable[[str], str]) -> str:
    """One row per pair, every figure beside its chance level. ``label``: words for what a pair names."""
    rows: list[list[Cell]] = [
        [
            f"{label(one.first)} with {label(one.second)}",
            *(one.rank_correlation, one.chance_correlation),
            *(one.overlap, one.chance_overlap),
            *(one.similarity, one.chance_similarity),
            *((one.sign_agreement, one.chance_sign_agreement) if one.evidence == "signed" else ("", "")),
        ]
        for one in pairs
    ]
    names = ("rank_correlation", "overlap", "similarity", "sign_agreement")
    heads = [head for name in names for head in (_head(name), "<th>Chance</th>")]
    return _table(["<td></td>", *heads], rows)


def place(found: Comparison, where: FindingRegion) -> str:
    """How each map, controls included, lies to the finding's place."""
    rows: list[list[Cell]] = [
        [
            label_of(one.method)
            if number < len(found.localisation)
            else f"Control: {label_of(one.method)} {one.draw + 1}",
            one.inside,
            "yes" if one.hit else "no",
            one.iou_best,
            one.iou_fixed,
        ]
        for number, one in enumerate((*found.localisation, *found.control_localisation))
    ]
    heads = [_head(name) for name in ("localisation", "pointing", "iou_best", "iou_fixed")]
    words = f"{', '.join(where.structures)}: {where.area:.0%} of the picture."
    return f"<p>{escape(words)}</p>" + _table(["<td></td>", *heads], rows)


def altered(found: Robustness, condition: str) -> str:
    """What became of the answer, what became of the maps, and what of that is a fault."""
    words = dict(zip(BY_CONDITION[condition].grades, BY_CONDITION[condition].grade_labels, strict=True))
    answers: list[tuple[str, Answer, float | None]] = [("As it is", found.answer, None)]
    answers += [(one.kind.heading, one.answer, one.size) for one in found.altered]
    said = [
        [name, one.probability, words[one.grade], "" if size is None else size] for name, one, size in answers
    ]
    heads = ["<td></td><th>Probability</th><th>Likeliest grade</th><th>Size of the change</th>"]
    first = _table(heads, said)
    moved = {(one.method, one.kind): one for one in found.moved}
    rows: list[list[Cell]] = []
    for method in dict.fromkeys(one.method for one in found.moved):
        cells = [moved[method, one.kind] for one in found.altered]
        name = ("Control: " if method in found.controls else "") + label_of(method)
        rows.append([name, *(_kept(cell) for cell in cells), cells[0].chance])
    tip = escape(facts(BY_NAME["robustness"]))
    heads = [f"<th title='{tip}'>{escape(one.kind.heading)} ↑</th>" for one in found.altered]
    sentences = "".join(f"<li>{escape(text)}</li>" for text in shift_warnings(found))
    return first + _table(["<td></td>", *heads, "<th>Chance</th>"], rows) + f"<ul>{sentences}</ul>"


def _kept(one: AttributionShift) -> Cell:
    if one.similarity is None:
        return None
    return f"{one.similarity:.2f}, same answer, different map" if one.flagged else one.similarity


def repeated(checks: RepeatTests) -> str:
    """Stability and sanity, the controls below."""
    steady = {(one.method, one.change): one.mean for one in checks.stability}
    changes = [change for change in Change if any(one.change is change for one in checks.stability)]
    rows: list[list[Cell]] = [
        [
            ("Control: " if one.method in checks.controls else "") + label_of(one.method),
            *(steady[one.method, change] for change in changes),
            *(stage.similarity for stage in one.stages),
            one.chance,
        ]
        for one in checks.sanity
    ]
    depths = checks.sanity[0].stages if checks.sanity else ()
    heads = [f"<th>{escape(change.value.capitalize())}</th>" for change in changes]
    heads += [f"<th>{stage.depth:.0%} of layers shuffled</th>" for stage in depths]
    return _table(["<td></td>", *heads, "<th>Chance</th>"], rows)


def _head(name: str, more: str = "") -> str:
    metric = BY_NAME[name]
    return f"<th title='{escape(facts(metric))}'>{escape(metric.heading(more))}</th>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f"<tr><th>{escape(str(row[0]))}</th>{''.join(f'<td>{_words(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><tr>{''.join(heads)}</tr>{body}</table>"


def _words(cell: Cell) -> str:
    if cell is None:
        return "empty map"
    return escape(cell) if isinstance(cell, str) else f"{cell:.2f}"
