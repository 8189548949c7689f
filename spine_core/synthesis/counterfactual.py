"""What-if images: the smallest change of a disc, on the generator's terms, for which the network reports another grade.

The disc is followed back along the flow to a time between image and noise (inversion), and generated again from there
under the conditions of the other grade, with a pull towards the network's score (Dhariwal 2021, arXiv 2105.05233; for
counterfactuals Augustin 2022, arXiv 2210.11841). Outside a soft mask (``disc_mask``) the image is held. The change
is what differs from generating the disc again under its own conditions, so that errors of the generator itself cancel;
it is added to the full image, whose detail is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target, TargetKind
from spine_core.progress import Part, Progress, silent
from spine_core.synthesis.conditions import GRADED, LEVEL_NAMES, OTHER, DiscConditions, tokens_of
from spine_core.synthesis.disc_mask import disc_mask, segmented_disc
from spine_core.synthesis.generator import Generator
from spine_core.synthesis.goal import Judge, grade_scores, likeliest
from spine_core.synthesis.guidance import ScorePull
from spine_core.synthesis.resize import enlarge, shrink
from spine_core.synthesis.types import Strength, Turn, WhatIf

if TYPE_CHECKING:
    from torch import Tensor

STEP = 0.1
"""Step of the time along the flow, there and back."""
FRACTIONS = tuple(number / 10 for number in range(11))
"""Fractions of the way from the real image to the what-if image at which the network is asked."""
STRENGTHS = (
    Strength(0.8, 1.0, 0.2),
    Strength(0.6, 1.0, 0.3),
    Strength(0.5, 2.0, 0.4),
    Strength(0.4, 2.0, 0.6),
    Strength(0.3, 3.0, 0.8),
    Strength(0.2, 4.0, 1.0),
)
"""From the weakest; the first that turns the answer is taken."""
WORDS = "Changing the disc"


def what_if(
    judge: Judge,
    image: DiscImage,
    goal: Target,
    generator: Generator,
    strengths: tuple[Strength, ...] = STRENGTHS,
    progress: Progress = silent,
) -> WhatIf:
    """The what-if image of ``image`` for the grade of ``goal``. Equal arguments give equal bytes but for ``seconds``.

    Where no strength turns the answer, ``changed`` is the image with the highest score of the goal, and ``turn`` says
    so. Raises ``Cancelled`` when ``progress`` does.
    """
    started = time.perf_counter()
    progress(0.0, WORDS)
    search = _Search(judge, image, goal, generator)
    found = search.run(strengths, progress)
    progress(1.0, WORDS)
    return replace(found, seconds=time.perf_counter() - started)


def conditions_of(image: DiscImage, condition: str, grade: str) -> DiscConditions:
    """What the generator is told of ``image`` with this grade, which is left out if it knows no such condition."""
    level = image.level if image.level in LEVEL_NAMES else OTHER
    there = tuple(bool(np.any(channel)) for channel in image.pixels)
    told = {condition: grade} if condition in GRADED else {}
    return DiscConditions(level=level, present=(there[0], there[1]), **told)


@dataclass(frozen=True, eq=False)
class _Try:
    """What one strength gave: the change (channels, size, size) and the goal's log-odds with all of it."""

    strength: Strength
    change: npt.NDArray[np.float32]
    score: float
    turned: bool


