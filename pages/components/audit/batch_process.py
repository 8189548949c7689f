"""Batches that this server runs, each as a process of its own: it goes on when the browser has gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from spine_core.library.types import Person

_running: dict[str, subprocess.Popen[bytes]] = {}
_changing = threading.Lock()


def start(person: Person, batch_id: str, workers: int) -> None:
    """Starts or continues a batch of cases, unless this server runs it already."""
    with _changing:
        if is_running(batch_id):
            return
        command = [sys.executable, "-m", "spine_core", "batch", "--resume", batch_id]
        command += ["--as", person.name, "--workers", str(workers), "--retry-failed"]
        _running[batch_id] = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )


def is_running(batch_id: str) -> bool:
    """Whether this server's process of the batch is at work."""
    process = _running.get(batch_id)
    return process is not None and process.poll() is None


def failed(batch_id: str) -> bool:
    """Whether this server's process of the batch ended with an error."""
    process = _running.get(batch_id)
    return process is not None and process.poll() not in (None, 0, -signal.SIGTERM)


def stop(batch_id: str) -> None:
    """Ends the process with its workers; what is stored stays."""
    process = _running.get(batch_id)
    if process is not None and process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
