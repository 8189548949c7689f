"""The command ``evaluate-generator``: samples a generator, measures it and stores the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD, TRAINING_FOLDS
from spine_core.networks.registry import WEIGHTS, load_bundle
from spine_core.results.generator_results import log_test, store_results
from spine_core.synthesis.gan import GAN, Gan
from spine_core.synthesis.generator import released_generator
from spine_core.synthesis.sampling import GUIDANCE, sample_tokens
from spine_core.training.commands import TrainingRun, report
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.synthesis import gates
from spine_core.training.synthesis.commands import fold_examples, patient_crops
from spine_core.training.synthesis.features import extractors
from spine_core.training.synthesis.what_if_eval import what_if_rates
from spine_core.weights import ModelId


class Sampler(Protocol):
    """Images (N, 2, side, side) for tokens, from a seed."""

    def __call__(self, tokens: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.float32]:
        """The images."""
        ...


@dataclass(frozen=True)
class GateOptions:
    """``samples``: number of generated images. ``real``: most real images of each fold. ``judges``: epochs by network.

    ``what_ifs``: discs, one of each patient, of which what-if images are made. ``test``: whether the test patients are
    used, which is logged. ``guidance``: of the flow's samples.
    """

    samples: int = 500
    real: int = 400
    judges: Mapping[str, int] | None = None
    what_ifs: int = 12
    test: bool = False
    guidance: float = GUIDANCE


def flow_sampler(guidance: float = GUIDANCE) -> tuple[Sampler, ModelId]:
    """The released flow-matching generator."""
    generator = released_generator()

    def images(tokens: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.float32]:
        return sample_tokens(generator, tokens, seed, guidance)

    return images, generator.id


def gan_sampler() -> tuple[Sampler, ModelId]:
    """The conditional GAN, where it was trained. Raises ``WeightsError`` where it was not."""
    gan = Gan.load(WEIGHTS / GAN)
    return gan.sample, gan.id


def samplers(guidance: float = GUIDANCE) -> Mapping[str, Callable[[], tuple[Sampler, ModelId]]]:
    """Generators that can be evaluated, by name."""
    return {"flow": partial(flow_sampler, guidance), "gan": gan_sampler}


def evaluate_generator(run: TrainingRun, arm: str, options: GateOptions) -> dict[str, Any]:
    """Computes all gates of the generator ``arm``, stores and returns them."""
    draw, model = samplers(options.guidance)[arm]()
    crops = patient_crops(run)
    training = fold_examples(run, crops, "training", TRAINING_FOLDS)
    name, fold = ("test", TEST_FOLD) if options.test else ("selection", CALIBRATION_FOLD)
    held_out = fold_examples(run, crops, name, (fold,))
    chosen = crops.where([key[2] == fold for key in crops.keys])
    del crops
    tokens = gates.asked_tokens(training, options.samples, run.seed)
    report(f"sampling {len(tokens)} images")
    samples = gates.sampled_set(draw(tokens, run.seed), tokens)
    known, real = gates.real_set(training, options.samples), gates.real_set(held_out, options.real)
    report("measuring their distance")
    distances, features = gates.distances(samples, known, real, extractors(load_bundle()))
    report("training the judges")
    found = {
        "generator": model.sha256,
        "command": _command(arm, options),
        "samples": len(tokens),
        "distance": distances,
        "utility": gates.utilities(
            samples, known, real, features["imagenet"], options.judges or {}, run.seed, report
        ),
        "copies": gates.copies(samples, training, real),
        "what_if": [],
    }
    # What-if images take longest: an interruption keeps the rest.
    store_results(arm, name, found)
    found["what_if"] = _what_ifs(chosen, arm, options, run.seed)
    store_results(arm, name, found)
    if options.test:
        whole = {row["features"]: row["synthetic"]["value"] for row in distances if row["group"] == "all"}
        log_test(model.sha256, whole)
    return found


def _what_ifs(crops: Crops, arm: str, options: GateOptions, seed: int) -> list[dict[str, Any]]:
    """Only the flow makes what-if images."""
    if arm != "flow":
        return []
    judge = load_bundle().grader
    return what_if_rates(crops, judge, released_generator(), options.what_ifs, seed, report)


def _command(arm: str, options: GateOptions) -> str:
    judges = "".join(f" --judge {name}={epochs}" for name, epochs in (options.judges or {}).items())
    test = " --test" if options.test else ""
    counts = f" --samples {options.samples} --real {options.real} --what-ifs {options.what_ifs}"
    guidance = f" --guidance {options.guidance:g}" if arm == "flow" else ""
    return f"python -m spine_core evaluate-generator --generator {arm}{counts}{guidance}{judges}{test}"