class _Search:
    """The search of one what-if image."""

    def __init__(self, judge: Judge, image: DiscImage, goal: Target, generator: Generator) -> None:
        self._judge, self._image, self._generator = judge, image, generator
        self._goal = Target(goal.condition, goal.grade, output=goal.output)
        size = image.pixels.shape[-1]
        self._mask = disc_mask(size, goal.condition)
        self._small, self._small_mask = shrink(image.pixels), shrink(self._mask)
        self._evaluations = 0

    def run(self, strengths: tuple[Strength, ...], progress: Progress) -> WhatIf:
        """Tries the strengths in order."""
        scores = self._scores(np.zeros_like(self._image.pixels)[None], Part(progress, 0.0, 0.0))
        before = likeliest(scores)
        if before == self._goal.grade:
            return self._result(before, Turn.ALREADY, None, (0.0,), (float(scores[before][0]),))
        tries: list[_Try] = []
        for one in self._tries(before, strengths, Part(progress, 0.0, 0.95)):
            tries.append(one)
            if one.turned:
                break
        best = max(tries, key=lambda one: (one.turned, one.score))
        change = best.change * (self._least(best, progress) if best.turned else 1.0)
        steps = np.stack([np.float32(part) * change for part in FRACTIONS])
        found = self._scores(steps, Part(progress, 1.0, 0.0))[self._goal.grade]
        turn = Turn.TURNED if best.turned else Turn.NOT_TURNED
        return self._result(before, turn, replace(best, change=change), FRACTIONS, tuple(found.tolist()))

    def _tries(self, before: str, strengths: tuple[Strength, ...], progress: Progress) -> Iterator[_Try]:
        tokens = tokens_of([
            conditions_of(self._image, self._goal.condition, grade) for grade in (self._goal.grade, before)
        ])  # fmt: skip
        backwards, latents = self._inverted(tokens[1:]), {}
        pull = ScorePull(self._judge, self._image.pixels, self._mask, self._versus(before))
        for number, strength in enumerate(strengths):
            part = Part(progress, number / len(strengths), 1 / len(strengths))
            start = round(strength.time / STEP)
            while start not in latents:
                part(0.0, WORDS)
                count, latents[count] = next(backwards)
            small = self._regenerated(latents[start], tokens, strength, pull, part)
            wide = self._mask * enlarge(small, len(self._mask))
            scores = self._scores(wide[None], Part(part, 1.0, 0.0))
            self._evaluations, pull.evaluations = self._evaluations + pull.evaluations, 0
            yield _Try(strength, wide, float(scores[self._goal.grade][0]), self._is_turned(scores))

    def _versus(self, before: str) -> Target:
        """The score that pulls: the goal against what the network reports now."""
        goal = self._goal
        if len(goal.definition.grades) == 2:
            return goal
        return Target(goal.condition, goal.grade, TargetKind.VERSUS, before, goal.output)

    def _inverted(self, tokens: npt.NDArray[np.int64]) -> Iterator[tuple[int, Tensor]]:
        """The real image followed back, ``STEP`` by ``STEP``, under its own conditions: number and image."""
        import torch

        asked, x = torch.from_numpy(tokens), torch.from_numpy(self._small)[None]
        for count in range(round(1 / STEP), 0, -1):
            # The velocity at time 1 was never learned; a little before it is.
            first = self._generator.velocity(x, min(count * STEP, 0.98), asked)
            second = self._generator.velocity(x - STEP * first, (count - 1) * STEP, asked)
            x = x - STEP * (first + second) / 2
            yield count - 1, x

    def _regenerated(
        self,
        latent: Tensor,
        tokens: npt.NDArray[np.int64],
        strength: Strength,
        pull: ScorePull,
        progress: Progress,
    ) -> npt.NDArray[np.float32]:
        """The change (channels, side, side) between generating under the goal and under the disc's own conditions."""
        import torch

        asked, held = torch.from_numpy(tokens[[0, 1, 1]]), torch.from_numpy(self._small_mask)
        real = torch.from_numpy(self._small)[None]
        there = asked[:1, -2:, None, None].float()
        goal = own = latent
        first, total = round(strength.time / STEP), round(1 / STEP)
        change = torch.zeros_like(real)
        for count in range(first, total):
            progress((count - first) / (total - first), WORDS)
            moment = count * STEP
            towards, away, plain = self._generator.velocity(
                torch.cat([goal, goal, own]), moment, asked
            ).chunk(3)
            guided = towards + strength.guidance * (towards - away)
            clean, own_clean = goal + (1 - moment) * guided, own + (1 - moment) * plain
            change = held * (clean - own_clean)
            change = change + held * there * strength.pull * pull.direction(change)
            # Outside the mask both go back to the same real image.
            own_clean = real + held * (own_clean - real)
            clean = own_clean + change
            left = STEP / (1 - moment)
            goal, own = goal + left * (clean - goal), own + left * (own_clean - own)
        found: npt.NDArray[np.float32] = (change * there)[0].numpy()
        return found

    def _least(self, one: _Try, progress: Progress) -> float:
        """The smallest fraction of the change that turns the answer."""
        parts = np.array(FRACTIONS[1:], dtype=np.float32)
        scores = self._scores(parts[:, None, None, None] * one.change, Part(progress, 0.95, 0.0))
        turned = [self._is_turned(scores, number) for number in range(len(parts))]
        return float(parts[turned.index(True)]) if any(turned) else 1.0

    def _is_turned(self, scores: dict[str, npt.NDArray[np.float64]], number: int = 0) -> bool:
        """Whether the network reports the goal, with a probability of at least one half."""
        goal = self._goal.grade
        return likeliest(scores, number) == goal and bool(scores[goal][number] >= 0)

    def _scores(
        self, changes: npt.NDArray[np.float32], progress: Progress
    ) -> dict[str, npt.NDArray[np.float64]]:
        self._evaluations += len(changes)
        images = (self._image.pixels + changes).astype(np.float32)
        return grade_scores(self._judge, images, self._goal, progress)

    def _result(
        self,
        before: str,
        turn: Turn,
        best: _Try | None,
        fractions: tuple[float, ...],
        scores: tuple[float, ...],
    ) -> WhatIf:
        real = self._image.pixels
        return WhatIf(
            self._image.level, self._goal, before, turn, real, real if best is None else real + best.change,
            self._mask, fractions, tuple(float(expit(one)) for one in scores),
            None if best is None else best.strength, self._evaluations, 0.0, self._generator.id, self._judge.id,
            segmented_disc(self._image),
        )  # fmt: skip
