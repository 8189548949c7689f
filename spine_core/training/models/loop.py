"""The training loop of all networks: one-cycle AdamW in mixed precision, with checkpoints to resume from."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from spine_core.networks.backends import has_fast_bfloat16

if TYPE_CHECKING:
    import torch

Targets = TypeVar("Targets")

CHECKPOINT_SECONDS = 10.0
"""Seconds between two checkpoints on a GPU, where an epoch can be shorter than writing one."""


@dataclass(frozen=True)
class Schedule:
    """``epochs`` of ``steps`` batches. ``learning_rate``: the peak, reached after the fraction ``warmup`` of all steps.

    ``max_gradient_norm``: gradients are clipped to it. ``device``: torch device, for example "cpu" or "cuda".
    ``bfloat16``: mixed precision; None: where the device computes faster in it.
    """

    epochs: int
    steps: int
    learning_rate: float
    weight_decay: float
    warmup: float = 0.2
    max_gradient_norm: float = 3.0
    device: str = "cpu"
    bfloat16: bool | None = None


def run_training(
    net: torch.nn.Module,
    schedule: Schedule,
    draw: Callable[[int, int], tuple[torch.Tensor, Targets]],
    loss: Callable[[torch.Tensor, Targets], torch.Tensor],
    out: Path,
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains ``net`` and returns its weights on the CPU.

    ``draw``: images and targets of a batch, by epoch and step. It is called one step ahead in a second thread, so its
    randomness must depend on these two numbers only. ``loss``: of the network's output in float32. ``out``: checkpoint
    of the last finished epoch; if it exists, training resumes from it.
    """
    import torch

    net.to(schedule.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    mixed = has_fast_bfloat16(schedule.device) if schedule.bfloat16 is None else schedule.bfloat16
    on_card = torch.device(schedule.device).type == "cuda"
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay, fused=on_card
    )
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        schedule.learning_rate,
        total_steps=schedule.steps * schedule.epochs,
        pct_start=schedule.warmup,
    )
    first = 0
    if out.exists():
        state = torch.load(out, weights_only=True, map_location=schedule.device)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        scheduler.load_state_dict(state["cycle"])
        # Older checkpoints have no random state: they resume with other dropout masks.
        torch.set_rng_state(state.get("random", torch.get_rng_state()).cpu())
        first = state["epoch"] + 1
        log(f"resuming after epoch {first - 1} from {out}")
    saved_at = time.monotonic()
    for epoch in range(first, schedule.epochs):
        # Summed on the device: reading each value would make the GPU wait for the CPU.
        begin, total = time.monotonic(), torch.zeros((), device=schedule.device)
        net.train()
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(draw, epoch, 0)
            for step in range(schedule.steps):
                images, targets = ahead.result()
                if step + 1 < schedule.steps:
                    ahead = pool.submit(draw, epoch, step + 1)
                images = images.to(schedule.device, memory_format=torch.channels_last)
                with torch.autocast(torch.device(schedule.device).type, torch.bfloat16, enabled=mixed):
                    raw = net(images)
                value = loss(raw.float(), targets)
                optimiser.zero_grad(set_to_none=True)
                value.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(net.parameters(), schedule.max_gradient_norm)
                optimiser.step()
                scheduler.step()
                total += value.detach()
        log(f"epoch {epoch} loss {float(total) / schedule.steps:.4f} {time.monotonic() - begin:.1f} s")
        if on_card and epoch + 1 < schedule.epochs and time.monotonic() - saved_at < CHECKPOINT_SECONDS:
            continue
        saved_at = time.monotonic()
        save_state(out, {"net": net.state_dict(), "optimiser": optimiser.state_dict(),
                    "cycle": scheduler.state_dict(), "random": torch.get_rng_state(), "epoch": epoch})  # fmt: skip
    net.eval()
    return {name: value.cpu() for name, value in net.state_dict().items()}


def save_state(out: Path, state: dict[str, Any]) -> None:
    """Replaces the file atomically, so that an interruption does not destroy the previous state."""
    import torch

    half = out.with_suffix(".tmp")
    torch.save(state, half)
    half.rename(out)
