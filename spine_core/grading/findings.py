"""From the networks' logits to findings: grades with their probabilities, and reasons where there is no grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import OUTSIDE_REPORTED, DiscImage, Finding, Status
from spine_core.networks.conditions import Condition
from spine_core.networks.conformal import prediction_set
from spine_core.networks.network import View
from spine_core.networks.outputs import RELEASED, Output, Outputs
from spine_core.networks.registry import Bundle
from spine_core.study.types import Weighting

Probabilities = Mapping[str, npt.NDArray[np.float32]]
"""Probability of every grade (discs, grades), by condition."""

OUT_OF_DISTRIBUTION = "this disc is unlike those of the networks' training data"


def findings_of(
    bundle: Bundle, images: Mapping[str, DiscImage], view: View | None = None
) -> tuple[Finding, ...]:
    """Findings of every condition at every level of ``images``. ``view``: of the grader, by default its first."""
    if not images:
        return ()
    view = view or bundle.grader.views[0]
    outputs = view.outputs
    predicted = bundle.grader.predict(np.stack([image.pixels for image in images.values()]))
    probabilities = grade_probabilities(predicted.logits, outputs)
    by_member = {
        name: grade_probabilities(logits, outputs) for name, logits in predicted.member_logits.items()
    }
    ood = [False] * len(images) if bundle.ood is None else bundle.ood.is_ood(predicted.embedding)
    out = []
    for row, image in enumerate(images.values()):
        if ood[row]:
            out += [
                Finding(image.level, name, Status.NOT_GRADABLE, OUT_OF_DISTRIBUTION, output=outputs[name])
                for name in outputs
            ]
            continue
        for one in outputs.values():
            members = {name: _by_grade(one.condition, member, row) for name, member in by_member.items()}
            found = _by_grade(one.condition, probabilities, row)
            plane = "axial" if view.preprocessing.crop.is_axial else "sagittal"
            out.append(_finding(bundle, image, one, found, members, plane))
    return tuple(
        replace(_with_outside(one, images[one.level].outside_fraction), view=view.name) for one in out
    )


def _with_outside(finding: Finding, fraction: float | None) -> Finding:
    """The finding with the fraction of the network's input outside the image; a graded one also gets a sentence."""
    limits = (finding.reason, outside_sentence(fraction) if finding.grade is not None else "")
    return replace(finding, reason="; ".join(part for part in limits if part), outside_fraction=fraction)


def outside_sentence(fraction: float | None) -> str:
    """A sentence on the fraction of the network's input outside the image; empty where it is small or unknown."""
    if fraction is None or fraction < OUTSIDE_REPORTED:
        return ""
    return f"{100 * fraction:.0f} % of the network's input lies outside the image"


def grade_probabilities(
    logits: npt.NDArray[np.float32], outputs: Outputs = RELEASED
) -> dict[str, npt.NDArray[np.float32]]:
    """Probabilities (N, grades) by condition from calibrated logits (N, K)."""
    import torch

    tensor = torch.from_numpy(logits)
    return {name: one.log_probabilities(tensor).exp().numpy() for name, one in outputs.items()}


def _by_grade(condition: Condition, probabilities: Probabilities, row: int) -> dict[str, float]:
    return {g: float(p) for g, p in zip(condition.grades, probabilities[condition.name][row], strict=True)}


def _finding(
    bundle: Bundle,
    image: DiscImage,
    output: Output,
    probabilities: Mapping[str, float],
    member_probabilities: Mapping[str, Mapping[str, float]],
    plane: str,
) -> Finding:
    condition = output.condition
    present = {channel.weighting for channel in image.channels if channel is not None}
    uids = tuple(channel.series_uid for channel in image.channels if channel is not None)
    needed = _missing(condition.needs, present)
    if needed:
        reason = f"needs {plane} {needed} at this level, which the study lacks"
        return Finding(image.level, condition.name, Status.NOT_GRADABLE, reason, uids, output=output)
    missing = _missing(condition.recommended, present)
    return Finding(
        image.level,
        condition.name,
        Status.GRADED,
        f"graded without {plane} {missing}, so the types cannot be distinguished" if missing else "",
        uids,
        probabilities,
        max(probabilities, key=lambda grade: probabilities[grade]),
        prediction_set(condition, probabilities, bundle.thresholds),
        member_probabilities,
        output=output,
    )


def _missing(weightings: tuple[Weighting, ...], present: set[str]) -> str:
    return " and ".join(weighting.value.upper() for weighting in weightings if weighting.value not in present)
