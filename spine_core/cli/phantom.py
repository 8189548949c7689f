"""``phantom``: writes a synthetic study with known truth."""

from __future__ import annotations

import argparse

from spine_core.cli.arguments import InputError, make_folder, output_folder, seed


def add_phantom(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``phantom``: an option per lesion."""
    from spine_core.phantom.spec import LESIONS

    parser.add_argument(
        "--out", type=output_folder, required=True, metavar="DIR", help="folder for the study and its truth"
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=0,
        help="synthetic person; studies of equal seeds differ in their lesions only; default %(default)s",
    )
    for lesion in LESIONS:
        parser.add_argument(
            "--" + lesion.replace("_", "-"),
            dest=lesion,
            action="append",
            default=[],
            metavar="LEVEL[=SIZE]",
            help="for example L4/L5",
        )
    parser.set_defaults(run=_phantom)


def _phantom(args: argparse.Namespace) -> int:
    from spine_core.phantom import LESIONS, make_from_cli

    make_folder(args.out)
    try:
        print(make_from_cli(args.out, args.seed, {name: tuple(getattr(args, name)) for name in LESIONS}))
    except ValueError as error:
        raise InputError(str(error)) from None
    return 0
