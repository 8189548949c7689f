"""Display names of the networks, for pages and reports."""

from __future__ import annotations

SUFFIX = "~random"
"""Ends the name of a network's random-weights twin."""

NETWORK_NAMES = {
    "ensemble": "All networks together",
    "grader-resnet18": "ResNet-18",
    "grader-resnet14": "ResNet-14",
    "grader-efficientnet_lite0": "EfficientNet-Lite0",
    "grader-efficientnet_lite0_coarse": "Coarse EfficientNet-Lite0",
    "grader-efficientnet_lite1": "EfficientNet-Lite1",
    "grader-efficientnet_lite2": "EfficientNet-Lite2",
    "grader-densenet121": "DenseNet-121",
}
"""Display names by the name in the model card."""


def network_label(name: str) -> str:
    """The display name of a network; ``name`` itself where it has none, as those that users bring."""
    base = name.removesuffix(SUFFIX)
    label = NETWORK_NAMES.get(base, base)
    return label if base == name else f"{label}, random weights"
