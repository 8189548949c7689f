"""Trains the flow-matching generator: AdamW, exponential moving average of the weights, checkpoints to resume from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spine_core.networks.backends import has_fast_bfloat16
from spine_core.results.training_plans import GeneratorPlan
from spine_core.synthesis.architecture import build_unet
from spine_core.synthesis.conditions import DROPPABLE, TOKEN_SIZES
from spine_core.synthesis.flow import logit_normal, on_path
from spine_core.training.models.loop import save_state
from spine_core.training.synthesis.examples import Examples

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Batch:
    """Images (N, 2, side, side), tokens (N, len(TOKEN_SIZES)), and ``weight`` (N, 2), 0 for a missing channel."""

    images: Tensor
    tokens: Tensor
    weight: Tensor


def draw_batch(examples: Examples, plan: GeneratorPlan, seed: int, step: int) -> Batch:
    """The batch of a step: random discs and views; channels and conditions are left out at random."""
    import torch

    rng = np.random.default_rng((seed, step))
    rows = rng.integers(len(examples.levels), size=plan.batch)
    use = examples.present[rows].copy()
    both, draw = use.all(axis=1), rng.random(plan.batch)
    use[both & (draw < plan.channel_dropout), 1] = False
    use[both & (draw > 1 - plan.channel_dropout / 2), 0] = False
    tokens = examples.tokens(rows, use)
    forgotten = rng.random((plan.batch, DROPPABLE)) < plan.condition_dropout
    forgotten |= rng.random((plan.batch, 1)) < plan.condition_dropout
    tokens[:, :DROPPABLE][forgotten] = 0
    views = rng.integers(examples.images.shape[1], size=plan.batch)
    weight = torch.from_numpy(use.astype(np.float32))
    images = torch.from_numpy(examples.images[rows, views].astype(np.float32)) * weight[:, :, None, None]
    return Batch(images, torch.from_numpy(tokens), weight)


def flow_loss(net: torch.nn.Module, batch: Batch, generator: torch.Generator, *, mixed: bool) -> Tensor:
    """Mean squared error of the velocity over the channels that are there."""
    import torch

    there = batch.weight[:, :, None, None]
    noise = torch.randn(batch.images.shape, generator=generator) * there
    moment = logit_normal(len(batch.images), generator)
    x = on_path(batch.images, noise, moment)
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        found = net(x.to(memory_format=torch.channels_last), moment, batch.tokens)
    error = (found.float() - (batch.images - noise)).square().mean(dim=(2, 3))
    loss: Tensor = (error * batch.weight).sum() / batch.weight.sum()
    return loss


def learning_rate(step: int, plan: GeneratorPlan) -> float:
    """Linear warm-up, then a half cosine to 0."""
    if step < plan.warmup:
        return plan.learning_rate * (step + 1) / plan.warmup
    done = (step - plan.warmup) / max(plan.steps - plan.warmup, 1)
    return plan.learning_rate * (1 + math.cos(math.pi * min(done, 1.0))) / 2


def train_flow(
    training: Examples,
    selection: Examples,
    plan: GeneratorPlan,
    out: Path,
    seed: int = 0,
    log: Callable[[str], None] = print,
) -> tuple[dict[str, Any], list[tuple[int, float, float]]]:
    """Trains on ``training``; returns the averaged weights and the history.

    The history is (step, training loss, loss on ``selection``).

    ``out``: checkpoint, from which an interrupted run resumes.
    """
    import torch

    torch.manual_seed(seed)
    net = build_unet(TOKEN_SIZES, plan.widths).to(memory_format=torch.channels_last)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    history: list[tuple[int, float, float]] = []
    first = _resume(out, net, optimiser, average, history, log)
    mixed, losses, begin = has_fast_bfloat16(), [], time.monotonic()
    for step in range(first, plan.steps):
        _set_rate(optimiser, learning_rate(step, plan))
        generator = torch.Generator().manual_seed(int(np.random.default_rng((seed, step, 1)).integers(2**62)))
        loss = flow_loss(net, draw_batch(training, plan, seed, step), generator, mixed=mixed)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        follow_weights(average, net, plan, step)
        losses.append(float(loss.detach()))
        if (step + 1) % plan.checkpoint_steps == 0 or step + 1 == plan.steps:
            history.append((step + 1, float(np.mean(losses)), selection_loss(average, selection, plan)))
            log(f"step {step + 1} loss {history[-1][1]:.4f} selection {history[-1][2]:.4f} "
                f"{time.monotonic() - begin:.0f} s")  # fmt: skip
            losses = []
            save_state(out, {"net": net.state_dict(), "average": average, "optimiser": optimiser.state_dict(),
                             "history": history, "step": step})  # fmt: skip
    return average, history


def selection_loss(
    weights: dict[str, Any], examples: Examples, plan: GeneratorPlan, count: int = 256
) -> float:
    """The loss of ``weights`` on the centre of ``count`` discs, with the same noise and times at every call."""
    import torch

    net = build_unet(TOKEN_SIZES, plan.widths)
    net.load_state_dict(weights)
    net.eval().to(memory_format=torch.channels_last)
    rows = np.unique(np.linspace(0, len(examples.levels) - 1, count).astype(np.int64))
    generator, values = torch.Generator().manual_seed(0), []
    with torch.inference_mode():
        values += [
            float(flow_loss(net, _plain(examples, part), generator, mixed=has_fast_bfloat16()))
            for part in np.array_split(rows, max(len(rows) // plan.batch, 1))
        ]
    return float(np.mean(values))


def _plain(examples: Examples, rows: npt.NDArray[np.int64]) -> Batch:
    import torch

    images = torch.from_numpy(examples.images[rows, 0].astype(np.float32))
    weight = torch.from_numpy(examples.present[rows].astype(np.float32))
    return Batch(images, torch.from_numpy(examples.tokens(rows)), weight)


def follow_weights(average: dict[str, Any], net: torch.nn.Module, plan: GeneratorPlan, step: int) -> None:
    """Moves the exponential moving average of the weights towards those of ``net``; in the first steps faster."""
    decay = min(plan.average, (1 + step) / (10 + step))
    for name, value in net.state_dict().items():
        average[name].lerp_(value, 1 - decay)


def _set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def _resume(
    out: Path,
    net: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
    average: dict[str, Any],
    history: list[tuple[int, float, float]],
    log: Callable[[str], None],
) -> int:
    """Loads the checkpoint where there is one; the first step that is still to do."""
    import torch

    if not out.exists():
        return 0
    state = torch.load(out, weights_only=True)
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(state["optimiser"])
    average.update(state["average"])
    history += [tuple(row) for row in state["history"]]
    log(f"resuming after step {state['step'] + 1} from {out}")
    return int(state["step"]) + 1
