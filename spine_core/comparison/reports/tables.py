"""Tables of results: a column per metric and variant, a row per method, and rows of the controls below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from spine_core.comparison.metrics.base import Metric, MetricResult, Property

Key = tuple[str, str]
"""Metric and variant of a column."""


@dataclass(frozen=True)
class Cell:
    """``text``: the value. ``emphasised``: better than every control. ``note``: its chance level, where rows differ."""

    text: str
    emphasised: bool = False
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A row. ``label``: the method in words."""

    label: str
    cells: tuple[Cell, ...]
    is_control: bool = False


@dataclass(frozen=True)
class Column:
    """A column. ``help``: what the metric measures, its source and how it can mislead. ``metric``: its label."""

    heading: str
    help: str
    metric: str


@dataclass(frozen=True)
class ResultTable:
    """The results of one property."""

    property: Property
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def result_tables(results: Iterable[MetricResult], label: Callable[[str], str]) -> tuple[ResultTable, ...]:
    """A table per property, in the order of ``Property``; pairs of methods are left out (see ``pair_table``).

    ``label``: a method's name in words. Values better than those of every control are emphasised; a chance level that
    all rows share is the last row.
    """
    single = [one for one in results if not one.other]
    groups = {kind: [one for one in single if one.metric.kind is kind] for kind in Property}
    return tuple(_table(kind, found, label) for kind, found in groups.items() if found)


def _table(kind: Property, results: Sequence[MetricResult], label: Callable[[str], str]) -> ResultTable:
    columns: dict[Key, list[MetricResult]] = {}
    for one in results:
        columns.setdefault((one.metric.name, one.variant), []).append(one)
    shared = {key: _shared_chance(found) for key, found in columns.items()}
    makers = dict.fromkeys((one.method, one.is_control) for one in results)
    rows = [
        Row(
            f"Control: {label(method)}" if is_control else label(method) or "Network",
            tuple(
                _cell(found, method, is_control=is_control, noted=shared[key] is None)
                for key, found in columns.items()
            ),
            is_control,
        )
        for method, is_control in sorted(makers, key=lambda maker: maker[1])
    ]
    if any(value is not None for value in shared.values()):
        named = next(
            found[0].metric.chance_label for key, found in columns.items() if shared[key] is not None
        )
        cells = (
            Cell("" if shared[key] is None else found[0].metric.unit.chance_text(shared[key] or 0.0))
            for key, found in columns.items()
        )
        rows.append(Row(named, tuple(cells), is_control=True))
    heads = tuple(_column(found[0].metric, key[1]) for key, found in columns.items())
    return ResultTable(kind, heads, tuple(rows))


def _column(metric: Metric, variant: str = "") -> Column:
    return Column(metric.heading(variant), metric.help, metric.label)


def _shared_chance(results: Sequence[MetricResult]) -> float | None:
    """The chance level of a column where all rows have the same."""
    levels = {one.chance for one in results}
    return levels.pop() if len(levels) == 1 else None


def _cell(column: Sequence[MetricResult], method: str, *, is_control: bool, noted: bool) -> Cell:
    own = [one for one in column if one.method == method and one.is_control is is_control]
    if not own:
        return Cell("")
    metric = own[0].metric
    return Cell(
        metric.unit.texts([one.value for one in own]),
        not is_control and _beats(own[0], [one for one in column if one.is_control]),
        ""
        if not noted or own[0].chance is None
        else f"chance up to {metric.unit.chance_text(own[0].chance)}",
    )


def _beats(one: MetricResult, controls: Sequence[MetricResult]) -> bool:
    """Whether a value is better than every control's; than chance where there is no control."""
    others = [each.value for each in controls] if controls else [one.chance]
    value = one.value
    return value is not None and all(
        other is not None and one.metric.better(value, other) for other in others
    )


def pair_table(results: Iterable[MetricResult], label: Callable[[str], str]) -> ResultTable | None:
    """One row per pair of methods, values with their chance level, emphasised above it. None without pairs."""
    pairs = [one for one in results if one.other]
    if not pairs:
        return None
    metrics = {one.metric.name: one.metric for one in pairs}
    rows = []
    for first, second in dict.fromkeys((one.method, one.other) for one in pairs):
        known = {one.metric.name: one for one in pairs if (one.method, one.other) == (first, second)}
        cells = tuple(_pair_cell(known.get(name)) for name in metrics)
        rows.append(Row(f"{label(first)} with {label(second)}", cells))
    heads = tuple(map(_column, metrics.values()))
    return ResultTable(Property.AGREEMENT, heads, tuple(rows))


def _pair_cell(one: MetricResult | None) -> Cell:
    if one is None:
        return Cell("not applicable")
    chance = "" if one.chance is None else f"chance up to {one.metric.unit.chance_text(one.chance)}"
    return Cell(one.metric.unit.texts([one.value]), _beats(one, ()), chance)


def table_html(table: ResultTable, css: str = "", address: Callable[[str], str] | None = None) -> str:
    """The table as HTML. ``css``: class of the ``table`` element; control rows have the class ``foot``.

    ``address``: where a metric is explained, by its label; headings link there.
    """
    heads = "".join(_head_html(column, address) for column in table.columns)
    return f'<table class="{css}"><tr><td></td>{heads}</tr>{"".join(map(_row_html, table.rows))}</table>'


def _head_html(column: Column, address: Callable[[str], str] | None) -> str:
    words = escape(column.heading)
    if address is not None:
        words = f'<a href="{escape(address(column.metric))}" target="_blank">{words}</a>'
    return f'<th scope="col" title="{escape(column.help)}">{words}</th>'


def _row_html(row: Row) -> str:
    kind = ' class="foot"' if row.is_control else ""
    return f'<tr{kind}><th scope="row">{escape(row.label)}</th>{"".join(map(_cell_html, row.cells))}</tr>'


def _cell_html(cell: Cell) -> str:
    text = f"<b>{escape(cell.text)}</b>" if cell.emphasised else escape(cell.text)
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<td>{text}{note}</td>"
