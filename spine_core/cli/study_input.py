"""Opens the study that a command names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, output_folder, positive_int, spacing
from spine_core.cli.data_input import require_device

if TYPE_CHECKING:
    from spine_core.networks.registry import Bundle
    from spine_core.study import MultiplePatientsError
    from spine_core.study.types import Study


def add_study_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the output folder, and values that a file may lack: weighting, pixel spacing, patient."""
    from spine_core.study.types import Weighting

    parser.add_argument(
        "--out", type=output_folder, required=True, metavar="DIR", help="folder for the results"
    )
    parser.add_argument(
        "--weighting",
        choices=[w.value for w in Weighting if w not in (Weighting.UNKNOWN, Weighting.OTHER)],
        help="weighting of images whose file does not state it",
    )
    parser.add_argument(
        "--spacing", type=spacing, metavar="MM", help="pixel spacing of images whose file does not state it"
    )
    parser.add_argument(
        "--patient", type=positive_int, metavar="N", help="number of the patient if there are several"
    )
    parser.add_argument(
        "--network", metavar="NAME", help="registered network that grades, as `network list` writes it"
    )
    parser.add_argument("--device", default="cpu", help="of torch, such as cuda; default %(default)s")


def open_study_of(path: Path, args: argparse.Namespace) -> Study:
    """Opens ``path`` with the options of ``add_study_arguments``. Raises ``InputError``."""
    from spine_core.study import MultiplePatientsError, StudyError, open_study, sources_from_path
    from spine_core.study.types import Weighting

    weighting = Weighting(args.weighting) if args.weighting else None
    try:
        try:
            study = open_study(sources_from_path(path), weighting=weighting, spacing=args.spacing)
        except MultiplePatientsError as error:
            return open_study(
                sources_from_path(path),
                patient=_patient_key(path, error, args.patient),
                weighting=weighting,
                spacing=args.spacing,
            )
    except StudyError as error:
        msg = error.sentence if error.file != path.name else f"{path}: {error.reason}"
        raise InputError(msg) from None
    if args.patient not in (None, 1):
        msg = f"{path}: the files are of one patient; there is no patient {args.patient}"
        raise InputError(msg)
    return study


def networks_of(args: argparse.Namespace) -> Bundle:
    """The released networks on ``--device``, with the grader that ``--network`` names.

    Raises ``InputError`` if torch cannot use the device here, or no such network is registered.
    """
    from spine_core.networks.packages.errors import PackageError
    from spine_core.networks.packages.store import with_stored_grader
    from spine_core.networks.registry import load_bundle

    require_device(args.device)
    bundle = load_bundle(device=args.device)
    if args.network is None:
        return bundle
    try:
        return with_stored_grader(bundle, args.network)
    except KeyError:
        msg = f"--network: no network called {args.network} is registered; see `network list`"
        raise InputError(msg) from None
    except PackageError as error:
        msg = f"--network: {error}"
        raise InputError(msg) from None


def require_path(path: Path) -> None:
    """Raises ``InputError`` if there is nothing at ``path``."""
    if not path.exists():
        msg = f"{path}: no such file or folder"
        raise InputError(msg)


def _patient_key(path: Path, error: MultiplePatientsError, number: int | None) -> str:
    """The key of the patient with this number, counted from 1."""
    count = len(error.patients)
    if number is None or not 1 <= number <= count:
        msg = f"{path}: the files are of {count} patients; choose one with --patient 1 to --patient {count}"
        raise InputError(msg)
    return error.patients[number - 1].key
