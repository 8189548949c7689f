"""A study and its prior, read by the same networks: registration, resampled prior, protocol and change."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.grading.types import Reading
from spine_core.priors.change import DiscChange, compare_readings
from spine_core.priors.errors import NotRegistrable, Refusal
from spine_core.priors.matching import LevelMatch, match_levels
from spine_core.priors.protocol import ProtocolDifference, protocol_differences
from spine_core.priors.registration import Registration, register
from spine_core.priors.repeat_error import RepeatErrors
from spine_core.priors.resample import resampled_prior
from spine_core.progress import Part, Progress, silent
from spine_core.study.types import Series, Study


@dataclass(frozen=True, eq=False)
class PriorAlignment:
    """The prior in the space of the current study. ``resampled``: on the slices of ``registration.series_uid``."""

    registration: Registration
    resampled: Series
    protocol: tuple[ProtocolDifference, ...]


def align_prior(
    study: Study, reading: Reading, prior: Study, prior_reading: Reading, progress: Progress = silent
) -> PriorAlignment:
    """Registers the series in which the discs of both readings were detected.

    Raises ``NotRegistrable`` where a reading has no discs, and as ``registration.register``; ``Cancelled``.
    """
    if not reading.discs or not prior_reading.discs:
        raise NotRegistrable(Refusal.TOO_FEW_DISCS)
    series = study.by_uid(reading.anatomies[0].series_uid)
    prior_series = prior.by_uid(prior_reading.anatomies[0].series_uid)
    registration = register(
        series, reading.discs, prior_series, prior_reading.discs, Part(progress, 0.0, 0.85)
    )
    resampled = resampled_prior(series, prior_series, registration, Part(progress, 0.85, 0.15))
    protocol = protocol_differences(series, reading, prior_series, prior_reading)
    return PriorAlignment(registration, resampled, protocol)


def changes(
    reading: Reading, prior_reading: Reading, alignment: PriorAlignment, errors: RepeatErrors | None
) -> tuple[LevelMatch, tuple[DiscChange, ...]]:
    """The discs of both studies and the change of each; quick, so that it can follow the reader's corrections."""
    match = match_levels(reading.discs, prior_reading.discs, alignment.registration.to_prior)
    return match, compare_readings(reading, prior_reading, match, errors)
