"""Selects the backend that computes the scores of perturbation methods and metrics.

Perturbation methods evaluate thousands of images and need only the ranking of their scores. A faster backend (such as
bfloat16) is used where its ranking agrees with torch float32. Reported grades and all gradients are computed by torch.
"""

from __future__ import annotations

import atexit
import copy
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.jobs import Job, Pool, Session
from spine_core.networks.backends import Backend, PredictLogits, available_backends
from spine_core.networks.network import (
    BACKEND_BATCH,
    TORCH,
    TORCH_BATCH,
    EnsembleOutput,
    FeatureHead,
    Network,
    View,
    batches,
)
from spine_core.networks.target import targets_of
from spine_core.progress import Cancelled, Progress

if TYPE_CHECKING:
    from torch import Tensor

BACKEND_JOB = "backend"
"""Key of the one job of a network's session."""

CLOSE_TIMEOUT = 20.0
"""Seconds that the process waits at its end for a backend that is being compiled."""


class _Delegating(Network):
    """Delegates everything to another network, which torch computes."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.preprocessing = network.preprocessing
        self.id = network.id
        self.outputs = network.outputs
        self.device = network.device
        self.differentiable, self.has_feature_maps = network.differentiable, network.has_feature_maps

    @property
    def views(self) -> tuple[View, ...]:
        """As of the wrapped network."""
        return self.network.views

    def feature_head(self, images: Tensor) -> FeatureHead | None:
        """As of the wrapped network, computed by torch."""
        return self.network.feature_head(images)

    def logits(self, images: Tensor) -> Tensor:
        """As of the wrapped network, computed by torch."""
        return self.network.logits(images)

    def raw(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """As of the wrapped network, computed by torch."""
        return self.network.raw(images)

    def predict(self, images: npt.NDArray[np.float32]) -> EnsembleOutput:
        """As of the wrapped network, computed by torch: reported grades do not depend on the backend."""
        return self.network.predict(images)

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        # A copy is made to change its weights, and a compiled backend would keep the old ones.
        return copy.deepcopy(self.network, memo)


class FixedBackend(_Delegating):
    """A network whose scores are all computed by one backend."""

    batch_size = BACKEND_BATCH

    def __init__(self, network: Network, backend: str, predict_logits: PredictLogits) -> None:
        super().__init__(network)
        self.backend = backend
        self._predict_logits = predict_logits

    def predict_logits(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, K) for images (N, channels, size, size), computed by the backend."""
        rows = [
            self._predict_logits(batch)[: len(images[part])] for part, batch in batches(images, BACKEND_BATCH)
        ]
        return np.concatenate(rows) if rows else np.empty((0, self.outputs.logits), dtype=np.float32)


class AutoBackend(_Delegating):
    """A network that searches for a faster backend in the background. Torch computes the scores until one is found.

    The backend is stored in this object and not by the network's hash, since a copy with randomised weights has the
    same hash.
    """

    def __init__(
        self, network: Network, backends: Callable[[str], Sequence[Backend]] = available_backends
    ) -> None:
        super().__init__(network)
        self._backends = backends
        self._session = Session()

    def prepare(self) -> Job[tuple[Network, str]]:
        """Starts the search unless it was started before; returns at once.

        The job's result is the network to score with, and a sentence that describes the search.
        """
        # A search that failed is not repeated for every explanation.
        return self._session.get(BACKEND_JOB) or _pool().submit(self._session, BACKEND_JOB, self._search)

    def resolve(self, backend: str | None = None) -> Network:
        """The network with the fastest backend found so far, or with torch where ``backend`` is ``TORCH``."""
        found = self.prepare().result
        return self.network if found is None or backend == TORCH else found[0]

    def wait_ready(self) -> Network:
        """The network with the fastest backend; waits until the search has ended."""
        self.prepare().wait()
        return self.resolve()

    def _search(self, progress: Progress) -> tuple[Network, str]:
        """The fastest backend whose ranking agrees with torch; the candidates are tried in order of speed."""
        from spine_core.networks.backend_equivalence import compare_backends, probe_inputs

        tried = []
        images, shown = probe_inputs(self.preprocessing)
        targets = [target for view in self.views for target in targets_of(view.outputs)]
        reference: npt.NDArray[np.float32] | None = None
        for backend in self._backends(self.device):
            try:
                other = FixedBackend(self.network, backend.name, backend.make(self.network))
                if reference is None:
                    reference = _evaluate(self.network, images, progress)
                found = compare_backends(reference, _evaluate(other, images, progress), shown, targets)
            except Cancelled:
                raise
            except Exception as error:
                # A backend that fails for any reason is skipped: the scores are then slower, not missing.
                tried.append(f"{backend.name} fails ({type(error).__name__})")
                continue
            figures = (
                f"Spearman {found.scores:.3f} of the scores and {found.maps:.3f} of the maps, "
                f"error {found.error:.1%} of the range"
            )
            if found.is_equivalent:
                return other, ". ".join([*tried, f"{backend.name} agrees with torch ({figures})"]) + "."
            tried.append(f"{backend.name} does not agree with torch ({figures})")
        return self.network, ". ".join([*tried, f"{TORCH} computes the scores"]) + "."


def resolve_backend(network: Any, backend: str | None = None) -> Any:
    """``network`` with one fixed backend: the fastest found so far, or torch where ``backend`` is ``TORCH``.

    A network that is not an ``AutoBackend`` is returned unchanged.
    """
    return network.resolve(backend) if isinstance(network, AutoBackend) else network


def backend_of(network: object) -> str:
    """Name of the backend of a resolved network."""
    return str(getattr(network, "backend", TORCH))


def batch_size_of(network: object) -> int:
    """Images per pass of the backend of a resolved network."""
    return int(getattr(network, "batch_size", TORCH_BATCH))


def _evaluate(
    network: Network, images: npt.NDArray[np.float32], progress: Progress
) -> npt.NDArray[np.float32]:
    out = []
    for part, _ in batches(images, network.batch_size):
        progress(0.0)
        out.append(network.predict_logits(images[part]))
    return np.concatenate(out)


@functools.cache
def _pool() -> Pool:
    """A separate worker, so that no explanation waits for a backend that is being compiled."""
    made = Pool(workers=1)
    atexit.register(made.close, CLOSE_TIMEOUT)
    return made
