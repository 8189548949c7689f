"""Proposes the next trial with Optuna's tree-structured Parzen estimator.

Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; Akiba et al., "Optuna: A Next-generation
Hyperparameter Optimization Framework", KDD 2019, arXiv:1907.10902.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from spine_core.results.tuning import (
    SEARCH_SPACE,
    HyperParameters,
    SearchRange,
    Trial,
    baseline_hyper_parameters,
    parse_hyper_parameters,
)

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

STARTUP_TRIALS = 4
"""Random trials before the estimator is used: Optuna's default of ten would leave it two of twelve."""


def propose(done: Sequence[Trial], seed: int) -> HyperParameters:
    """The hyper-parameters of the next trial after ``done``; those of the earlier plan for the first trial.

    The study is rebuilt from the trials each time, and its sampler is seeded with ``seed`` and their number: an
    interrupted search resumes with the same proposal. Optuna's own storages would keep the interrupted trial as running
    forever.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {name: _distribution(one) for name, one in SEARCH_SPACE.items()}
    (own,) = np.random.SeedSequence([seed, len(done)]).generate_state(1)
    sampler = optuna.samplers.TPESampler(seed=int(own), n_startup_trials=STARTUP_TRIALS)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for one in done:
        study.add_trial(
            optuna.trial.create_trial(
                params=asdict(one.hyper_parameters), distributions=space, value=one.auroc
            )
        )
    if not done:
        study.enqueue_trial(asdict(baseline_hyper_parameters()))
    return parse_hyper_parameters(study.ask(space).params)


def _distribution(one: SearchRange) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if one.integer:
        return IntDistribution(int(one.low), int(one.high))
    return FloatDistribution(one.low, one.high, log=one.log)
