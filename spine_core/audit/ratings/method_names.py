"""Display names of the maps of an audit: for auditors, tables and reports, never for raters."""

from __future__ import annotations

from spine_core.audit.ratings.protocol import CONTROL
from spine_core.audit.reasons.registry import REASONS
from spine_core.comparison.verdict import label_of
from spine_core.networks.display_names import SUFFIX


def method_label(method: str) -> str:
    """``Grad-CAM``, ``Control: edges``, ``Control: Grad-CAM of random weights``."""
    if method.startswith(CONTROL):
        label = _label(method.removeprefix(CONTROL))
        return f"Control: {label[:1].lower()}{label[1:]}".replace("_", " ")
    if method.endswith(SUFFIX):
        return f"Control: {_label(method.removesuffix(SUFFIX))} of random weights"
    return _label(method)


def _label(method: str) -> str:
    return REASONS[method].label if method in REASONS else label_of(method)
