"""Seconds for explanations of one finding on this machine, beside the plain packages.

Same network (all that ship, as one), same score. First the same number of pictures asked, then the same stability of
the values, then what a reader waits for, then how near scoring comes to what the machine can do.
``--untrained`` takes networks of the same shapes with random weights and made-up pictures, ``--resnet50`` a ResNet-50
at 224 pixels, as users bring it.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import peers, rates, stable
from benchmarks.clock import quietly, seconds
from benchmarks.subject import LEVEL, Subject, demonstration, finding, resnet50, untrained
from spine_core import DISCLAIMER
from spine_core.explanation.cam.grad_cam import grad_cam_all
from spine_core.explanation.registry import CORE, REGISTRY, explain
from spine_core.grading.read import read_study
from spine_core.networks.network import Network

COUNTS = {"grad_cam": 1, "lime": 1000, "partition_shap": 500}
"""Pictures asked on both sides: lime's default and shap's."""

PEERS = {
    "grad_cam": (peers.grad_cam, "pytorch-grad-cam"),
    "lime": (peers.lime, "lime"),
    "partition_shap": (peers.shap, "shap"),
}
SEED = 0
WARM = 16


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--untrained", action="store_true", help="random weights and made-up pictures")
    parser.add_argument(
        "--resnet50",
        action="store_true",
        help="a network of users: ResNet-50 at 224 pixels; equal counts only",
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="the fastest of so many runs counts; default %(default)s"
    )
    parser.add_argument(
        "--reference",
        type=int,
        default=5000,
        help="samples behind the values that stability is measured against; 0 leaves it out; default %(default)s",
    )
    args = parser.parse_args()
    if args.resnet50:
        subject = resnet50()
        print_machine(subject)
        print_equal_counts(subject, args.runs)
        return 0
    subject = untrained() if args.untrained else finding()
    print_machine(subject)
    print_equal_counts(subject, args.runs)
    if args.reference:
        print_equal_stability(subject, args.reference, args.runs)
    alone = rates.alone(subject)
    print_waiting(subject, alone, args.runs)
    if not args.untrained:
        print_reading(args.runs)
    rates.print_rates(subject, alone)
    return 0


def print_machine(subject: Subject) -> None:
    import torch

    model = subject.plain.id
    print(DISCLAIMER)
    count = len(rates.members_of(subject.plain))
    print(f"{LEVEL}, {subject.target.label()}; network {model.name} {model.version} of {count}")
    print(f"{platform.machine()}, {torch.get_num_threads()} threads")
    start = time.perf_counter()
    job = subject.network.prepare()
    job.wait()
    print(f"Engine, found in {time.perf_counter() - start:.1f} s: {job.result[1]}")


def print_equal_counts(subject: Subject, runs: int) -> None:
    print(
        f"\nEqual pictures\n{'method':<12} {'pictures':>8} {'SpineLens s':>12} {'package':<18} {'s':>8} {'ratio':>7}"
    )
    for name, (peer, package) in PEERS.items():
        # First without a clock: imports, and what shap compiles.
        quietly(lambda name=name: run(name, subject, WARM))
        ours = seconds(lambda name=name: run(name, subject, COUNTS[name]), runs)
        start = f"{REGISTRY[name].label:<12} {COUNTS[name]:>8} {ours:>12.2f} {package:<18}"
        try:
            quietly(peer(subject.plain, subject.image, subject.target, WARM))
        except ImportError as error:
            print(f"{start} needs {error.name}")
            continue
        theirs = seconds(peer(subject.plain, subject.image, subject.target, COUNTS[name]), runs)
        print(f"{start} {theirs:>8.2f} {theirs / ours:>6.1f}x")


def print_equal_stability(subject: Subject, reference: int, runs: int) -> None:
    print(f"\nEqual stability (correlation with {reference} samples, mean of {stable.SEEDS} seeds)")
    print(
        f"{'method':<12} {'stability':>9} {'pictures':>8} {'SpineLens s':>12} {'package':>9} {'s':>8} {'ratio':>7}"
    )
    for row in stable.rows(subject, reference, runs):
        least = "" if row.reached else ">"
        print(
            f"{REGISTRY[row.method].label:<12} {row.stability:>9.3f} {row.pictures:>8} {row.ours:>12.2f} "
            f"{least + str(row.count):>9} {row.theirs:>8.2f} {least:>1}{row.theirs / row.ours:>5.1f}x",
            flush=True,
        )


def print_waiting(subject: Subject, alone: Sequence[Network], runs: int) -> None:
    def core(network: Network) -> None:
        for method in CORE:
            explain(method.name, network, subject.image, subject.target, SEED)

    def everything() -> None:
        grad_cam_all(subject.network, subject.images, subject.targets)

    count = sum(map(len, subject.targets))
    print("\nWhat a reader waits for")
    three = f"{', '.join(method.label for method in CORE)} of one finding, as set by default"
    print_seconds(three, lambda: core(subject.network), runs)
    for network in alone:
        print_seconds(f"  the same by {network.id.name} alone", lambda network=network: core(network), runs)
    print_seconds(f"Grad-CAM of all {count} findings of {len(subject.images)} discs", everything, runs)


def print_reading(runs: int) -> None:
    study, bundle = demonstration()
    findings = len(read_study(study, bundle).findings)
    what = f"Reading the demonstration study whole, {len(study.series)} series and {findings} findings"
    print_seconds(what, lambda: read_study(study, bundle), runs)


def print_seconds(what: str, work: Callable[[], object], runs: int) -> None:
    quietly(work)
    print(f"{what}: {seconds(work, runs):.2f} s")


def run(name: str, subject: Subject, count: int) -> object:
    settings = {"lime": {"samples": count, "stop": "budget"}, "partition_shap": {"max_evals": count}}.get(
        name
    )
    return explain(name, subject.network, subject.image, subject.target, SEED, settings)


if __name__ == "__main__":
    sys.exit(main())
