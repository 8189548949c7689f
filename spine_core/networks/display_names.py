"""What networks are called on the screen and in reports."""

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
"""Networks by the names that their cards give."""


def network_label(name: str) -> str:
    """The name for the screen; one that is not known stands for itself."""
    return NETWORK_NAMES.get(name, name)
