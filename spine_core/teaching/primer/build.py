"""Computes the primer's material from the demonstration study and the released networks: ``make primer``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import spine_core as sl
from spine_core.comparison.compare import BASELINE, compare, control_maps
from spine_core.comparison.metrics.base import select
from spine_core.comparison.metrics.faithfulness.deletion_insertion import DELETION
from spine_core.explanation.base import Explanation
from spine_core.explanation.perturbation.baselines import method_baseline
from spine_core.explanation.perturbation.masked_scores import score_masked
from spine_core.explanation.perturbation.segments import superpixels
from spine_core.explanation.registry import explain
from spine_core.grading.types import DiscImage
from spine_core.networks.backend import AutoBackend
from spine_core.networks.network import Network
from spine_core.networks.randomised import randomised_twin
from spine_core.networks.target import Target
from spine_core.phantom import demo_study
from spine_core.progress import silent
from spine_core.teaching.primer.coalitions import combinations
from spine_core.teaching.primer.material import METHODS, STORED, TWIN, PrimerMaterial

LEVEL, CONDITION = "L4/L5", "herniation"
"""The finding that the phantom was given at this level, and that the networks report."""

REGIONS = 8
COMPACTNESS = 1.0


def build_material() -> PrimerMaterial:
    """Takes some minutes: the networks evaluate the image some thousand times."""
    with TemporaryDirectory() as folder:
        reading = sl.read(sl.open_study(demo_study(Path(folder) / "demo")))
    finding = reading.finding(LEVEL, CONDITION)
    image = reading.reading.image_of(finding)
    assert image is not None
    network = reading.networks.explained_network.wait_ready()
    target = finding.target
    made = [explain(method, network, image, target, 0) for method in METHODS]
    twin = explain("grad_cam", AutoBackend(randomised_twin(network)), image, target, 0)
    regions = superpixels(image.pixels, REGIONS, COMPACTNESS)
    curves, fractions = _deletion(made, network, image)
    return PrimerMaterial(
        image=_grey(image.pixels, image),
        hidden=_grey(method_baseline(image.pixels, "blur"), image),
        target=target.short_label(),
        network_sha256=network.id.sha256,
        regions=regions,
        scores=_scores(network, image, regions, target),
        cells=made[0].extra["raw"].astype(np.float32),
        maps={one.method: one.attribution for one in made} | {TWIN: twin.attribution} | _controls(image),
        deletion=curves,
        fractions=fractions,
    )


def _controls(image: DiscImage) -> dict[str, np.ndarray]:
    return {one.method: one.attribution for one in control_maps(image) if one.draw == 0}


def _scores(network: Network, image: DiscImage, regions: np.ndarray, target: Target) -> np.ndarray:
    shown = combinations(int(regions.max()) + 1)
    baseline = method_baseline(image.pixels, "blur")
    return score_masked(network, image.pixels, baseline, regions, shown, target, silent, "regions")


def _deletion(
    made: list[Explanation], network: Network, image: DiscImage
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    results = select(compare(made, network, image).results, DELETION, variant=BASELINE)
    first = {
        name: next(one for one in results if one.method == name) for name in (*METHODS, "edges", "random")
    }
    curves = {name: one.curve for name, one in first.items() if one.curve is not None}
    return {name: one.log_odds for name, one in curves.items()}, curves["edges"].fraction


def _grey(pixels: np.ndarray, image: DiscImage) -> np.ndarray:
    """The first weighting that is there, scaled to 0 to 1 between the percentiles of the image."""
    channel = next(number for number, one in enumerate(image.pixels) if np.any(one))
    low, high = np.percentile(image.pixels[channel], (0.5, 99.5))
    return np.asarray(np.clip((pixels[channel] - low) / (high - low), 0, 1), dtype=np.float32)


def main() -> int:
    """Writes the bundled material."""
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_bytes(build_material().to_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
