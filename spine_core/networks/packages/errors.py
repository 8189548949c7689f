"""The error of a package of a network."""

from __future__ import annotations

from spine_core.networks.wrapped import NetworkError


class PackageError(NetworkError):
    """A package cannot be used; the message is one sentence with the file and the reason."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason
