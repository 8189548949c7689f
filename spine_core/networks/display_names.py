"""Display names of the networks, for pages and reports."""

from __future__ import annotations

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
    """The display name of a network; ``name`` itself where it has none."""
    return NETWORK_NAMES.get(name, name)
