"""``benchmark``: ranks the explanation methods on phantoms, or measures localisation on segmented real slices."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, make_folder, output_folder, positive_int
from spine_core.cli.data_input import require_data
from spine_core.cli.methods import parse_methods

if TYPE_CHECKING:
    from spine_core.networks.network import Network
    from spine_core.networks.registry import Bundle


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``benchmark``."""
    parser.add_argument(
        "--out",
        type=output_folder,
        required=True,
        metavar="DIR",
        help="folder for the results; an interrupted run resumes from it",
    )
    parser.add_argument(
        "--pairs", type=positive_int, default=200, metavar="N", help="phantom pairs; default %(default)s"
    )
    parser.add_argument(
        "--methods", default="", help="comma-separated; default: all; control maps are always included"
    )
    parser.add_argument(
        "--network", default="", help="one network of the ensemble, by name; default: the whole ensemble"
    )
    parser.add_argument(
        "--real-data",
        type=Path,
        metavar="DATA",
        help="use the segmented slices of this data folder instead of phantoms",
    )
    parser.set_defaults(run=_benchmark)


def _benchmark(args: argparse.Namespace) -> int:
    from spine_core.networks.registry import load_bundle

    if args.real_data is not None:
        require_data(args.real_data)
    methods = parse_methods(args.methods)
    make_folder(args.out)
    bundle = load_bundle()
    network = _network(bundle, args.network)
    try:
        print(_run(network, bundle, methods, args))
    except ValueError as error:
        raise InputError(str(error)) from None
    return 0


def _network(bundle: Bundle, name: str) -> Network:
    networks = bundle.networks()
    if name and name not in networks:
        msg = f"unknown network {name}; known: {', '.join(networks)}"
        raise InputError(msg)
    return (networks[name] if name else bundle.explained_network).wait_ready()


def _run(network: Network, bundle: Bundle, methods: list[str], args: argparse.Namespace) -> object:
    if args.real_data is None:
        from spine_core.comparison.benchmark.run import run

        return run(network, args.pairs, methods, args.out, print)
    from spine_core.training.evaluation import localisation_eval

    return localisation_eval.run(network, bundle, args.real_data, methods, args.out, print)
