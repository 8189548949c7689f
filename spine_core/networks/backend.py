"""Which arithmetic scores the pictures that explanations ask about.

Methods that hide parts ask about thousands of pictures and need their order only, so bfloat16 will do, where it has
shown that it ranks as torch's float32 does. What a reader is told about a disc, and every gradient, stay with torch.
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
from spine_core.networks.grading_network import (
    BACKEND_BATCH,
    TORCH,
    TORCH_BATCH,
    EnsembleOutput,
    Network,
    batches,
)
from spine_core.networks.target import LOGITS
from spine_core.progress import Cancelled, Progress

if TYPE_CHECKING:
    from torch import Tensor

BACKEND_JOB = "backend"
"""Key of the one job of a network's session."""

CLOSE_TIMEOUT = 20.0
"""Seconds that the end of the process waits for a runtime that is just being made."""


class _Delegating(Network):
    """Everything as another network does it, by torch."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.preprocessing = network.preprocessing
        self.id = network.id
        self.device = network.device

    @property
    def feature_layout(self) -> tuple[tuple[int, float], ...]:
        """The network's."""
        return self.network.feature_layout

    def features(self, pictures: Tensor) -> Tensor:
        """The network's, by torch."""
        return self.network.features(pictures)

    def head(self, maps: Tensor) -> Tensor:
        """The network's, by torch."""
        return self.network.head(maps)

    def predict(self, pictures: npt.NDArray[np.float32]) -> EnsembleOutput:
        """The network's, by torch: the votes and the maps' means are for reading."""
        return self.network.predict(pictures)

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        # Who copies a network means to change it, and a runtime would go on to answer as the old one did.
        return copy.deepcopy(self.network, memo)


class FixedBackend(_Delegating):
    """A network whose scores come from one runtime, and from no other as long as this object lives."""

    batch_size = BACKEND_BATCH

    def __init__(self, network: Network, backend: str, answer: PredictLogits) -> None:
        super().__init__(network)
        self.backend = backend
        self._answer = answer

    def predict_logits(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated logits (N, LOGITS) for pictures (N, channels, size, size), by the runtime."""
        out = np.empty((len(pictures), LOGITS), dtype=np.float32)
        for part, batch in batches(pictures, BACKEND_BATCH):
            out[part] = self._answer(batch)[: len(out[part])]
        return out


class AutoBackend(_Delegating):
    """A network that looks, once it is first asked, for a faster way to score pictures. Torch serves meanwhile.

    The way found is kept with this object, not by hash: a copy with shuffled weights still carries the hash.
    """

    def __init__(
        self, network: Network, ways: Callable[[str], Sequence[Backend]] = available_backends
    ) -> None:
        super().__init__(network)
        self._ways = ways
        self._session = Session()

    def prepare(self) -> Job[tuple[Network, str]]:
        """Starts looking, unless that was done before; never waits.

        The job's result: the network to score with, and a sentence on what was found.
        """
        # A search that failed is not begun again with every explanation.
        return self._session.get(BACKEND_JOB) or _pool().submit(self._session, BACKEND_JOB, self._search)

    def resolve(self, backend: str | None = None) -> Network:
        """The network with the fastest way that is known now, or by torch where ``backend`` says so."""
        found = self.prepare().result
        return self.network if found is None or backend == TORCH else found[0]

    def wait_ready(self) -> Network:
        """The network with the fastest way, for callers that would rather wait for it than be served at once."""
        self.prepare().wait()
        return self.resolve()

    def _search(self, progress: Progress) -> tuple[Network, str]:
        """The first way that ranks as torch does, made and tried in the order of speed."""
        from spine_core.networks.backend_equivalence import compare_backends, probe_inputs

        tried = []
        pictures, shown = probe_inputs(self.preprocessing)
        torchs: npt.NDArray[np.float32] | None = None
        for runtime in self._ways(self.device):
            try:
                other = FixedBackend(self.network, runtime.name, runtime.make(self.network))
                if torchs is None:
                    torchs = _asked(self.network, pictures, progress)
                found = compare_backends(torchs, _asked(other, pictures, progress), shown)
            except Cancelled:
                raise
            except Exception as error:
                # A runtime that fails here, whatever the reason, costs time later but no answer.
                tried.append(f"{runtime.name} fails ({type(error).__name__})")
                continue
            figures = (
                f"Spearman {found.scores:.3f} of the scores and {found.maps:.3f} of the maps, "
                f"error {found.error:.1%} of the range"
            )
            if found.enough:
                return other, ". ".join([*tried, f"{runtime.name} answers as torch does ({figures})"]) + "."
            tried.append(f"{runtime.name} does not answer as torch does ({figures})")
        return self.network, ". ".join([*tried, f"{TORCH} scores"]) + "."


def resolve_backend(network: Any, backend: str | None = None) -> Any:
    """``network`` with one backend for the whole of what is to come: the one that it has by now, or torch if asked for.

    Networks that know of no engines are returned as they are.
    """
    return network.resolve(backend) if isinstance(network, AutoBackend) else network


def backend_of(network: object) -> str:
    """What computes the scores of a settled network."""
    return str(getattr(network, "backend", TORCH))


def batch_size_of(network: object) -> int:
    """Pictures per pass of what computes the scores of a settled network."""
    return int(getattr(network, "batch_size", TORCH_BATCH))


def _asked(
    network: Network, pictures: npt.NDArray[np.float32], progress: Progress
) -> npt.NDArray[np.float32]:
    out = []
    for part, _ in batches(pictures, network.batch_size):
        progress(0.0)
        out.append(network.predict_logits(pictures[part]))
    return np.concatenate(out)


@functools.cache
def _pool() -> Pool:
    """A worker of its own, so that no explanation waits for a runtime that is being made."""
    made = Pool(workers=1)
    atexit.register(made.close, CLOSE_TIMEOUT)
    return made
