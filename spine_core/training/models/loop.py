"""The one training loop: one-cycle AdamW in bfloat16, states from which a killed run resumes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

Answers = TypeVar("Answers")

KEPT_EVERY = 10.0
"""Seconds between two states on a graphics card, where an epoch can take less time than to write one."""


@dataclass(frozen=True)
class Schedule:
    """``epochs`` of ``steps`` batches. ``rate``: the highest of the cycle, reached after the share ``warm`` of it.

    ``clip``: largest norm of a gradient. ``device``: of torch, for instance "cpu" or "cuda". ``half``: in bfloat16,
    which a processor without instructions for it only slows down.
    """

    epochs: int
    steps: int
    rate: float
    decay: float
    warm: float = 0.2
    clip: float = 3.0
    device: str = "cpu"
    half: bool = True


def run(
    net: torch.nn.Module,
    schedule: Schedule,
    draw: Callable[[int, int], tuple[torch.Tensor, Answers]],
    loss: Callable[[torch.Tensor, Answers], torch.Tensor],
    out: Path,
    log: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Trains ``net`` and returns its weights on the processor.

    ``draw``: pictures and wanted answers of a batch, by epoch and step; called one step ahead in a second thread, so
    it must take its randomness from the two numbers alone. ``loss``: of the raw answers, in float32.
    ``out``: the state of the last finished epoch; where it exists the run goes on from it.
    """
    import torch

    net.to(schedule.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    on_card = torch.device(schedule.device).type == "cuda"
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=schedule.rate, weight_decay=schedule.decay, fused=on_card
    )
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, schedule.rate, total_steps=schedule.steps * schedule.epochs, pct_start=schedule.warm
    )
    first = 0
    if out.exists():
        state = torch.load(out, weights_only=True, map_location=schedule.device)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        cycle.load_state_dict(state["cycle"])
        # States of before this was kept go on too, with other drop-outs.
        torch.set_rng_state(state.get("random", torch.get_rng_state()).cpu())
        first = state["epoch"] + 1
        log(f"goes on after epoch {first - 1} of {out}")
    kept = time.monotonic()
    for epoch in range(first, schedule.epochs):
        # Summed where it is worked out: to ask for each value would have a graphics card wait for the processor.
        begin, total = time.monotonic(), torch.zeros((), device=schedule.device)
        net.train()
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(draw, epoch, 0)
            for step in range(schedule.steps):
                pictures, wanted = ahead.result()
                if step + 1 < schedule.steps:
                    ahead = pool.submit(draw, epoch, step + 1)
                pictures = pictures.to(schedule.device, memory_format=torch.channels_last)
                with torch.autocast(
                    torch.device(schedule.device).type, torch.bfloat16, enabled=schedule.half
                ):
                    raw = net(pictures)
                value = loss(raw.float(), wanted)
                optimiser.zero_grad(set_to_none=True)
                value.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(net.parameters(), schedule.clip)
                optimiser.step()
                cycle.step()
                total += value.detach()
        log(f"epoch {epoch} loss {float(total) / schedule.steps:.4f} {time.monotonic() - begin:.1f} s")
        if on_card and epoch + 1 < schedule.epochs and time.monotonic() - kept < KEPT_EVERY:
            continue
        kept = time.monotonic()
        _keep(out, {"net": net.state_dict(), "optimiser": optimiser.state_dict(),
                    "cycle": cycle.state_dict(), "random": torch.get_rng_state(), "epoch": epoch})  # fmt: skip
    net.eval()
    return {name: value.cpu() for name, value in net.state_dict().items()}


def _keep(out: Path, state: dict[str, Any]) -> None:
    """A kill in the middle of writing must not cost the state before."""
    import torch

    half = out.with_suffix(".tmp")
    torch.save(state, half)
    half.rename(out)
