"""``audit``: checks the logs of rating studies."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from spine_core.cli.library_input import with_library

if TYPE_CHECKING:
    from spine_core.library.store import Library

CHANGED = 1
"""Exit status where a log was changed."""


def add_audit(parser: argparse.ArgumentParser) -> None:
    """Adds the actions of ``audit``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="check that no entry of a log was changed or deleted")
    verify.add_argument("audit", metavar="AUDIT", nargs="?", help="one audit; default: all")
    verify.set_defaults(run=with_library(_verify))


def _verify(library: Library, args: argparse.Namespace) -> int:
    from spine_core.audit.ratings.log_store import verify
    from spine_core.audit.ratings.store import audit_ids

    status = 0
    for audit_id in (args.audit,) if args.audit else audit_ids(library):
        wrong = verify(library, audit_id)
        print(f"{audit_id}\t{wrong or 'unchanged'}")
        status = CHANGED if wrong else status
    return status
