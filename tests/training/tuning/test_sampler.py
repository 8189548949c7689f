"""Proposals of the sampler."""

from __future__ import annotations

from math import log
from statistics import mean

from spine_core.results.tuning import SEARCH_SPACE, HyperParameters, Trial, baseline_hyper_parameters
from spine_core.training.tuning.sampler import propose

BEST = 5e-4


def off(values: HyperParameters) -> float:
    """How far the rate is from the best one."""
    return abs(log(values.learning_rate / BEST))


def after(count: int, seed: int = 0) -> list[Trial]:
    """Trials whose score depends on the learning rate only."""
    done: list[Trial] = []
    for number in range(count):
        values = propose(done, seed)
        done.append(Trial(number, values, 1 - off(values) / 10, 0.5, 0.5, 1))
    return done


def test_the_first_proposal_is_the_earlier_plan_and_all_lie_in_the_search_space() -> None:
    done = after(12)
    assert done[0].hyper_parameters == baseline_hyper_parameters()
    assert len({trial.hyper_parameters for trial in done}) == 12
    for trial in done:
        for name, one in SEARCH_SPACE.items():
            assert one.low <= getattr(trial.hyper_parameters, name) <= one.high
    assert {type(trial.hyper_parameters.spider_repeats) for trial in done} == {int}


def test_equal_trials_and_seeds_give_equal_proposals_and_other_seeds_others() -> None:
    done = after(6)
    assert propose(done, 0) == propose(list(done), 0)
    assert propose(done, 0) != propose(done, 1)


def test_proposals_concentrate_where_scores_are_high() -> None:
    # Even in the logarithm from 2e-4 to 3e-3, rates lie (log(2.5)^2 + log(6)^2) / (2 log(15)) = 0.75 off on average.
    assert mean(off(trial.hyper_parameters) for trial in after(40)[20:]) < 0.4
