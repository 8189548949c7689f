"""Input of a grader: random views for training, and the central view for evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.networks.preprocessing import Preprocessing
from spine_core.training.datasets.crop_cache import MARGIN, Crops
from spine_core.training.models.targets_and_loss import T1, T2, logit_targets, visible_labels

if TYPE_CHECKING:
    import torch


def views(
    crops: Crops,
    chosen: npt.NDArray[np.int64],
    size: int,
    rng: np.random.Generator,
    preprocessing: Preprocessing,
    strength: float = 1.0,
    device: str = "cpu",
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A batch of random views: images (N, 2, size, size), and targets and their mask (N, LOGITS).

    ``strength``: scale of the augmentation, as in ``TrainingPlan``. ``device``: torch device of the images.
    """
    import torch

    pixels = torch.from_numpy(crops.pixels[chosen]).to(device).float() / 255
    count = len(chosen)
    theta = np.zeros((count, 2, 3), dtype=np.float32)
    for i in range(count):
        angle = np.deg2rad(rng.normal(0, 6 * strength))
        zoom = np.exp(strength * rng.uniform(-0.13, 0.13)) / MARGIN
        stretch = np.exp(strength * rng.uniform(-0.14, 0.14))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        theta[i, :, :2] = zoom * turn @ np.diag([1.0, stretch])
        theta[i, :, 2] = strength * rng.uniform(-0.08, 0.08, 2) / (preprocessing.width / 2) / MARGIN
    grid = torch.nn.functional.affine_grid(
        torch.from_numpy(theta).to(device), [count, 2, size, size], align_corners=False
    )
    x = torch.nn.functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)
    use = _channels(crops.present[chosen], rng)
    x = _contrast(x, rng, preprocessing, strength)
    x = x * torch.from_numpy(use.astype(np.float32)).to(device)[:, :, None, None]
    targets, known = logit_targets(visible_labels(crops.labels[chosen], use))
    return x, torch.from_numpy(targets), torch.from_numpy(known)


def _channels(present: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Input channels (N, 2) used: both weightings, or randomly one, so that the network can do without the other."""
    use = present.copy()
    draw = rng.random(len(present))
    both = present.all(axis=1)
    use[both & (draw < 0.35), T1] = False
    use[both & (draw > 0.65), T2] = False
    return use


def _contrast(
    x: torch.Tensor, rng: np.random.Generator, preprocessing: Preprocessing, strength: float
) -> torch.Tensor:
    import torch

    count, channels, size, _ = x.shape
    sparse = x[:, :, ::3, ::3].flatten(2)
    percentiles = sparse.new_tensor([preprocessing.low / 100, preprocessing.high / 100])
    low, high = torch.quantile(sparse, percentiles, dim=2)
    grey = (x - low[..., None, None]) / (high - low).clamp_min(1e-3)[..., None, None]

    def drawn(low: float, high: float, times: int = 1) -> torch.Tensor:
        values = rng.uniform(low, high, (times, count, channels, 1, 1)).astype(np.float32)
        return strength * torch.from_numpy(values).to(x.device)

    grey = grey.clamp(0, 1.2) ** drawn(-0.25, 0.25)[0].exp()
    ramp = torch.linspace(-1, 1, size, device=x.device)
    slope = drawn(-0.25, 0.25, 2)
    grey = grey * (1 + slope[0] * ramp[:, None] + slope[1] * ramp[None])
    # A separate generator: the network draws from torch's own in another thread.
    own = torch.Generator(x.device).manual_seed(int(rng.integers(2**62)))
    grey = grey + drawn(0, 0.05)[0] * torch.randn(grey.shape, generator=own, device=x.device)
    out: torch.Tensor = (grey.clamp(0, 1.2) - preprocessing.mean) / preprocessing.std
    return out


def plain_views(
    crops: Crops, preprocessing: Preprocessing, use: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """The preprocessed centre of every crop, with the input channels ``use`` (N, 2): (N, 2, size, size)."""
    side, size = crops.pixels.shape[-1], preprocessing.size
    edge = (side - size) // 2
    out = np.zeros((len(crops.pixels), 2, size, size), dtype=np.float32)
    for i, channel in zip(*np.nonzero(use & crops.present), strict=True):
        middle = crops.pixels[i, channel, edge : edge + size, edge : edge + size]
        out[i, channel] = preprocessing.standardise(middle.astype(np.float32))
    return out
