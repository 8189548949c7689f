"""``evaluate``, its parts for levels, measurements and similar discs, and ``model-card``: figures of the networks."""

from __future__ import annotations

import argparse
from pathlib import Path

from spine_core.cli.arguments import InputError, folder
from spine_core.cli.data_input import add_data_argument, require_data


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``evaluate``."""
    _add_fold_arguments(parser)
    parser.set_defaults(run=_evaluate)


def add_evaluate_levels(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``evaluate-levels``."""
    _add_fold_arguments(parser)
    parser.set_defaults(run=_evaluate_levels)


def add_evaluate_retrieval(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``evaluate-retrieval``."""
    _add_fold_arguments(parser)
    parser.add_argument(
        "--checkpoint-dir",
        type=folder,
        default=Path(".train"),
        metavar="DIR",
        help="folder of the features that `train retrieval` computed; computed if absent; default %(default)s",
    )
    parser.set_defaults(run=_evaluate_retrieval)


def add_evaluate_measurements(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``evaluate-measurements``."""
    _add_fold_arguments(parser)
    parser.set_defaults(run=_evaluate_measurements)


def add_model_card(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``model-card``: it has none."""
    parser.set_defaults(run=_model_card)


def _add_fold_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_argument(parser)
    parser.add_argument(
        "--test",
        action="store_true",
        help="evaluate the test patients (fold 0) and log the access; default: the selection patients (fold 1)",
    )


def _evaluate(args: argparse.Namespace) -> int:
    from spine_core.training.evaluation.run import evaluate

    require_data(args.data)
    evaluate(args.data, test=args.test)
    return 0


def _evaluate_levels(args: argparse.Namespace) -> int:
    from spine_core.training.level_count_commands import evaluate_levels

    require_data(args.data)
    evaluate_levels(args.data, test=args.test)
    return 0


def _evaluate_retrieval(args: argparse.Namespace) -> int:
    from spine_core.retrieval.index_file import DiscIndexError
    from spine_core.training.commands import TrainingRun
    from spine_core.training.retrieval.evaluate import evaluate_retrieval

    require_data(args.data)
    try:
        evaluate_retrieval(TrainingRun(args.data, args.checkpoint_dir), test=args.test)
    except DiscIndexError as error:
        raise InputError(str(error)) from None
    return 0


def _evaluate_measurements(args: argparse.Namespace) -> int:
    from spine_core.training.measurement_commands import evaluate_measurements

    require_data(args.data)
    evaluate_measurements(args.data, test=args.test)
    return 0


def _model_card(_: argparse.Namespace) -> int:
    from spine_core.training.model_card.stored_results import rewrite_model_card

    print(rewrite_model_card())
    return 0
