"""``train``, ``ablation`` and ``tune``: everything that fits weights."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from spine_core.cli.arguments import (
    InputError,
    any_path,
    existing_path,
    folder,
    make_folder,
    output_folder,
    package_version,
    positive_int,
    seed,
)
from spine_core.cli.data_input import add_data_argument, require_data, require_device

if TYPE_CHECKING:
    from spine_core.training.commands import TrainingRun

TARGETS = {
    "detector": "the disc detector",
    "segmenter": "the segmenter of disc, vertebra and canal, initialised from the detector",
    "level-counter": "the network that estimates whether the level names are off by one",
    "teacher": "a teacher network without one fold of the training patients",
    "soft-targets": "no network: averages the teachers' out-of-fold predictions into soft targets",
    "grader": "a grading network, calibrated on the selection patients",
    "ensemble": "no network: selects and calibrates the ensemble of the trained graders",
    "ood": "the out-of-distribution detector of the ensemble",
    "baselines": "the logistic regressions on measurements",
    "retrieval": "no network: embeds the discs of folds 1 to 4 into the index of similar discs",
    "measurement-model": "the ordinal regressions that explain findings by measurements",
    "generator": "the flow-matching generator of disc images",
    "generator-gan": "the conditional GAN that it is compared with",
}


def add_train(parser: argparse.ArgumentParser) -> None:
    """Adds one subcommand per training target, each with its own options."""
    from spine_core.results.training_plans import TEACHER_FOLDS

    targets = parser.add_subparsers(required=True, metavar="TARGET", dest="target")
    parsers = {name: targets.add_parser(name, help=text) for name, text in TARGETS.items()}
    for own in parsers.values():
        _add_training_arguments(own)
        own.set_defaults(run=_train)
    _add_rsna2024(
        targets.add_parser("rsna2024", help="a network of the 25 outputs of RSNA 2024, as a package")
    )
    for name in ("teacher", "grader"):
        _add_backbone(parsers[name])
    parsers["teacher"].add_argument(
        "--fold",
        type=int,
        choices=range(TEACHER_FOLDS),
        required=True,
        help="fold of the training patients that is held out and predicted",
    )
    parsers["grader"].add_argument(
        "--distill", action="store_true", help="train on the teachers' soft targets in addition to the labels"
    )


def add_ablation(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``ablation``."""
    from spine_core.results.experiments import EXPERIMENTS

    parser.add_argument("name", choices=tuple(EXPERIMENTS))
    _add_training_arguments(parser)
    parser.set_defaults(run=_ablation)


def add_tune(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``tune``."""
    _add_training_arguments(parser)
    parser.add_argument(
        "--trials", type=positive_int, default=12, metavar="N", help="trials in total; default %(default)s"
    )
    parser.set_defaults(run=_tune)


def _add_training_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    _add_run_arguments(parser, Path(".train"))
    parser.add_argument(
        "--volumes",
        type=existing_path,
        metavar="DIR",
        help="SPIDER as published (images, masks, radiological_gradings.csv) in place of its slices",
    )


def _add_run_arguments(parser: argparse.ArgumentParser, checkpoint_dir: Path) -> None:
    parser.add_argument(
        "--checkpoint-dir",
        type=folder,
        default=checkpoint_dir,
        metavar="DIR",
        help="folder for checkpoints and crops; an interrupted run resumes from it; default %(default)s",
    )
    parser.add_argument("--seed", type=seed, default=0, help="default %(default)s")
    parser.add_argument("--device", default="cpu", help="torch device, for example cuda; default %(default)s")


def _add_rsna2024(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``train rsna2024``, which reads the competition's files instead of the data folder."""
    parser.add_argument(
        "--data",
        type=any_path,
        required=True,
        metavar="DIR",
        help="folder with train.csv, train_series_descriptions.csv, train_label_coordinates.csv and train_images",
    )
    parser.add_argument(
        "--out",
        type=output_folder,
        required=True,
        metavar="DIR",
        help="folder for the package and its figures",
    )
    parser.add_argument(
        "--epochs", type=positive_int, default=20, metavar="N", help="of the training; default %(default)s"
    )
    parser.add_argument(
        "--package-version",
        type=package_version,
        default="1",
        metavar="VERSION",
        help="version under which the network is registered; default %(default)s",
    )
    _add_run_arguments(parser, Path(".train/rsna2024"))
    parser.set_defaults(run=_train_rsna2024)


def _add_backbone(parser: argparse.ArgumentParser) -> None:
    from spine_core.networks.architectures import BUILDERS

    parser.add_argument(
        "--backbone", choices=tuple(BUILDERS), default="resnet18", help="architecture; default %(default)s"
    )


def _train(args: argparse.Namespace) -> int:
    from spine_core.training.distillation.teachers import SoftTargetsError

    run = _run_of(args)
    try:
        _trainers()[args.target](run)
    except SoftTargetsError as error:
        raise InputError(str(error)) from None
    return 0


def _train_rsna2024(args: argparse.Namespace) -> int:
    from spine_core.training.rsna2024.dataset import DatasetError
    from spine_core.training.rsna2024.train import Rsna2024Run, train_rsna2024

    require_device(args.device)
    make_folder(args.out)
    try:
        train_rsna2024(
            Rsna2024Run(
                args.data,
                args.out,
                args.checkpoint_dir,
                args.epochs,
                args.seed,
                args.device,
                args.package_version,
            )
        )
    except DatasetError as error:
        raise InputError(str(error)) from None
    return 0


def _trainers() -> dict[str, Callable[[TrainingRun], object]]:
    from spine_core.training import commands
    from spine_core.training.distillation.soft_targets import build_soft_targets
    from spine_core.training.level_count_commands import train_level_counter
    from spine_core.training.measurement_commands import train_measurement_model
    from spine_core.training.models.ensemble_build import train_baselines, train_ensemble, train_ood
    from spine_core.training.retrieval.build import train_retrieval
    from spine_core.training.synthesis.commands import train_generator, train_generator_gan

    return {
        "detector": commands.train_detector,
        "segmenter": commands.train_segmenter,
        "level-counter": train_level_counter,
        "teacher": commands.train_teacher,
        "soft-targets": build_soft_targets,
        "grader": commands.train_grader,
        "ensemble": train_ensemble,
        "ood": train_ood,
        "baselines": train_baselines,
        "retrieval": train_retrieval,
        "measurement-model": train_measurement_model,
        "generator": train_generator,
        "generator-gan": train_generator_gan,
    }


def _ablation(args: argparse.Namespace) -> int:
    from spine_core.training.ablations.run import run_experiment

    run_experiment(_run_of(args), args.name)
    return 0


def _tune(args: argparse.Namespace) -> int:
    from spine_core.training.tuning.run import run_tuning

    run_tuning(_run_of(args), args.trials)
    return 0


def _run_of(args: argparse.Namespace) -> TrainingRun:
    """The checked options. Raises ``InputError``."""
    from spine_core.training.commands import TrainingRun

    require_data(args.data)
    require_device(args.device)
    return TrainingRun(
        args.data,
        args.checkpoint_dir,
        args.seed,
        args.device,
        getattr(args, "backbone", "resnet18"),
        args.volumes,
        getattr(args, "fold", 0),
        getattr(args, "distill", False),
    )
