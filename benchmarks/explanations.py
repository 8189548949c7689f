"""Seconds for each explanation of one finding on this machine, beside the plain packages.

Same network, same score, same number of pictures asked. The packages are called as their own tutorials do:
pytorch-grad-cam's README, lime's "Tutorial - images - Pytorch", shap's "Image classification" (Partition explainer).
``--untrained`` takes a network of the same shape with random weights and a made-up picture.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from spine_core import DISCLAIMER
from spine_core.anatomy.model import Disc
from spine_core.explain.registry import REGISTRY, explain
from spine_core.grading.architectures import build
from spine_core.grading.model import DiscImage, ModelId
from spine_core.grading.network import BATCH, Contract, GradingNetwork
from spine_core.grading.target import LOGITS, Target

LEVEL = "L4/L5"
SEED = 0
WARM = 16


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--untrained", action="store_true", help="random weights and a made-up picture")
    parser.add_argument(
        "--samples", type=int, help="pictures for LIME and SHAP each; default: each method's own"
    )
    parser.add_argument("--runs", type=int, default=1, help="the middle one of so many runs; default 1")
    args = parser.parse_args()
    network, image, target = untrained() if args.untrained else finding()
    counts = {
        "grad_cam": 1,
        "lime": args.samples or int(REGISTRY["lime"].defaults()["samples"]),
        "shap": args.samples or int(REGISTRY["shap"].defaults()["max_evals"]),
    }
    print_machine(network, target)
    print(f"{'method':<10} {'pictures':>8} {'SpineLens s':>12} {'package':<18} {'s':>8} {'ratio':>7}")
    for name, peer, package in (
        ("grad_cam", grad_cam_peer, "pytorch-grad-cam"),
        ("lime", lime_peer, "lime"),
        ("shap", shap_peer, "shap"),
    ):
        # First without a clock: imports, and what shap compiles.
        quietly(lambda name=name: run(name, network, image, target, WARM))
        ours = seconds(
            lambda name=name, count=counts[name]: run(name, network, image, target, count), args.runs
        )
        try:
            quietly(peer(network, image, target, WARM))
        except ImportError as error:
            print(
                f"{REGISTRY[name].label:<10} {counts[name]:>8} {ours:>12.2f} {package:<18} needs {error.name}"
            )
            continue
        theirs = seconds(peer(network, image, target, counts[name]), args.runs)
        row = f"{REGISTRY[name].label:<10} {counts[name]:>8} {ours:>12.2f} {package:<18} {theirs:>8.2f}"
        print(f"{row} {theirs / ours:>6.1f}x")
    print("ratio: how many times as long the package takes")
    return 0


def print_machine(network: GradingNetwork, target: Target) -> None:
    import torch

    rate = (
        2
        * BATCH
        / seconds(lambda: network.score(np.zeros((2 * BATCH, *shape(network)), np.float32), target), 1)
    )
    print(DISCLAIMER)
    print(
        f"{LEVEL}, {target.label()}; network {network.id.name} {network.id.version}, input {shape(network)}"
    )
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, {rate:.0f} pictures/s")


def shape(network: GradingNetwork) -> tuple[int, int, int]:
    return len(network.contract.channels), network.contract.size, network.contract.size


def seconds(work: Callable[[], object], runs: int) -> float:
    """The median of ``runs`` runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        quietly(work)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def quietly(work: Callable[[], object]) -> None:
    """Without the packages' progress bars."""
    with contextlib.redirect_stderr(io.StringIO()):
        work()


def run(name: str, network: GradingNetwork, image: DiscImage, target: Target, count: int) -> object:
    settings = {"lime": {"samples": count, "stop": "budget"}, "shap": {"max_evals": count}}.get(name)
    return explain(name, network, image, target, SEED, settings)


