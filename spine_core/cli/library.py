"""``library``: imports, lists, deletes, backs up and restores kept cases; people and their roles."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError, any_path
from spine_core.cli.library_input import add_person_argument, person_of, print_progress, with_library
from spine_core.cli.study_input import require_path

if TYPE_CHECKING:
    from spine_core.library.importing import ImportOptions
    from spine_core.library.store import Library
    from spine_core.networks.conditions import Condition
    from spine_core.networks.registry import Bundle

ROLES = ("reader", "teacher", "auditor", "administrator")
"""Of ``Role``, which is not imported before it is needed."""


def add_library(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of ``library``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add_import(actions.add_parser("import", help="keep all studies of a folder or archive, de-identified"))
    listing = actions.add_parser("list", help="the cases that a person sees")
    add_person_argument(listing)
    listing.add_argument("--text", default="", metavar="TEXT", help="part of title, notes, tags or pseudonym")
    listing.set_defaults(run=with_library(_list))
    deletion = actions.add_parser("delete", help="delete a case with its files")
    add_person_argument(deletion)
    deletion.add_argument("case", metavar="CASE", help="as `library list` writes it")
    deletion.set_defaults(run=with_library(_delete))
    people = actions.add_parser("people", help="who uses the library")
    people.set_defaults(run=with_library(_people))
    addition = actions.add_parser("add-person", help="add somebody; for libraries without sign-in")
    addition.add_argument("name", metavar="NAME")
    addition.add_argument("--role", choices=ROLES, default="reader", help="default %(default)s")
    addition.set_defaults(run=with_library(_add_somebody))
    role = actions.add_parser("set-role", help="give somebody a role")
    role.add_argument("name", metavar="NAME", help="as `library people` writes it")
    role.add_argument("role", metavar="ROLE", choices=ROLES, help=", ".join(ROLES))
    role.set_defaults(run=with_library(_set_role))
    for name, run, text in (
        ("backup", _back_up, "write the whole library into a new ZIP"),
        ("restore", _restore, "restore a backup into an empty library"),
    ):
        one = actions.add_parser(name, help=text)
        one.add_argument("file", type=any_path, metavar="FILE")
        one.set_defaults(run=with_library(run))


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=any_path, metavar="PATH", help="folder of studies, ZIP, or one study")
    add_person_argument(parser)
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help="tag of all cases; may be repeated"
    )
    parser.add_argument("--shared", action="store_true", help="everybody who uses the library sees the cases")
    parser.add_argument("--unread", action="store_true", help="do not read the studies by the networks")
    parser.add_argument("--network", metavar="NAME", help="registered network that grades")
    parser.add_argument(
        "--accept-warnings", action="store_true", help="keep images that may show burned-in text"
    )
    parser.add_argument(
        "--labels", type=any_path, metavar="CSV",
        help="reference grades: study, level, condition, grade; study is a file or folder below PATH",
    )  # fmt: skip
    parser.set_defaults(run=with_library(_import), device="cpu")


def _import(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.found_studies import sources_of_import
    from spine_core.library.importing import import_studies
    from spine_core.study import StudyError

    require_path(args.path)
    person, options = person_of(library, args), _options(args)
    try:
        report = import_studies(library, person, sources_of_import(args.path), options, print_progress)
    except StudyError as error:
        raise InputError(error.sentence) from None
    finally:
        print(file=sys.stderr)
    for refusal in report.refused:
        print(f"refused\t{refusal.name}\t{refusal.reason}")
    print(f"{len(report.kept)} kept, {report.known} known already, {len(report.refused)} refused")
    return 0


def _options(args: argparse.Namespace) -> ImportOptions:
    from spine_core.library.cases import Description
    from spine_core.library.importing import ImportOptions
    from spine_core.library.reference_csv import references_by_study

    networks = None if args.unread else _networks(args)
    references = {}
    if args.labels is not None:
        require_path(args.labels)
        references = references_by_study(args.labels.read_bytes(), _conditions(networks))
    described = Description(tags=tuple(args.tag), shared=args.shared)
    return ImportOptions(networks, described, accept_warnings=args.accept_warnings, references=references)


def _conditions(networks: Bundle | None) -> dict[str, Condition]:
    """Those of the network that reads, else the released ones."""
    from spine_core.networks.conditions import BY_NAME

    if networks is None:
        return dict(BY_NAME)
    return {
        output.condition.name: output.condition
        for view in networks.grader.views
        for output in view.outputs.values()
    }


def _networks(args: argparse.Namespace) -> Bundle:
    from spine_core.cli.study_input import networks_of

    return networks_of(args)


def _list(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.search import CaseFilter, find_cases

    page = find_cases(library, person_of(library, args), CaseFilter(text=args.text), limit=1_000_000)
    for one in page.cases:
        print(
            "\t".join(
                (one.id, f"{one.kept:%Y-%m-%d}", one.patient, one.owner, ", ".join(one.tags), one.title)
            )
        )
    return 0


def _delete(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.cases import delete

    delete(library, person_of(library, args), args.case)
    return 0


def _people(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.people import people

    for one in people(library):
        print(f"{one.name}\t{one.role}")
    return 0


def _add_somebody(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.people import add_person
    from spine_core.library.types import Role

    add_person(library, args.name, Role(args.role))
    return 0


def _set_role(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.people import set_role_by_name
    from spine_core.library.types import Role

    person = set_role_by_name(library, args.name, Role(args.role))
    print(f"{person.name}\t{person.role}")
    return 0


def _back_up(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.database.backup import back_up

    print(f"{back_up(library, args.file)} cases")
    return 0


def _restore(library: Library, args: argparse.Namespace) -> int:
    from spine_core.library.database.backup import restore

    require_path(args.file)
    print(f"{restore(library, args.file)} cases")
    return 0
