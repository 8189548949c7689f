"""The same work from a shell: ``python -m spine_core read | explain | phantom | train | evaluate | ...``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spine_core import DISCLAIMER, __version__
from spine_core.anatomy.types import LEVELS
from spine_core.cli.arguments import (
    InputError,
    Parser,
    counted,
    existing,
    folder,
    make,
    named,
    output_folder,
    seed,
    spacing,
)
from spine_core.networks.architectures import BUILDERS
from spine_core.networks.conditions import CONDITIONS
from spine_core.study.types import Study, Weighting
from spine_core.weights import WeightsError

if TYPE_CHECKING:
    from spine_core.api import FindingExplanation
    from spine_core.networks.target import Target
    from spine_core.training.commands import Run

PICTURES = (".png", ".jpg", ".jpeg")
BAD_INPUT = 2
"""Exit status for input that cannot be read."""


INTERRUPTED, BROKEN_PIPE = 130, 141
"""Exit status after Ctrl-C, and where nobody reads the output any more: 128 and the number of the signal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    # What is wrong with a file is said in one sentence or written into the reading; a second telling would confuse.
    logger = logging.getLogger("spine_core")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        try:
            args = _parser().parse_args(arguments)
            status: int = args.run(args)
        finally:
            # Whoever calls this as a function has a log of its own.
            logger.setLevel(level)
            sys.stdout.flush()
    except (InputError, WeightsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python writes what is left when it ends, and would complain then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or 'it cannot be read or written'}", file=sys.stderr)
        return BAD_INPUT
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m spine_core", description=f"SpineLens {__version__}. {DISCLAIMER}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _read_arguments(commands.add_parser("read", help="find and grade the discs of a study"))
    _finding_arguments(commands.add_parser("explain", help="explain one finding"), _explain)
    _finding_arguments(
        commands.add_parser("compare", help="explain one finding and compare the explanations"), _compare
    )
    _phantom_arguments(commands.add_parser("phantom", help="make a synthetic study with known truth"))
    _train_arguments(commands.add_parser("train", help="train the localiser, the outliner or a grader"))
    _evaluate_arguments(commands.add_parser("evaluate", help="figures of the shipped networks on real data"))
    _evaluate_levels_arguments(
        commands.add_parser(
            "evaluate-levels", help="how many wrong counts of levels are flagged, on real data"
        )
    )
    _benchmark_arguments(
        commands.add_parser(
            "benchmark-explanations", help="rank the methods on phantoms whose truth is known"
        )
    )
    return parser


def _input_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=output_folder, required=True, metavar="DIR", help="folder for the results"
    )
    weightings = [w.value for w in Weighting if w not in (Weighting.UNKNOWN, Weighting.OTHER)]
    parser.add_argument(
        "--weighting", choices=weightings, help="weighting of pictures whose file does not say"
    )
    parser.add_argument(
        "--spacing", type=spacing, metavar="MM", help="pixel spacing of pictures whose file does not say"
    )
    parser.add_argument(
        "--patient", type=counted, metavar="N", help="which patient, where the files hold several"
    )


def _read_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", type=named, metavar="PATH", help="DICOM folder, ZIP or TAR, NIfTI or picture"
    )
    _input_arguments(parser)
    parser.add_argument("--each", action="store_true", help="read every picture of a folder by itself")
    parser.set_defaults(run=_read)


