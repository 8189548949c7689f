"""The library and the person of a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from spine_core.cli.arguments import InputError

if TYPE_CHECKING:
    from spine_core.library.store import Library
    from spine_core.library.types import Person


def add_person_argument(parser: argparse.ArgumentParser) -> None:
    """Adds ``--as``, the person who acts."""
    parser.add_argument(
        "--as", dest="person", required=True, metavar="NAME", help="as `library people` writes it"
    )


def with_library(
    action: Callable[[Library, argparse.Namespace], int],
) -> Callable[[argparse.Namespace], int]:
    """``action`` with the library of this installation; its errors are one sentence."""

    def run(args: argparse.Namespace) -> int:
        from spine_core.library.errors import LibraryError
        from spine_core.library.store import open_library

        try:
            return action(open_library(), args)
        except LibraryError as error:
            raise InputError(str(error)) from None

    return run


def person_of(library: Library, args: argparse.Namespace) -> Person:
    """The person whom ``--as`` names. Raises ``InputError``."""
    from spine_core.library.people import people

    for one in people(library):
        if one.name == args.person:
            return one
    msg = f"--as: nobody is called {args.person}; see `library people`, `library add-person`"
    raise InputError(msg)


def print_progress(done: float, what: str = "") -> None:
    """One line of a terminal, written over and over; reports without words leave the last ones.

    Nothing where the error output is a file: a log would fill with lines that were meant to be written over.
    """
    if what and sys.stderr.isatty():
        print(f"\r{done:5.0%} {what:60.60}", end="", file=sys.stderr, flush=True)
