"""The networks that users registered, in the data folder. They survive a restart."""

from __future__ import annotations

import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from spine_core.home import home
from spine_core.networks.backend import AutoBackend
from spine_core.networks.packages.contents import contents_of
from spine_core.networks.packages.errors import PackageError
from spine_core.networks.packages.examination import examine_apart
from spine_core.networks.packages.loading import load_network
from spine_core.networks.packages.manifest import MANIFEST, Manifest, parse_manifest
from spine_core.networks.packages.registration import Registration
from spine_core.networks.registry import Bundle
from spine_core.study.sources import SourceFile

PACKAGE, RECORD = "package", "registration.json"
"""In a network's folder: the files of its package, and what registering found out."""

STAGING = ".staging-"
"""Begins the name of a folder whose network is being examined."""

SHARED = "SPINELENS_SHARE_NETWORKS"
"""Environment variable: where it is 1, every session sees every registered network."""

EVERYBODY = ""
"""Owner of networks that were registered from the shell: everybody sees them."""

_changing = threading.Lock()


@dataclass(frozen=True)
class StoredNetwork:
    """A registered network. ``owner``: who registered it, as an opaque text; ``EVERYBODY`` for the shell.

    ``folder``: of this network in the store.
    """

    manifest: Manifest
    registration: Registration
    registered: str
    owner: str
    folder: Path

    @property
    def package(self) -> Path:
        """The folder with the files of its package."""
        return self.folder / PACKAGE

    @property
    def key(self) -> str:
        """Its name in this installation."""
        return self.manifest.key

    def visible_to(self, owner: str) -> bool:
        """Whether ``owner`` sees it: networks are shared between sessions only by configuration."""
        return self.owner in (EVERYBODY, owner) or os.environ.get(SHARED) == "1"


def networks_folder() -> Path:
    """Where registered networks are kept."""
    folder = home() / "networks"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def stored_networks(owner: str = EVERYBODY) -> tuple[StoredNetwork, ...]:
    """Registered networks that ``owner`` sees, by name."""
    folders = [one for one in sorted(networks_folder().iterdir()) if not one.name.startswith(STAGING)]
    found = [_stored(folder) for folder in folders if (folder / RECORD).is_file()]
    return tuple(one for one in found if one.visible_to(owner))


def stored_network(key: str, owner: str = EVERYBODY) -> StoredNetwork:
    """The registered network of that name. Raises ``KeyError`` where ``owner`` sees none."""
    found = [one for one in stored_networks(owner) if one.key == key]
    if not found:
        raise KeyError(key)
    # Where others share theirs, one's own comes first.
    return next((one for one in found if one.owner == owner), found[0])


def register(
    source: Path | list[SourceFile],
    owner: str = EVERYBODY,
    examine: Callable[[Path], Registration] = examine_apart,
) -> StoredNetwork:
    """Examines a package (folder, archive or uploaded files) and keeps it. Nothing is kept where it fails.

    Raises ``PackageError`` where the package does not work, or a network of this name and version is registered.
    """
    contents = contents_of(source)
    key = contents.manifest.key
    # Another browser's network of the same name is none of this one's business.
    folder = networks_folder() / (f"{key}@{owner[:16]}" if owner else key)
    staging = networks_folder() / f"{STAGING}{uuid.uuid4().hex}"
    package = staging / PACKAGE
    package.mkdir(mode=0o700, parents=True)
    try:
        for name, data in contents.files.items():
            (package / name).write_bytes(data)
        registration = examine(package)
        record = {
            "registration": registration.values(),
            "registered": datetime.now(UTC).isoformat(timespec="seconds"),
            "owner": owner,
        }
        (staging / RECORD).write_text(json.dumps(record, indent=1))
        with _changing:
            if folder.exists() or any(one.key == key for one in stored_networks(owner)):
                reason = "a network of this name and version is registered; remove it or raise the version"
                raise PackageError(MANIFEST, reason)
            staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return _stored(folder)


def remove(key: str, owner: str = EVERYBODY) -> None:
    """Removes a registered network with its files. Raises ``KeyError`` where ``owner`` sees none of that name."""
    folder = stored_network(key, owner).folder
    with _changing:
        shutil.rmtree(folder)


def load_stored(key: str, owner: str = EVERYBODY) -> AutoBackend:
    """The registered network, loaded once and shared. Raises ``KeyError``, and ``PackageError`` for changed files."""
    one = stored_network(key, owner)
    return _loaded(one.folder, one.registration.sha256)


def with_stored_grader(bundle: Bundle, key: str, owner: str = EVERYBODY) -> Bundle:
    """``bundle`` with a registered network as its grader, and the thresholds of its package.

    Raises ``KeyError``, and ``PackageError`` for changed files.
    """
    one = stored_network(key, owner)
    network = _loaded(one.folder, one.registration.sha256)
    return bundle.with_grader(network, one.manifest.thresholds, one.manifest.values)


@lru_cache(maxsize=8)
def _loaded(folder: Path, sha256: str) -> AutoBackend:
    contents = contents_of(folder / PACKAGE)
    if contents.sha256 != sha256:
        raise PackageError(MANIFEST, "it was changed after the network was registered")
    return AutoBackend(load_network(contents))


def _stored(folder: Path) -> StoredNetwork:
    record = json.loads((folder / RECORD).read_text())
    return StoredNetwork(
        parse_manifest((folder / PACKAGE / MANIFEST).read_bytes()),
        Registration.of(record["registration"]),
        record["registered"],
        record["owner"],
        folder,
    )
