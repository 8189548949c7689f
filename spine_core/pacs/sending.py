"""Sends objects into an archive, each with an entry of the log before it goes and after the archive has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.dicom_objects.types import DicomObject
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.pacs.archive import archive_of
from spine_core.pacs.errors import PacsError
from spine_core.pacs.private_folder import PrivateFolder
from spine_core.pacs.sent_log import Dispatch, answered, begun
from spine_core.pacs.servers import Server
from spine_core.pacs.types import Archive
from spine_core.progress import Cancelled, Progress, silent

CANCELLED = "not sent: cancelled"


@dataclass(frozen=True)
class Outcome:
    """What came of one object. ``reason``: empty where the archive took it."""

    label: str
    sop_instance_uid: str
    reason: str = ""


def send_objects(
    library: Library,
    person: Person,
    server: Server,
    objects: Sequence[DicomObject],
    dispatch: Dispatch,
    progress: Progress = silent,
) -> list[Outcome]:
    """Sends ``objects`` one by one; after a cancel the rest is not sent, and what was sent stays in the archive.

    Raises ``PacsError`` where the server is not configured for storing, or does not answer at all.
    """
    if not server.store:
        msg = f"storing into {server.name} is off: its configuration lacks store = true"
        raise PacsError(msg)
    archive = archive_of(server)
    archive.verify()
    folder = PrivateFolder()
    try:
        found: list[Outcome] = []
        for number, one in enumerate(objects):
            try:
                progress(number / len(objects), f"sending {one.label}")
            except Cancelled:
                rest = [Outcome(each.label, _uid(each), CANCELLED) for each in objects[number:]]
                return [*found, *rest]
            found.append(_send(library, person, archive, folder, one, dispatch))
        return found
    finally:
        folder.delete()


def _send(
    library: Library, person: Person, archive: Archive, folder: PrivateFolder, one: DicomObject, dispatch: Dispatch
) -> Outcome:  # fmt: skip
    path = folder.path / "object.dcm"
    path.write_bytes(one.to_bytes())
    entry = begun(library, person, dispatch, one.kind, _uid(one))
    try:
        (stored,) = archive.store([path])
        reason = stored.reason
    except PacsError as error:
        reason = str(error)
    answered(library, entry, reason)
    return Outcome(one.label, _uid(one), reason)


def _uid(one: DicomObject) -> str:
    return str(one.dataset.SOPInstanceUID)
