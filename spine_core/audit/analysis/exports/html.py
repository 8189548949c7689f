"""An audit as one self-contained HTML report: protocol, log, every table, and what raters wrote."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from html import escape
from importlib.metadata import version

from spine_core import DISCLAIMER, __version__
from spine_core.audit.analysis.data import AuditData
from spine_core.audit.analysis.exports.protocol_tables import protocol_tables
from spine_core.audit.analysis.exports.result_tables import result_tables
from spine_core.audit.analysis.exports.table import Table
from spine_core.audit.analysis.results import AuditResults

_STYLE = """
:root { color-scheme: light dark; --line: #ccc; --faint: #555; }
@media (prefers-color-scheme: dark) { :root { --line: #444; --faint: #aaa; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem;
color: CanvasText; background: Canvas; }
div { overflow-x: auto; } table { border-collapse: collapse; margin: .6rem 0; font-size: .9rem; }
td, th { padding: .2rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
overflow-wrap: anywhere; } p.small { color: var(--faint); font-size: .85rem; }
.note { border: 1px solid #b36b00; padding: .4rem .8rem; }
@media print { :root { color-scheme: light; --line: #ccc; --faint: #555; } div { overflow: visible; }
body { margin: 0; max-width: none; font-size: 11px; } h2, tr { break-inside: avoid; } h2 { break-after: avoid; } }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded or run, even if something in the report should not have been escaped."""

_PACKAGES = ("numpy", "scipy", "pandas")
"""Those that the figures come from."""


def audit_html(results: AuditResults) -> str:
    """The report as HTML. It names no person and no file; raters, findings and cases have numbers."""
    data = results.data
    title = f"Audit: {data.protocol.title}"
    tables = (*protocol_tables(data), *result_tables(results), _comments(data))
    parts = [
        f"<h1>{escape(title)}</h1><p class='note'>{escape(DISCLAIMER)}</p>",
        *map(_section, tables),
        f"<p class='small'>{escape(_versions())}</p>",
    ]
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _comments(data: AuditData) -> Table:
    rows = tuple(
        (f"rater {one.rater}", str(one.number), "yes" if one.repeat else "", one.text)
        for one in data.ratings
        if one.text.strip()
    )
    return Table("Comments of raters", "", ("Rater", "Finding", "Repeat", "Comment"), rows)


def _section(table: Table) -> str:
    if not table.rows:
        return ""
    note = f"<p class='small'>{escape(table.note)}</p>" if table.note else ""
    rows = "".join(_row(row, "td") for row in table.rows)
    return f"<h2>{escape(table.title)}</h2>{note}<div><table>{_row(table.columns, 'th')}{rows}</table></div>"


def _row(cells: Iterable[str], tag: str) -> str:
    scope = " scope='col'" if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"SpineLens {__version__}, Python {platform.python_version()}, {packages}"
