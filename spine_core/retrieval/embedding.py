"""The embedding of a disc: what a network's last feature maps say of it on average, as a direction of length 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.networks.ensemble import Ensemble
from spine_core.networks.network import Network

Array = npt.NDArray[np.float32]


class NoEmbeddingError(ValueError):
    """The network has no layer with feature maps, so that it has no embedding."""


def embed(network: Network, images: Array) -> Array:
    """Unit embeddings (N, C) of network inputs ``images`` (N, channels, size, size).

    The mean over space of the last feature maps; of an ensemble the members' embeddings, each of length 1, one after
    the other. Raises ``NoEmbeddingError`` for a network without feature maps.
    """
    pooled = network.predict(images).embedding
    if not network.has_feature_maps or not pooled.shape[1]:
        msg = f"{network.id.name} has no layer with feature maps, so it has no embedding of a disc"
        raise NoEmbeddingError(msg)
    return join_members(pooled, member_widths(network))


def member_widths(network: Network) -> tuple[int, ...]:
    """The number of features of each member; of a single network one number, or none where it is unknown."""
    plain = getattr(network, "network", network)
    return tuple(count for count, _ in plain.feature_layout) if isinstance(plain, Ensemble) else ()


def join_members(pooled: Array, widths: Sequence[int]) -> Array:
    """Pooled features (N, C) with the part of each member, ``widths`` wide, scaled to equal length; unit rows.

    The cosine of two rows is then the mean of the members' cosines.
    """
    parts = np.split(pooled.astype(np.float32), np.cumsum(widths)[:-1], axis=1) if widths else [pooled]
    return unit(np.concatenate([unit(part) for part in parts], axis=1))


def unit(vectors: Array) -> Array:
    """Rows (N, C) divided by their length; rows of zeros stay."""
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
