"""The small archive that comes with pynetdicom, for the tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.ports import free_port

AE_TITLE = "QRSCP"


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of an empty archive."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [
        sys.executable, "-m", "pynetdicom", "qrscp", "--port", str(port), "-aet", AE_TITLE, "-ba", "127.0.0.1",
        "--database-location", str(folder / "instances.sqlite"), "--instance-location", str(folder / "instances"),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            _wait(process, port)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "qrscp ended"
            time.sleep(0.1)
        else:
            return
    msg = "qrscp did not answer"
    raise AssertionError(msg)
