"""What to try next: Optuna's tree-structured Parzen estimator, told what every choice before gave.

Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; Akiba et al., "Optuna: A Next-generation
Hyperparameter Optimization Framework", KDD 2019, arXiv:1907.10902.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from spine_core.results.tuning import SPACE, Range, Trial, Values, chosen, earlier

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

AT_RANDOM = 4
"""Trials before the estimator is asked: Optuna's own ten would leave it two of twelve."""


def propose(done: Sequence[Trial], seed: int) -> Values:
    """The choice after ``done``; the earlier plan's where nothing was tried yet.

    The study is made anew from the trials each time and draws from ``seed`` and their number: a search that was cut
    off goes on with the very choice that it would have made. Optuna's own storages would keep the trial that was cut
    off as running for ever.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = {name: _distribution(one) for name, one in SPACE.items()}
    (own,) = np.random.SeedSequence([seed, len(done)]).generate_state(1)
    sampler = optuna.samplers.TPESampler(seed=int(own), n_startup_trials=AT_RANDOM)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for one in done:
        study.add_trial(
            optuna.trial.create_trial(params=asdict(one.values), distributions=space, value=one.auroc)
        )
    if not done:
        study.enqueue_trial(asdict(earlier()))
    return chosen(study.ask(space).params)


def _distribution(one: Range) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    if one.whole:
        return IntDistribution(int(one.low), int(one.high))
    return FloatDistribution(one.low, one.high, log=one.log)
