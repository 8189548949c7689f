"""Templates: HTML and plain text of SpineLens, and those of a department.

``SPINELENS_REPORT_TEMPLATES`` may name a folder with Jinja2 templates, ``*.html`` and ``*.txt``, each with or
without ``.j2``. They see the names of ``view.view`` and nothing else: they run in Jinja2's sandbox.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FileSystemLoader, TemplateSyntaxError
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import SandboxedEnvironment

from spine_core.report.errors import TemplateError
from spine_core.report.plain_text import ascii_text, wrap
from spine_core.report.types import Report
from spine_core.report.view import view

FOLDER = Path(__file__).parent / "templates"

VARIABLE = "SPINELENS_REPORT_TEMPLATES"

HTML, TEXT = "html", "txt"

LARGEST = 20_000_000
"""Most characters that a template may write."""


@dataclass(frozen=True)
class ReportTemplate:
    """A template. ``name``: of its file, without suffixes. ``suffix``: "html" or "txt"; ``own``: of SpineLens."""

    name: str
    suffix: str
    file: str
    own: bool = False


STANDARD = {
    suffix: ReportTemplate("report", suffix, f"report.{suffix}.j2", own=True) for suffix in (HTML, TEXT)
}
"""The templates of SpineLens, by suffix."""


def department_templates() -> tuple[ReportTemplate, ...]:
    """Templates of the department's folder by name; empty where there is no such folder."""
    folder = os.environ.get(VARIABLE, "")
    if not folder or not Path(folder).is_dir():
        return ()
    found = []
    for path in sorted(Path(folder).iterdir()):
        stem = Path(path.name.removesuffix(".j2"))
        suffix = stem.suffix.removeprefix(".").lower()
        if path.is_file() and suffix in STANDARD and not path.name.startswith((".", "_")):
            found.append(ReportTemplate(stem.stem, suffix, path.name))
    return tuple(found)


def report_html(report: Report) -> str:
    """The report as one self-contained HTML page in the template of SpineLens, to keep, print or send."""
    return render(report, STANDARD[HTML])


def report_text(report: Report) -> str:
    """The report as ASCII text of 80 characters a line, in the template of SpineLens."""
    return render(report, STANDARD[TEXT])


def render(report: Report, template: ReportTemplate) -> str:
    """The report in a template; text becomes ASCII. Raises ``TemplateError``, with one sentence, for a broken one."""
    folder = FOLDER if template.own else Path(os.environ.get(VARIABLE, ""))
    try:
        parts, length = [], 0
        for part in (
            _environment(folder, template.suffix).get_template(template.file).generate(**view(report))
        ):
            parts.append(part)
            length += len(part)
            if length > LARGEST:
                msg = "it writes too much"
                raise JinjaError(msg)
    except Exception as error:  # A template is a program: it may fail in any way.
        raise TemplateError(_sentence(template, error)) from error
    text = "".join(parts)
    return text if template.suffix == HTML else ascii_text(text)


def _sentence(template: ReportTemplate, error: Exception) -> str:
    where = f" in line {error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return f"the template {template.name} cannot be used{where}: {reason}"


def _environment(folder: Path, suffix: str) -> SandboxedEnvironment:
    made = SandboxedEnvironment(
        loader=FileSystemLoader(folder), autoescape=suffix == HTML, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"wrap_lines": wrap, "underlined": _underlined}
    return made


def _underlined(text: str, sign: str = "-") -> str:
    plain = ascii_text(text)
    return f"{plain}\n{sign[:1] * len(plain)}"
