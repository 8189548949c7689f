"""Agreement of one method's maps between networks, for the same image and target."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from spine_core.comparison.metrics.agreement.agreement import DRAWS, QUANTILE, TOP, Agreement, agreements
from spine_core.comparison.metrics.base import MetricResult
from spine_core.comparison.metrics.robustness.robustness import PREDICTED_PROBABILITY
from spine_core.comparison.verdict import label_of, listed
from spine_core.explanation.base import Explanation
from spine_core.grading.types import ModelId
from spine_core.networks.display_names import network_label
from spine_core.networks.network import TORCH
from spine_core.networks.target import Target
from spine_core.progress import Part, Progress, silent

COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}
"""Small numbers of networks in words."""


@dataclass(frozen=True, eq=False)
class MethodAcrossModels:
    """The maps of one method, one per network, and their agreement.

    ``agreements``: one per pair of networks (``first``, ``second``). ``sentence``: their interpretation.
    """

    method: str
    explanations: tuple[Explanation, ...]
    agreements: tuple[Agreement, ...]
    sentence: str


@dataclass(frozen=True, eq=False)
class CrossModelAgreement:
    """The same methods in several networks, for one target on one image.

    ``ensemble``: name of the ensemble whose pairs with its members do not count; empty where there is none.
    ``settings``: with ``seed``, what is needed to reproduce the agreements.
    """

    level: str
    target: Target
    networks: tuple[ModelId, ...]
    methods: tuple[MethodAcrossModels, ...]
    ensemble: str
    settings: Mapping[str, float | int]
    seed: int
    seconds: float

    def probability(self, network: ModelId) -> float:
        """The network's probability of the target, 0 to 1: by torch where a method used it, else by another backend."""
        own = [each for one in self.methods for each in one.explanations if each.model == network]
        score = min(own, key=lambda each: each.backend != TORCH).target_score
        return float(special.expit(score))

    @property
    def results(self) -> tuple[MetricResult, ...]:
        """The probability of every network (named in ``variant``), then the agreement of every pair of networks
        (named in ``variant``) for every ``method``.
        """
        predictions = (
            MetricResult(PREDICTED_PROBABILITY, "", self.probability(one), variant=one.name)
            for one in self.networks
        )
        agreement = (
            MetricResult(
                record.metric,
                one.method,
                record.value,
                record.chance,
                variant=f"{pair.first} with {pair.second}",
            )
            for one in self.methods
            for pair in one.agreements
            for record in pair.results
        )
        return (*predictions, *agreement)


def compare_models(
    explanations: Sequence[Explanation],
    seed: int = 0,
    progress: Progress = silent,
    *,
    ensemble: str = "",
    members: Collection[str] = (),
) -> CrossModelAgreement:
    """Compares maps of one target on one image, one per method and network, between the networks.

    ``ensemble``, ``members``: names of an ensemble and of its networks. It agrees with them by construction, so these
    pairs are reported but do not count in the sentences, unless there are only two networks. The results of a method
    do not depend on the other methods. Raises ``ValueError`` for fewer than two networks, a missing or repeated map, or
    maps of different targets or levels; ``Cancelled`` when ``progress`` does.
    """
    started = time.perf_counter()
    networks = tuple(dict.fromkeys(one.model for one in explanations))
    there = {one.name for one in networks}
    apart = frozenset(members) & there if len(networks) > 2 and ensemble in there else frozenset()
    names = list(dict.fromkeys(one.method for one in explanations))
    maps = _arranged(explanations, networks, names)
    methods = []
    for number, (method, row) in enumerate(zip(names, maps, strict=True)):
        part = Part(progress, number / len(names), 1 / len(names))
        pairs = agreements(row, np.random.default_rng(seed), part, named=_network)
        methods.append(MethodAcrossModels(method, row, pairs, _sentence(method, row, pairs, ensemble, apart)))
    return CrossModelAgreement(
        level=explanations[0].level,
        target=explanations[0].target,
        networks=networks,
        methods=tuple(methods),
        ensemble=ensemble if apart else "",
        settings={"chance_draws": DRAWS, "top": TOP},
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def agreement_criterion(found: CrossModelAgreement) -> str:
    """The rule by which networks agree, in words, for the screen and the report."""
    words = (
        "Two networks look at the same place where the rank correlation of their maps is above chance: above what "
        f"{100 * QUANTILE:.0f} % of blurred random maps reach. They can do so and both be wrong."
    )
    if not found.ensemble:
        return words
    label = network_label(found.ensemble)
    return f"{words} Pairs of “{label}” with its members do not count, since it is their mean."


def _arranged(
    explanations: Sequence[Explanation], networks: Sequence[ModelId], methods: Sequence[str]
) -> list[tuple[Explanation, ...]]:
    """The maps of each method, in the order of the networks. Raises ``ValueError`` as ``compare_models``."""
    if len({one.name for one in networks}) < 2:
        msg = "maps are compared between two networks or more"
        raise ValueError(msg)
    if len({(one.target.question, one.level) for one in explanations}) > 1:
        msg = "explanations of different grades or levels cannot be compared"
        raise ValueError(msg)
    by_method_and_model = {(one.method, one.model): one for one in explanations}
    if not len(by_method_and_model) == len(explanations) == len(methods) * len(networks):
        msg = "a comparison of networks takes one explanation per method and network"
        raise ValueError(msg)
    return [tuple(by_method_and_model[method, network] for network in networks) for method in methods]


def _network(explanation: Explanation) -> str:
    return explanation.model.name


def _sentence(
    method: str,
    maps: Sequence[Explanation],
    pairs: Sequence[Agreement],
    ensemble: str,
    members: Collection[str],
) -> str:
    """The result of ``agreement_criterion`` for one method; pairs of ``ensemble`` with ``members`` do not count."""
    counted = [one for one in pairs if one.above_chance is not None and not _own_mean(one, ensemble, members)]
    empty = [network_label(_network(one)) for one in maps if one.is_empty]
    rest = f" {listed(empty)} found no evidence for this target." if empty else ""
    if not counted:
        return f"{label_of(method)}: there are no two maps to compare.{rest}"
    return f"{label_of(method)}: {_agreement_sentence(counted)}.{rest}"


def _own_mean(pair: Agreement, ensemble: str, members: Collection[str]) -> bool:
    """Whether the pair is the ensemble with one of its members."""
    names = (pair.first, pair.second)
    return ensemble in names and any(name in members for name in names)


def _agreement_sentence(pairs: Sequence[Agreement]) -> str:
    alike = [one for one in pairs if one.above_chance]
    names = list(dict.fromkeys(name for one in pairs for name in (one.first, one.second)))
    networks = f"the {COUNTS.get(len(names), len(names))} networks"
    figures = f"rank correlation above chance in {len(alike)} of {len(pairs)} pairs"
    if len(pairs) == 1:
        networks = listed([network_label(name) for name in names])
        figures = f"rank correlation {pairs[0].rank_correlation:.2f}, chance up to {pairs[0].chance_correlation:.2f}"
    if len(alike) == len(pairs):
        return f"{networks} look at the same place ({figures})"
    if not alike:
        return f"{networks} look at different places ({figures})"
    agreed = [f"{network_label(one.first)} with {network_label(one.second)}" for one in alike]
    return f"{networks} differ ({figures}: {listed(agreed)})"
