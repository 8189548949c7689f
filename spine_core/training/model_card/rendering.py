"""Renders the Markdown templates of the model card."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template


def render(template: str, /, **fields: str) -> str:
    """The file ``templates/TEMPLATE.md`` with all its fields; empty fields leave no gap.

    Raises ``KeyError`` if a field is missing.
    """
    text = files(__package__).joinpath("templates", f"{template}.md").read_text(encoding="utf-8")
    return re.sub(r"\n{3,}", "\n\n", Template(text).substitute(fields)).strip()
