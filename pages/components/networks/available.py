"""The networks that a session may use: the released ones, those registered for it, and their random-weights twins."""

from __future__ import annotations

import hashlib
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spine_core.jobs import Job, Session, submit
from spine_core.networks.display_names import NETWORK_NAMES, SUFFIX
from spine_core.networks.randomised import randomised_twin
from spine_core.progress import Progress

if TYPE_CHECKING:
    from spine_core.networks.backend import AutoBackend
    from spine_core.networks.registry import Bundle

RELEASED = ""
"""Key of the released ensemble where a registered network could stand."""


def bundle_key(name: str) -> str:
    """Key of the grader that makes the findings of the network ``name``, a member or a random-weights twin included."""
    base = name.removesuffix(SUFFIX)
    return RELEASED if base in NETWORK_NAMES else base


def owner_of(browser: str) -> str:
    """Who registers networks from this browser, as an opaque text: the cookie itself never reaches the disk."""
    return hashlib.sha256(f"networks of {browser}".encode()).hexdigest() if browser else "nobody"


def bundle_of(key: str, owner: str) -> Bundle:
    """The released networks, with the registered network ``key`` as grader unless it is ``RELEASED``.

    Raises ``KeyError`` where ``owner`` sees none, ``PackageError`` for changed files.
    """
    from spine_core.networks.packages.store import with_stored_grader
    from spine_core.networks.registry import load_bundle

    bundle = load_bundle()
    return bundle if key == RELEASED else with_stored_grader(bundle, key, owner)


def find_network(name: str, owner: str) -> AutoBackend:
    """The network of that name: the ensemble, a member, a registered network, or the random-weights twin of one."""
    from spine_core.networks.packages.store import load_stored
    from spine_core.networks.registry import load_bundle

    base = name.removesuffix(SUFFIX)
    released = load_bundle().networks()
    network = released[base] if base in released else load_stored(base, owner)
    if base == name:
        return network
    with _making_twin:
        return _twin(network)


def preparation(name: str, owner: str) -> Job[Any]:
    """The job after which the network of that name explains fast: its backend is there, or its twin has been made."""
    base = find_network(name.removesuffix(SUFFIX), owner)
    return _twin_job(base, name, owner) if name.endswith(SUFFIX) else base.prepare()


@lru_cache(maxsize=4)
def _twin_job(network: AutoBackend, name: str, owner: str) -> Job[None]:
    def make(progress: Progress) -> None:
        find_network(name, owner).prepare()

    return submit(Session(), "random-weights twin", make)


@lru_cache(maxsize=4)
def _twin(network: AutoBackend) -> AutoBackend:
    from spine_core.networks.backend import AutoBackend

    return AutoBackend(randomised_twin(network))


_making_twin = threading.Lock()
"""Permuting the weights takes seconds: two jobs that want a twin share one."""
