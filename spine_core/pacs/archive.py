"""The archive of a configured server."""

from __future__ import annotations

from spine_core.pacs.servers import Protocol, Server
from spine_core.pacs.types import Archive


def archive_of(server: Server) -> Archive:
    """Nothing is connected yet. Raises ``PacsError`` where a credential is not in the environment."""
    # Each needs its library only where it is configured.
    if server.protocol is Protocol.DICOMWEB:
        from spine_core.pacs.dicomweb import DicomWebArchive

        return DicomWebArchive(server)
    from spine_core.pacs.dimse import DimseArchive

    return DimseArchive(server)
