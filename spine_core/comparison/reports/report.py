"""The data of a report of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from spine_core.comparison.cross_model import CrossModelAgreement
from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.metrics.robustness.robustness import Robustness
from spine_core.comparison.repeat_tests import RepeatTests
from spine_core.comparison.types import Comparison
from spine_core.explanation.base import Explanation
from spine_core.grading.types import DiscImage
from spine_core.study.types import Study


@dataclass(frozen=True, eq=False)
class ComparisonReport:
    """A comparison with its study, image and explanations, and the expensive tests that were run."""

    study: Study
    image: DiscImage
    explanations: tuple[Explanation, ...]
    comparison: Comparison
    repeat_tests: RepeatTests | None = None
    robustness: Robustness | None = None
    cross_model: CrossModelAgreement | None = None

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """All results within the explained network, one record each; ``cross_model`` holds those between networks."""
        return tuple(self._results())

    def _results(self) -> Iterator[MetricResult]:
        yield from self.comparison.results
        for pair in self.comparison.agreements:
            yield from pair.results
        if self.repeat_tests is not None:
            yield from self.repeat_tests.results
        if self.robustness is not None:
            yield from self.robustness.results