def untrained() -> tuple[GradingNetwork, DiscImage, Target]:
    import torch
    from scipy import ndimage

    torch.manual_seed(SEED)
    calibration = torch.stack([torch.full((LOGITS,), 30.0), torch.zeros(LOGITS)])
    network = GradingNetwork(
        build("resnet18", 2), Contract(), ModelId("untrained", "0", "0" * 64), calibration
    )
    pixels = ndimage.gaussian_filter(np.random.default_rng(SEED).standard_normal(shape(network)), (0, 6, 6))
    disc = Disc(LEVEL, "1", 0, (96, 96), (96, 120), None, 80, (1, 0), 1.0)
    image = DiscImage(LEVEL, (pixels / pixels.std()).astype(np.float32), (None, None), disc)
    return network, image, Target("pfirrmann", "4")


def finding() -> tuple[GradingNetwork, DiscImage, Target]:
    """The Pfirrmann grade of L4/L5 in the demonstration study, by the ResNet-18 alone: packages take one network."""
    from spine_core.grading import load_bundle, read_study
    from spine_core.phantom import demo_study
    from spine_core.study import open_study, sources_from_path

    bundle = load_bundle()
    folder = demo_study(Path(__file__).resolve().parents[1] / ".cache" / "demo")
    reading = read_study(open_study(sources_from_path(folder)), bundle)
    found = reading.finding(LEVEL, "pfirrmann")
    if found is None or found.grade is None:
        raise SystemExit(f"the demonstration study has no graded {LEVEL}")
    network = bundle.networks()["grader-resnet18"]
    assert isinstance(network, GradingNetwork)
    return network, reading.images[LEVEL], Target("pfirrmann", found.grade)


def whole(network: GradingNetwork, target: Target) -> object:
    """The network as one torch module that returns the score, (N, 1): what the packages want."""
    import torch

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = network.module

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return target.log_odds(network.logits(pictures))[:, None]

    return Whole().eval()


def predictor(network: GradingNetwork, target: Target) -> Callable[[np.ndarray], np.ndarray]:
    """Pictures (N, rows, columns, channels) to scores (N, 1) with plain torch, as in the tutorials."""
    import torch

    model = whole(network, target)

    def predict(pictures: np.ndarray) -> np.ndarray:
        channels = np.moveaxis(np.asarray(pictures), -1, 1)[:, :2].astype(np.float32)
        with torch.no_grad():
            return model(torch.from_numpy(np.ascontiguousarray(channels))).numpy()

    return predict


def grad_cam_peer(
    network: GradingNetwork, image: DiscImage, target: Target, _count: int
) -> Callable[[], object]:
    import torch
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    # It puts hooks on the model, and needs parameters with gradients: a copy keeps the shared network clean.
    own = copy.deepcopy(network)
    own.module.requires_grad_()
    model = whole(own, target)
    picture = torch.from_numpy(image.pixels[None].copy())

    def work() -> object:
        with GradCAM(model=model, target_layers=[model.inner.layer4]) as cam:
            return cam(input_tensor=picture, targets=[ClassifierOutputTarget(0)])

    return work


def lime_peer(network: GradingNetwork, image: DiscImage, target: Target, count: int) -> Callable[[], object]:
    from lime.lime_image import LimeImageExplainer

    predict = predictor(network, target)
    picture = np.zeros((*image.pixels.shape[1:], 3))
    picture[..., :2] = np.moveaxis(image.pixels, 0, -1)

    def work() -> object:
        return LimeImageExplainer().explain_instance(
            picture, predict, labels=(0,), top_labels=None, hide_color=0, num_samples=count
        )

    return work


def shap_peer(network: GradingNetwork, image: DiscImage, target: Target, count: int) -> Callable[[], object]:
    import shap

    predict = predictor(network, target)
    picture = np.ascontiguousarray(np.moveaxis(image.pixels, 0, -1))
    try:
        masker = shap.maskers.Image("blur(128,128)", picture.shape)
    except ImportError:
        masker = shap.maskers.Image(np.zeros_like(picture), picture.shape)
    explainer = shap.Explainer(predict, masker)

    def work() -> object:
        return explainer(picture[None], max_evals=count, batch_size=50, silent=True)

    return work


if __name__ == "__main__":
    sys.exit(main())
