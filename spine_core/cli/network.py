"""``network``: registers, lists, tests and removes networks; ``convert``: weights from pickle to safetensors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, any_path, fraction, make_folder, output_folder
from spine_core.cli.study_input import require_path

if TYPE_CHECKING:
    from spine_core.networks.packages.registration import Registration


def add_network(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of ``network``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser(
        "add", help="examine a package and register it for everybody on this installation"
    )
    add.add_argument("path", type=any_path, metavar="PATH", help="folder or ZIP with network.json")
    add.set_defaults(run=_add)
    _add_evaluate(actions.add_parser("evaluate", help="evaluate a registered network on labelled studies"))
    listing = actions.add_parser("list", help="the registered networks")
    listing.set_defaults(run=_list)
    for name, run, text in (
        ("test", _test, "check a registered network's hashes and run its sample"),
        ("remove", _remove, "remove a registered network and its files"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("name", metavar="NAME", help="as `network list` writes it")
        one.set_defaults(run=run)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="as `network list` writes it")
    parser.add_argument(
        "studies",
        type=any_path,
        metavar="DIR",
        help="studies, with labels.csv: study, level, condition, grade",
    )
    parser.add_argument(
        "--out", type=output_folder, required=True, metavar="DIR", help="folder for the results"
    )
    parser.add_argument(
        "--calibrate", type=fraction, metavar="FRACTION",
        help="fit calibration and prediction sets on this part of the patients, evaluate on the others, and register "
        "the calibrated network",
    )  # fmt: skip
    parser.set_defaults(run=_evaluate)


def add_convert(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``convert``."""
    parser.add_argument("source", type=any_path, metavar="IN", help="state dict that torch saved (.pt, .pth)")
    parser.add_argument("target", type=any_path, metavar="OUT", help="safetensors file to write")
    parser.set_defaults(run=_convert)


def _add(args: argparse.Namespace) -> int:
    from spine_core.networks.packages.errors import PackageError
    from spine_core.networks.packages.store import register

    require_path(args.path)
    try:
        one = register(args.path)
    except PackageError as error:
        raise InputError(str(error)) from None
    print(_line(one.key, one.registration))
    return 0


def _list(args: argparse.Namespace) -> int:
    from spine_core.networks.packages.store import stored_networks

    for one in stored_networks():
        print(_line(one.key, one.registration))
    return 0


def _test(args: argparse.Namespace) -> int:
    from spine_core.networks.packages.errors import PackageError
    from spine_core.networks.packages.examination import examine_apart
    from spine_core.networks.packages.store import stored_network

    try:
        print(_line(args.name, examine_apart(stored_network(args.name).package)))
    except KeyError:
        raise InputError(_unknown(args.name)) from None
    except PackageError as error:
        raise InputError(str(error)) from None
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from spine_core.evaluation.labels import LabelError, labelled_folder
    from spine_core.networks.packages.errors import PackageError
    from spine_core.results.network_evaluation import evaluate_stored

    require_path(args.studies)
    make_folder(args.out)
    try:
        found = evaluate_stored(args.name, labelled_folder(args.studies), calibrate=args.calibrate)
    except KeyError:
        raise InputError(_unknown(args.name)) from None
    except (LabelError, PackageError) as error:
        raise InputError(str(error)) from None
    out = args.out / "evaluation.json"
    out.write_text(json.dumps(found.values(), indent=1) + "\n")
    print(out)
    return 0


def _remove(args: argparse.Namespace) -> int:
    from spine_core.networks.packages.store import remove

    try:
        remove(args.name)
    except KeyError:
        raise InputError(_unknown(args.name)) from None
    return 0


def _convert(args: argparse.Namespace) -> int:
    from spine_core.networks.packages.conversion import convert
    from spine_core.networks.packages.errors import PackageError

    target: Path = args.target
    if target.suffix != ".safetensors":
        msg = f"{target}: the file to write must end with .safetensors"
        raise InputError(msg)
    require_path(args.source)
    try:
        count = convert(args.source, target)
    except PackageError as error:
        raise InputError(str(error)) from None
    print(f"{target}: {count} tensors")
    return 0


def _line(key: str, facts: Registration) -> str:
    gradients = "gradients" if facts.differentiable else "no gradients"
    return f"{key}  {facts.sha256[:12]}  {facts.milliseconds:.1f} ms per image, {gradients}"


def _unknown(name: str) -> str:
    from spine_core.networks.packages.store import stored_networks

    known = ", ".join(one.key for one in stored_networks()) or "none"
    return f"no network called {name} is registered; registered: {known}"