def _finding_arguments(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("path", type=named, metavar="PATH")
    _input_arguments(parser)
    parser.add_argument("--level", choices=LEVELS, required=True)
    parser.add_argument("--condition", choices=[c.name for c in CONDITIONS], required=True)
    parser.add_argument("--grade", help="grade to explain; default: the one the network gives")
    parser.add_argument(
        "--methods", default="grad_cam,lime,partition_shap", help="comma-separated; default %(default)s"
    )
    parser.add_argument("--seed", type=seed, default=0)
    parser.set_defaults(run=run)


def _phantom_arguments(parser: argparse.ArgumentParser) -> None:
    from spine_core.phantom.spec import LESIONS

    parser.add_argument(
        "--out", type=output_folder, required=True, metavar="DIR", help="folder for the study and its truth"
    )
    parser.add_argument(
        "--seed", type=seed, default=0, help="which person; equal seeds differ in their lesions only"
    )
    for lesion in LESIONS:
        option = "--" + lesion.replace("_", "-")
        parser.add_argument(
            option,
            dest=lesion,
            action="append",
            default=[],
            metavar="LEVEL[=SIZE]",
            help="for instance L4/L5",
        )
    parser.set_defaults(run=_phantom)


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    from spine_core.results.experiments import EXPERIMENTS

    parser.add_argument(
        "what",
        choices=(
            "anatomy",
            "outliner",
            "level-counter",
            "teacher",
            "lessons",
            "grader",
            "ensemble",
            "familiarity",
            "baselines",
            "experiment",
            "search",
        ),
    )
    parser.add_argument("name", nargs="?", choices=tuple(EXPERIMENTS), help="of an experiment")
    _data_arguments(parser)
    parser.add_argument(
        "--work", type=folder, default=Path(".train"), help="folder for checkpoints; resumes from there"
    )
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument(
        "--backbone",
        choices=tuple(BUILDERS),
        default="resnet18",
        help="of a grader or teacher; default %(default)s",
    )
    parser.add_argument(
        "--part",
        type=int,
        help="of the training patients, from which a teacher does not learn and about which it answers",
    )
    parser.add_argument(
        "--lessons",
        action="store_true",
        help="a grader learns from what teachers answered, beside the labels",
    )
    parser.add_argument("--device", default="cpu", help="of torch, for instance cuda; default %(default)s")
    parser.add_argument("--trials", type=int, default=12, help="of a search, in all; default %(default)s")
    parser.add_argument(
        "--volumes", type=existing, help="SPIDER as published (images, masks, radiological_gradings.csv)"
    )
    parser.set_defaults(run=_train)


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    _data_arguments(parser)
    parser.add_argument("--test", action="store_true", help="fold 0, logged; the default is fold 1")
    parser.set_defaults(run=_evaluate)


def _evaluate_levels_arguments(parser: argparse.ArgumentParser) -> None:
    _data_arguments(parser)
    parser.add_argument("--test", action="store_true", help="fold 0; the default is fold 1")
    parser.set_defaults(run=_evaluate_levels)


def _benchmark_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=output_folder,
        required=True,
        metavar="DIR",
        help="folder for the figures; goes on with a run there",
    )
    parser.add_argument("--pairs", type=counted, default=200, help="pairs of phantoms; default %(default)s")
    parser.add_argument("--methods", default="", help="comma-separated; default: all, the controls always")
    parser.add_argument(
        "--network", default="", help="of the ensemble, by the name on its card; default: all together"
    )
    parser.add_argument(
        "--slices", type=Path, metavar="DATA", help="instead of phantoms, outlined slices of the data folder"
    )
    parser.set_defaults(run=_benchmark)


def _data_arguments(parser: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get("SPINELENS_DATA") or "../shared/data")
    parser.add_argument("--data", type=Path, default=default, help="data folder; default %(default)s")


def _open(path: Path, args: argparse.Namespace) -> Study:
    from spine_core.study import MultiplePatientsError, StudyError, open_study, sources_from_path

    weighting = Weighting(args.weighting) if args.weighting else None
    key = None
    try:
        for _ in range(2):
            try:
                study = open_study(
                    sources_from_path(path), patient=key, weighting=weighting, spacing=args.spacing
                )
                if key is None and args.patient not in (None, 1):
                    msg = f"{path}: files of one patient; there is no patient {args.patient}"
                    raise InputError(msg)
                return study
            except MultiplePatientsError as several:
                count = len(several.patients)
                if args.patient is None or not 1 <= args.patient <= count:
                    msg = (
                        f"{path}: files of {count} patients; choose one with --patient 1 to --patient {count}"
                    )
                    raise InputError(msg) from None
                key = several.patients[args.patient - 1].key
    except StudyError as error:
        msg = error.sentence if error.file != path.name else f"{path}: {error.reason}"
        raise InputError(msg) from None
    raise AssertionError


