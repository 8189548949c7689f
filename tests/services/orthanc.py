"""An Orthanc with DICOMweb and DIMSE for the tests, in a folder of its own.

As a module it tells whether there is one.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.ports import free_port

PLUGINS = Path("/usr/share/orthanc/plugins")
NO_ORTHANC = "no Orthanc with its DICOMweb plug-in is installed"
USER, PASSWORD = "reader", "not-a-secret"
AE_TITLE = "ORTHANC"


@dataclass(frozen=True)
class Orthanc:
    """Where it answers."""

    http_port: int
    dicom_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/dicom-web"


def program() -> str | None:
    """Orthanc's program; None where it or its plug-in is missing."""
    found = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    return found if found and any(PLUGINS.glob("libOrthancDicomWeb.so*")) else None


@contextmanager
def serving(folder: Path) -> Iterator[Orthanc]:
    """A server on free ports of this machine, empty."""
    command = program()
    assert command is not None
    found = Orthanc(free_port(), free_port())
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "orthanc.json"
    settings.write_text(json.dumps(_settings(folder, found)))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([command, str(settings)], stdout=log, stderr=subprocess.STDOUT, cwd=folder)
        try:
            _wait(process, found)
            yield found
        finally:
            process.terminate()
            process.wait(20)


def _settings(folder: Path, found: Orthanc) -> dict[str, object]:
    return {
        "Name": "Test archive",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(PLUGINS)],
        "HttpPort": found.http_port,
        "DicomPort": found.dicom_port,
        "DicomAet": AE_TITLE,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowStore": True,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        "OverwriteInstances": True,
    }


def _wait(process: subprocess.Popen[bytes], found: Orthanc) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{found.http_port}/system", timeout=2)
        except urllib.error.HTTPError:
            # It asks for a password: it is there.
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    msg = "Orthanc did not answer"
    raise AssertionError(msg)


if __name__ == "__main__":
    sys.exit(0 if program() else 1)
