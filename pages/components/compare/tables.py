"""The results of a comparison as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.components import glossary
from spine_core.comparison.metrics.base import MetricResult, Property
from spine_core.comparison.reports.tables import ResultTable, result_tables, table_html
from spine_core.comparison.types import Comparison, Outcome, PartialComparison
from spine_core.comparison.verdict import label_of
from spine_core.explanation.perturbation.baselines import BASELINES

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


def property_table(results: Sequence[MetricResult], kind: Property) -> None:
    """The results of one property; nothing where there are none."""
    tables = result_tables([one for one in results if one.metric.kind is kind], label_of)
    for table in tables:
        show(table)


def show(table: ResultTable) -> None:
    """A table that scrolls sideways where the page is narrow."""
    st.html(f'<div class="sl-wide">{table_html(table, "sl-table", glossary.address)}</div>')


def faithfulness_rows(found: Comparison | PartialComparison) -> None:
    """Faithfulness and whatever else is measured of single maps but their localisation, the controls below."""
    for table in result_tables(found.results, label_of):
        if table.property is not Property.LOCALISATION:
            show(table)


def faithfulness_table(found: Comparison) -> None:
    """``faithfulness_rows``, and how to read them."""
    faithfulness_rows(found)
    own, unused = (str(found.settings[name]) for name in ("baseline", "unused_baseline"))
    st.caption(
        f"Bold: better than every {glossary.link('Control map', 'control map')}. Controls: lowest to highest of their "
        f"draws. Areas are mean {glossary.link('Log-odds', 'log-odds')} along the curve. Two "
        f"{glossary.link('Baseline', 'baselines')} replace masked parts: {own} ({BASELINES[own].description}), which "
        f"methods may use themselves, and {unused} ({BASELINES[unused].description}), which none of them uses. Hover "
        "over a heading for definition, source and limits."
    )


def localisation_table(found: Comparison | PartialComparison) -> None:
    """Relevance per structure and against the region of the finding."""
    if not [one for one in found.results if one.metric.kind is Property.LOCALISATION]:
        st.caption("The anatomy of this image is not known.")
        return
    property_table(found.results, Property.LOCALISATION)
    if found.finding_region is not None:
        region = ", ".join(found.finding_region.structures).lower()
        st.caption(
            f"Region of this finding by its definition: {region} ({found.finding_region.area:.0%} of the image)."
        )
    st.caption(
        "The masks are a network's own. Relevance inside a structure shows that a map fits anatomy, not that the "
        "network used it."
    )


def wide(head: str, rows: Sequence[str]) -> None:
    """A table that scrolls sideways where the page is narrow. ``head``: the headings after the first, as HTML."""
    st.html(
        f'<div class="sl-wide"><table class="sl-table"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>'
    )


def plain(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A table of words. ``lines``: cells, the first of which heads its row and has no heading of its own."""
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads[1:])
    rows = [
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in lines
    ]
    wide(head, rows)
