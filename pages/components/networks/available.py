"""The networks that a session may use: the released ones, those registered for it, and their random-weights twins."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from spine_core.networks.display_names import NETWORK_NAMES, SUFFIX

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
    return network if base == name else _twin(network)


@lru_cache(maxsize=4)
def _twin(network: AutoBackend) -> AutoBackend:
    from spine_core.networks.backend import AutoBackend
    from spine_core.networks.randomised import randomised_twin

    return AutoBackend(randomised_twin(network))
