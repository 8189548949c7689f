"""``explain`` and ``compare``: attribution maps of one finding, and their comparison."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, any_path, make_folder, seed
from spine_core.cli.methods import parse_methods
from spine_core.cli.study_input import add_study_arguments, networks_of, open_study_of, require_path

if TYPE_CHECKING:
    from spine_core.api import FindingExplanation
    from spine_core.grading.types import Finding
    from spine_core.networks.registry import Bundle
    from spine_core.networks.target import Target


def add_explain(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``explain``."""
    _add_finding_arguments(parser)
    parser.set_defaults(run=_explain)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``compare``."""
    _add_finding_arguments(parser)
    parser.set_defaults(run=_compare)


def _add_finding_arguments(parser: argparse.ArgumentParser) -> None:
    from spine_core.anatomy.types import LEVELS

    parser.add_argument(
        "path", type=any_path, metavar="PATH", help="DICOM folder, ZIP, TAR, NIfTI or image file"
    )
    add_study_arguments(parser)
    parser.add_argument("--level", choices=LEVELS, required=True)
    parser.add_argument("--condition", required=True, metavar="NAME")
    parser.add_argument("--grade", help="grade to explain; default: the predicted grade")
    parser.add_argument(
        "--methods",
        default="grad_cam,lime,partition_shap",
        help="explanation methods, comma-separated; default %(default)s",
    )
    parser.add_argument("--seed", type=seed, default=0, help="seed of random methods; default %(default)s")


def _explain(args: argparse.Namespace) -> int:
    from spine_core.explanation.export import write_explanations

    maps = _explanations(args)
    print(write_explanations([one.explanation for one in maps], maps[0].image, maps[0].study, args.out))
    return 0


def _compare(args: argparse.Namespace) -> int:
    from spine_core.api import compare

    comparison = compare(_explanations(args), seed=args.seed)
    comparison.to_json(args.out / "comparison.json")
    comparison.to_csv(args.out / "comparison.csv")
    print(comparison.to_html(args.out / "comparison.html"))
    return 0


def _explanations(args: argparse.Namespace) -> list[FindingExplanation]:
    """The finding that the arguments name, explained by each of their methods."""
    from spine_core.api import FindingError, explain, read
    from spine_core.explanation.registry import REGISTRY

    methods = parse_methods(args.methods)
    if not methods:
        msg = f"--methods: no method given; known: {', '.join(REGISTRY)}"
        raise InputError(msg)
    require_path(args.path)
    make_folder(args.out)
    networks = networks_of(args)
    _check(args, networks)
    reading = read(open_study_of(args.path, args), networks)
    try:
        target = (
            None if args.grade is None else _target(reading.finding(args.level, args.condition), args.grade)
        )
        return [
            explain(reading, args.level, args.condition, method=name, target=target, seed=args.seed)
            for name in methods
        ]
    except FindingError as error:
        msg = f"{args.path}: {error}"
        raise InputError(msg) from None


def _check(args: argparse.Namespace, networks: Bundle) -> None:
    """Raises ``InputError`` for a condition or grade that the grader does not have, before the study is read."""
    outputs = {name: one for view in networks.grader.views for name, one in view.outputs.items()}
    if args.condition not in outputs:
        msg = f"--condition: the network has no {args.condition!r}; it has {', '.join(outputs)}"
        raise InputError(msg)
    grades = outputs[args.condition].condition.grades
    if args.grade is not None and args.grade not in grades:
        msg = f"--grade: {args.condition} has no grade {args.grade!r}; it has {', '.join(grades)}"
        raise InputError(msg)


def _target(finding: Finding, grade: str) -> Target:
    from spine_core.networks.target import Target

    return Target(finding.condition, grade, output=finding.output)