def _read(args: argparse.Namespace) -> int:
    from spine_core.grading.export import reading_json
    from spine_core.grading.read import read_study
    from spine_core.networks.registry import load_bundle

    def reading_of(path: Path) -> dict[str, Any]:
        study = _open(path, args)
        return {"path": str(path), **reading_json(study, read_study(study, load_bundle()))}

    if len(args.paths) == 1 and not args.each:
        _need_path(args.paths[0])
        make(args.out)
        reading = reading_of(args.paths[0])
        out = args.out / "reading.json"
        out.write_text(json.dumps(reading, indent=1) + "\n")
        print(out)
        return 0
    failed = 0
    make(args.out)
    out = args.out / "readings.jsonl"
    with out.open("w") as handle:
        for path in _each(args.paths, pictures=args.each):
            try:
                line = reading_of(path)
            except InputError as error:
                failed += 1
                line = {"path": str(path), "error": str(error)}
                print(f"error: {error}", file=sys.stderr)
            handle.write(json.dumps(line) + "\n")
            handle.flush()
    print(out)
    return BAD_INPUT if failed else 0


def _each(paths: Sequence[Path], *, pictures: bool) -> Iterator[Path]:
    for path in paths:
        if not (pictures and path.is_dir()):
            yield path
            continue
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURES)
        if not inside:
            msg = f"{path}: there is no PNG or JPEG picture in this folder"
            raise InputError(msg)
        yield from inside


def _explain(args: argparse.Namespace) -> int:
    from spine_core.explanation.export import write_explanations

    maps = _explained(args)
    print(write_explanations([one.explanation for one in maps], maps[0].image, maps[0].study, args.out))
    return 0


def _compare(args: argparse.Namespace) -> int:
    from spine_core.api import compare

    found = compare(_explained(args), seed=args.seed)
    found.to_json(args.out / "comparison.json")
    found.to_csv(args.out / "comparison.csv")
    print(found.to_html(args.out / "comparison.html"))
    return 0


def _explained(args: argparse.Namespace) -> list[FindingExplanation]:
    """The finding that the arguments name, explained by each of their methods."""
    from spine_core.api import FindingError, explain, read
    from spine_core.explanation.registry import REGISTRY

    methods = _methods(args.methods)
    if not methods:
        msg = f"--methods: none is named; known: {', '.join(REGISTRY)}"
        raise InputError(msg)
    target = None if args.grade is None else _target(args.condition, args.grade)
    _need_path(args.path)
    make(args.out)
    reading = read(_open(args.path, args))
    try:
        return [
            explain(reading, args.level, args.condition, method=name, target=target, seed=args.seed)
            for name in methods
        ]
    except FindingError as error:
        msg = f"{args.path}: {error}"
        raise InputError(msg) from None


def _methods(text: str) -> list[str]:
    """Names of methods, separated by commas. Raises ``InputError`` for one that is unknown."""
    from spine_core.explanation.registry import REGISTRY

    methods = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in methods if name not in REGISTRY]:
        msg = f"--methods: unknown method {', '.join(unknown)}; known: {', '.join(REGISTRY)}"
        raise InputError(msg)
    return methods


def _target(condition: str, grade: str) -> Target:
    from spine_core.networks.target import Target

    try:
        return Target(condition, grade)
    except ValueError as error:
        msg = f"--grade: {error}"
        raise InputError(msg) from None


def _phantom(args: argparse.Namespace) -> int:
    from spine_core.phantom import LESIONS, make_from_cli

    make(args.out)
    try:
        print(make_from_cli(args.out, args.seed, {name: tuple(getattr(args, name)) for name in LESIONS}))
    except ValueError as error:
        raise InputError(str(error)) from None
    return 0


