"""``batch``: reads, explains and compares many studies, on several processes or a cluster."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, any_path, make_folder, output_folder, positive_int, seed
from spine_core.cli.library_input import add_person_argument, person_of, print_progress, with_library
from spine_core.cli.methods import parse_methods

if TYPE_CHECKING:
    from spine_core.audit.batch.types import BatchPlan, Source
    from spine_core.library.store import Library
    from spine_core.library.types import Person


def add_batch(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``batch``."""
    from spine_core.anatomy.types import LEVELS
    from spine_core.networks.conditions import CONDITIONS

    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--cases",
        metavar="TEXT",
        nargs="?",
        const="",
        help="cases of the library, all or those with this text",
    )
    what.add_argument("--tag", metavar="TAG", help="cases of the library with this tag")
    what.add_argument(
        "--resume", metavar="BATCH", help="batch of cases that was interrupted, with its own plan"
    )
    what.add_argument("--folder", type=any_path, metavar="DIR", help="studies of a folder")
    add_person_argument(parser)
    parser.add_argument(
        "--out", type=output_folder, metavar="DIR", help="folder for maps.parquet and studies.parquet"
    )
    parser.add_argument("--title", default="", help="of the batch, for the page Audit")
    parser.add_argument(
        "--methods",
        default="grad_cam,lime,partition_shap",
        help="comma-separated, of maps and of other reasons that readers are to rate; default %(default)s",
    )
    names = ",".join(one.name for one in CONDITIONS)
    parser.add_argument("--conditions", default=names, help="comma-separated; default: all")
    parser.add_argument("--levels", default=",".join(LEVELS), help="comma-separated; default %(default)s")
    parser.add_argument(
        "--network", action="append", metavar="NAME",
        help="registered network, may be repeated; default: the released ensemble, which is also called 'released'; "
        "with ~random behind it: the same network with random weights, whose maps are controls",
    )  # fmt: skip
    parser.add_argument("--abnormal-only", action="store_true", help="leave out findings of the first grade")
    parser.add_argument("--no-maps", action="store_true", help="keep the numbers only")
    parser.add_argument(
        "--backend", choices=("fastest", "torch"), default="fastest", help="default %(default)s"
    )
    parser.add_argument("--seed", type=seed, default=0, help="default %(default)s")
    parser.add_argument("--workers", type=positive_int, metavar="N", help="processes; default: one per core")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a running Dask scheduler, tcp://host:port")
    parser.add_argument("--retry-failed", action="store_true", help="try studies again that failed before")
    parser.set_defaults(run=with_library(_batch))


def _batch(library: Library, args: argparse.Namespace) -> int:
    from spine_core.audit.batch.run import continue_batch
    from spine_core.audit.batch.store import get_batch
    from spine_core.audit.batch.table import write_parquet

    person = person_of(library, args)
    batch_id, plan, sources = (
        _resumed(library, person, args) if args.resume else _begun(library, person, args)
    )
    if args.out is not None:
        make_folder(args.out)
    try:
        continue_batch(
            library, batch_id, plan, sources, workers=args.workers, scheduler=args.scheduler,
            retry_failed=args.retry_failed, progress=print_progress,
        )  # fmt: skip
    except OSError as error:
        msg = f"--scheduler: {args.scheduler} does not answer ({type(error).__name__})"
        raise InputError(msg) from None
    finally:
        print(file=sys.stderr)
    counts = get_batch(library, person, batch_id).counts
    print(f"{batch_id}: {', '.join(f'{count} {status}' for status, count in sorted(counts.items()))}")
    if args.out is not None:
        for path in write_parquet(library, person, batch_id, args.out):
            print(path)
    return 0


def _begun(library: Library, person: Person, args: argparse.Namespace) -> tuple[str, BatchPlan, list[Source]]:
    from spine_core.audit.batch.store import begin_batch

    plan, sources = _plan(args), _sources(library, person, args)
    return begin_batch(library, person, plan, sources, args.title), plan, sources


def _resumed(
    library: Library, person: Person, args: argparse.Namespace
) -> tuple[str, BatchPlan, list[Source]]:
    """The batch that ``--resume`` names, which stays its owner's whoever resumes it."""
    from spine_core.audit.batch.sources import sources_of_batch
    from spine_core.audit.batch.store import get_batch

    plan = get_batch(library, person, args.resume).plan
    return args.resume, plan, sources_of_batch(library, person, args.resume)


def _plan(args: argparse.Namespace) -> BatchPlan:
    from spine_core.audit.batch.types import Backend, BatchPlan
    from spine_core.audit.reasons.registry import CHOSEN

    networks = tuple(_network(name) for name in args.network or ["released"])
    _check_networks(networks)
    try:
        return BatchPlan(
            methods=tuple(parse_methods(args.methods, CHOSEN)),
            conditions=tuple(filter(None, args.conditions.split(","))),
            levels=tuple(filter(None, args.levels.split(","))),
            networks=networks,
            seed=args.seed,
            backend=Backend(args.backend),
            abnormal_only=args.abnormal_only,
            keep_maps=not args.no_maps,
        )
    except ValueError as error:
        raise InputError(str(error)) from None


def _check_networks(names: tuple[str, ...]) -> None:
    from spine_core.networks.display_names import SUFFIX
    from spine_core.networks.packages.store import stored_network

    for name in filter(None, (one.removesuffix(SUFFIX) for one in names)):
        try:
            stored_network(name)
        except KeyError:
            msg = f"--network: no network called {name} is registered; see `network list`"
            raise InputError(msg) from None


def _sources(library: Library, person: Person, args: argparse.Namespace) -> list[Source]:
    from spine_core.audit.batch.sources import sources_of_cases, sources_of_folder
    from spine_core.library.search import CaseFilter
    from spine_core.study import StudyError

    if args.folder is not None:
        try:
            return sources_of_folder(args.folder)
        except StudyError as error:
            raise InputError(error.sentence) from None
    wanted = CaseFilter(tags=(args.tag,)) if args.tag else CaseFilter(text=args.cases)
    found = sources_of_cases(library, person, wanted)
    if not found:
        msg = f"{person.name} sees no such case"
        raise InputError(msg)
    return found


def _network(name: str) -> str:
    """Name of a network in a plan, where the released ensemble has none."""
    from spine_core.audit.batch.types import RELEASED
    from spine_core.networks.display_names import SUFFIX

    base = name.removesuffix(SUFFIX)
    return name if base != "released" else name.replace("released", RELEASED, 1)
