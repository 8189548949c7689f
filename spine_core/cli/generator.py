"""``evaluate-generator``: distance, use for training, and copies of generated images."""

from __future__ import annotations

import argparse
from pathlib import Path

from spine_core.cli.arguments import InputError, folder, positive_int, seed
from spine_core.cli.data_input import add_data_argument, require_data

ARMS = ("flow", "gan")


def add_evaluate_generator(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``evaluate-generator``."""
    from spine_core.synthesis.sampling import GUIDANCE
    from spine_core.training.synthesis.judges import NETWORKS

    add_data_argument(parser)
    parser.add_argument("--generator", choices=ARMS, default="flow", help="default %(default)s")
    parser.add_argument(
        "--samples", type=positive_int, default=500, metavar="N", help="generated images; default %(default)s"
    )
    parser.add_argument(
        "--real", type=positive_int, default=400, metavar="N",
        help="most real discs that they are compared with; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--judge", action="append", default=[], metavar="NAME=EPOCHS",
        help=f"network that learns from the images, may be repeated: {', '.join(NETWORKS)}; always: a logistic "
        "regression on features of ImageNet",
    )  # fmt: skip
    parser.add_argument(
        "--what-ifs", type=positive_int, default=12, metavar="N",
        help="discs, one of each patient, of which what-if images are made; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--guidance", type=float, default=GUIDANCE, metavar="W",
        help="how much further the flow's images go than their conditions ask; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--test",
        action="store_true",
        help="use the test patients (fold 0) and log the access; default: the selection patients (fold 1)",
    )
    parser.add_argument(
        "--checkpoint-dir", type=folder, default=Path(".train"), metavar="DIR",
        help="folder for crops and examples; default %(default)s",
    )  # fmt: skip
    parser.add_argument("--seed", type=seed, default=0, help="default %(default)s")
    parser.set_defaults(run=_evaluate)


def _evaluate(args: argparse.Namespace) -> int:
    from spine_core.training.commands import TrainingRun
    from spine_core.training.synthesis.evaluate import GateOptions, evaluate_generator

    require_data(args.data)
    judges = dict(_judge(one) for one in args.judge)
    options = GateOptions(args.samples, args.real, judges, args.what_ifs, args.test, args.guidance)
    evaluate_generator(TrainingRun(args.data, args.checkpoint_dir, args.seed), args.generator, options)
    return 0


def _judge(text: str) -> tuple[str, int]:
    from spine_core.training.synthesis.judges import NETWORKS

    name, _, epochs = text.partition("=")
    if name not in NETWORKS or not epochs.isdigit() or not int(epochs):
        msg = f"--judge: {text!r} is not NAME=EPOCHS with a name of {', '.join(NETWORKS)}"
        raise InputError(msg)
    return name, int(epochs)
