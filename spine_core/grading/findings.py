"""From the networks' answers about discs to findings: what is graded, how surely, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.grading.types import OUTSIDE_REPORTED, DiscImage, Finding, Status
from spine_core.networks.conditions import CONDITIONS, Condition
from spine_core.networks.conformal import prediction_set
from spine_core.networks.registry import Bundle
from spine_core.networks.target import log_probabilities
from spine_core.study.types import Weighting

Shares = Mapping[str, npt.NDArray[np.float32]]
"""Probability of every grade (discs, grades), by condition."""

OUT_OF_DISTRIBUTION = "this place does not look like the discs that the networks learned from"


def findings_of(bundle: Bundle, images: Mapping[str, DiscImage]) -> tuple[Finding, ...]:
    """Every condition at every level of ``images``."""
    if not images:
        return ()
    poll = bundle.grader.predict(np.stack([image.pixels for image in images.values()]))
    shares, voted = (
        grade_probabilities(poll.logits),
        {name: grade_probabilities(vote) for name, vote in poll.member_logits.items()},
    )
    strange = [False] * len(images) if bundle.ood is None else bundle.ood.is_ood(poll.embedding)
    out = []
    for row, image in enumerate(images.values()):
        if strange[row]:
            out += [
                Finding(image.level, c.name, Status.NOT_GRADABLE, OUT_OF_DISTRIBUTION) for c in CONDITIONS
            ]
            continue
        for condition in CONDITIONS:
            parts = {name: _by_grade(condition, vote, row) for name, vote in voted.items()}
            out.append(_finding(bundle, image, condition, _by_grade(condition, shares, row), parts))
    return tuple(_with_outside(one, images[one.level].outside_fraction) for one in out)


def _with_outside(finding: Finding, fraction: float | None) -> Finding:
    """The finding with the share of the network's input that lies outside the image; a grade says it in words."""
    limits = (finding.reason, outside_sentence(fraction) if finding.grade is not None else "")
    return replace(finding, reason="; ".join(part for part in limits if part), outside_fraction=fraction)


def outside_sentence(fraction: float | None) -> str:
    """How much of the network's input lies outside the image; empty where that is little, or not known."""
    if fraction is None or fraction < OUTSIDE_REPORTED:
        return ""
    return f"{100 * fraction:.0f} % of the network's input lies outside the image"


def grade_probabilities(answers: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
    """Probabilities from calibrated logits (N, LOGITS)."""
    import torch

    logits = torch.from_numpy(answers)
    return {c.name: log_probabilities(logits, c.name).exp().numpy() for c in CONDITIONS}


def _by_grade(condition: Condition, shares: Shares, row: int) -> dict[str, float]:
    return {g: float(p) for g, p in zip(condition.grades, shares[condition.name][row], strict=True)}


def _finding(
    bundle: Bundle,
    image: DiscImage,
    condition: Condition,
    probabilities: Mapping[str, float],
    votes: Mapping[str, Mapping[str, float]],
) -> Finding:
    present = {channel.weighting for channel in image.channels if channel is not None}
    uids = tuple(channel.series_uid for channel in image.channels if channel is not None)
    lacks = _missing(condition.needs, present)
    if lacks:
        reason = f"needs sagittal {lacks} at this level, which the study lacks"
        return Finding(image.level, condition.name, Status.NOT_GRADABLE, reason, uids)
    wanted = _missing(condition.recommended, present)
    return Finding(
        image.level,
        condition.name,
        Status.GRADED,
        f"graded without sagittal {wanted}, so the types cannot be told apart" if wanted else "",
        uids,
        probabilities,
        max(probabilities, key=lambda grade: probabilities[grade]),
        prediction_set(condition, probabilities, bundle.thresholds),
        votes,
    )


def _missing(asked: tuple[Weighting, ...], present: set[str]) -> str:
    return " and ".join(weighting.value.upper() for weighting in asked if weighting.value not in present)
