"""What a network for RSNA 2024 sees of a disc, and its outputs: five images, and one network with three heads."""

from __future__ import annotations

from dataclasses import replace

from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.network import View
from spine_core.networks.outputs import Activation, Output, Outputs
from spine_core.networks.preprocessing import Crop, Preprocessing, Side
from spine_core.study.types import Weighting
from spine_core.training.rsna2024.dataset import CANAL

SIZE = 128
"""Side of the network's input in pixels."""

GRADES, GRADE_LABELS = ("normal_mild", "moderate", "severe"), ("Normal/mild", "Moderate", "Severe")
STEPS = len(GRADES) - 1
"""Logits of each head: continuation ratios of three grades."""

CANAL_VIEW = Preprocessing(size=SIZE, width=80.0, shift=12.0, channels=("t2",), crop=Crop.DISC_MM)
FORAMEN_VIEW = Preprocessing(
    size=SIZE, width=60.0, shift=0.0, channels=("t1",), crop=Crop.FORAMEN, lateral=14.0
)
RECESS_VIEW = Preprocessing(
    size=SIZE, width=60.0, shift=0.0, channels=("t2",), crop=Crop.RECESS, lateral=8.0, mirror=True
)


def _view(preprocessing: Preprocessing, head: int, name: str, site: str, text: str) -> View:
    """``head``: whose logits the view's one condition has; left and right share one."""
    side = preprocessing.side
    condition = Condition(
        name,
        name.replace("_", " ").capitalize(),
        GRADES,
        GRADE_LABELS,
        Scale.ORDINAL,
        tuple(Weighting(channel) for channel in preprocessing.channels),
        text,
        highlighted=("severe",),
        site=site,
        side="" if side is None else side.value,
    )
    output = Output(condition, head * STEPS, (head + 1) * STEPS, Activation.CONTINUATION)
    return View(preprocessing, Outputs((output,)), name)


VIEWS = (
    _view(CANAL_VIEW, 0, CANAL, "Canal", "Central stenosis of the spinal canal, as graded in RSNA 2024."),
    *(
        _view(
            replace(FORAMEN_VIEW, side=side), 1, f"{side.value}_neural_foraminal_narrowing", "Foramen",
            "Narrowing of the neural foramen, as graded in RSNA 2024.",
        )
        for side in Side
    ),
    *(
        _view(
            replace(RECESS_VIEW, side=side), 2, f"{side.value}_subarticular_stenosis", "Recess",
            "Stenosis of the lateral recess, as graded in RSNA 2024.",
        )
        for side in Side
    ),
)  # fmt: skip
"""One view per condition, named as it is."""

HEADS = {view.name: output.start // STEPS for view in VIEWS for output in view.outputs.values()}
"""Head of each condition."""

LOGITS = STEPS * len(set(HEADS.values()))
"""Number of the network's outputs."""