def _train(args: argparse.Namespace) -> int:
    from spine_core.training import commands
    from spine_core.training.ablations.run import run_experiment
    from spine_core.training.distillation.soft_targets import gather_lessons
    from spine_core.training.distillation.teachers import PARTS, LessonsError
    from spine_core.training.level_count_commands import train_counter
    from spine_core.training.models.ensemble_build import train_baselines, train_ensemble, train_familiarity
    from spine_core.training.tuning.run import run_search

    _need_data(args.data)
    _need_device(args.device)
    if (args.what == "experiment") != (args.name is not None):
        msg = "train experiment takes the name of one, and nothing else that is trained has a name"
        raise InputError(msg)
    if args.what not in ("teacher", "grader") and args.backbone != "resnet18":
        msg = "--backbone chooses among graders and teachers; the localiser has one, the others take all"
        raise InputError(msg)
    if (args.what == "teacher") != (args.part is not None):
        msg = "train teacher takes the --part about which it answers, and nothing else has parts"
        raise InputError(msg)
    if args.part is not None and not 0 <= args.part < PARTS:
        msg = f"--part {args.part}: there are {PARTS}, counted from 0"
        raise InputError(msg)
    if args.lessons and args.what != "grader":
        msg = "--lessons are for a grader, nothing else"
        raise InputError(msg)
    if args.trials < 1:
        msg = f"--trials {args.trials}: a search takes one trial or more"
        raise InputError(msg)
    trainers: dict[str, Callable[[Run], object]] = {
        "anatomy": commands.train_anatomy,
        "outliner": commands.train_outliner,
        "level-counter": train_counter,
        "teacher": commands.train_teacher,
        "lessons": gather_lessons,
        "grader": commands.train_grader,
        "ensemble": train_ensemble,
        "familiarity": train_familiarity,
        "baselines": train_baselines,
        "experiment": partial(run_experiment, name=args.name),
        "search": partial(run_search, trials=args.trials),
    }
    try:
        trainers[args.what](_run_of(args))
    except LessonsError as error:
        raise InputError(str(error)) from None
    return 0


def _run_of(args: argparse.Namespace) -> Run:
    from spine_core.training.commands import Run

    part = args.part or 0
    return Run(args.data, args.work, args.seed, args.device, args.backbone, args.volumes, part, args.lessons)


def _evaluate(args: argparse.Namespace) -> int:
    from spine_core.training.evaluation.run import evaluate

    _need_data(args.data)
    evaluate(args.data, test=args.test)
    return 0


def _evaluate_levels(args: argparse.Namespace) -> int:
    from spine_core.training.level_count_commands import evaluate_levels

    _need_data(args.data)
    evaluate_levels(args.data, test=args.test)
    return 0


def _benchmark(args: argparse.Namespace) -> int:
    from spine_core.comparison.benchmark.run import run
    from spine_core.networks.registry import load_bundle

    if args.slices is not None:
        _need_data(args.slices)
    methods = _methods(args.methods)
    make(args.out)
    bundle = load_bundle()
    networks = bundle.networks()
    if args.network and args.network not in networks:
        msg = f"unknown network {args.network}; known: {', '.join(networks)}"
        raise InputError(msg)
    network = (networks[args.network] if args.network else bundle.explained_network).wait_ready()
    try:
        if args.slices is None:
            print(run(network, args.pairs, methods, args.out, print))
        else:
            from spine_core.training.evaluation import localisation_eval

            print(localisation_eval.run(network, bundle, args.slices, methods, args.out, print))
    except ValueError as error:
        raise InputError(str(error)) from None
    return 0


def _need_device(name: str) -> None:
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError):  # the second where torch was built without the device
        msg = f"--device {name}: this machine has no such device"
        raise InputError(msg) from None


def _need_path(path: Path) -> None:
    if not path.exists():
        msg = f"{path}: there is no such file or folder"
        raise InputError(msg)


def _need_data(folder: Path) -> None:
    if not (folder / "splits.csv").is_file():
        msg = f"{folder}: there is no splits.csv; name the data folder with --data or SPINELENS_DATA"
        raise InputError(msg)
