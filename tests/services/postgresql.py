"""A PostgreSQL server for the tests, in a folder of its own; as a module it tells whether there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.ports import free_port

DEBIAN = Path("/usr/lib/postgresql")
NO_POSTGRESQL = "no PostgreSQL server is installed"


def programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``; None where there is none. Debian's newest comes first."""
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda path: -int(path.parent.name))
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server on a free port of this machine; yields the address of its database ``postgres``."""
    binaries = programs()
    assert binaries is not None
    data, port = folder / "data", free_port()
    data.mkdir(parents=True)
    as_user = _unprivileged(folder)
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(binaries / program), "-D", str(data), *arguments]
        # A server that inherited a pipe would keep its reader waiting.
        with (folder / f"{program}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd="/")

    run("initdb", "-U", "spinelens", "--auth=trust", "--encoding=UTF8", "--no-sync")
    run("pg_ctl", "start", "-w", "-l", str(folder / "server.log"), "-o", settings)
    try:
        yield f"postgresql://spinelens@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "stop", "-m", "immediate")


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL does not run as root: Debian's package makes a user for it, who needs the way to ``folder``."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    shutil.chown(folder / "data", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


if __name__ == "__main__":
    sys.exit(0 if programs() else 1)
