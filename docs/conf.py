"""Sphinx settings: guides in Markdown, the API reference from docstrings. Build with ``make docs``."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from spine_core import __version__

project = "SpineLens"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

html_theme = "alabaster"
html_theme_options = {
    "description": "Reads lumbar spine MR and compares explanations. For research and teaching; not a diagnosis.",
    "page_width": "1100px",
}
html_copy_source = False
html_show_copyright = False

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88

MODULES = re.compile(r"^:::modules (\S+)(.*)$", re.MULTILINE)
"""A line of a reference page: a package, and which of its modules (all where none is named)."""


def module_names(package: str, chosen: list[str]) -> Iterator[str]:
    """Dotted names of the ``chosen`` modules of ``package``, or of all that it holds, folders inside included."""
    if chosen:
        yield from (f"{package}.{name}" for name in chosen)
        return
    for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if not found.ispkg:
            yield found.name


def sections(match: re.Match[str]) -> str:
    """One section per module."""
    template = "## {0}\n\n```{{eval-rst}}\n.. automodule:: {0}\n```\n"
    return "\n".join(template.format(name) for name in module_names(match[1], match[2].split()))


def adapt(_app: Any, _name: str, source: list[str]) -> None:
    """Replaces ``:::modules`` lines by sections, so that a new method or metric needs no line in the reference.

    Links to the model card, which lies outside of the site's folder, lead to the page that includes it.
    """
    source[0] = MODULES.sub(sections, source[0]).replace(
        "](../assets/weights/MODEL_CARD.md)", "](model-card.md)"
    )


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", adapt)
