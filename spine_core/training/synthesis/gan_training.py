"""Trains the conditional GAN: hinge loss, one step of each network per batch, averaged weights of the generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spine_core.results.training_plans import GeneratorPlan
from spine_core.synthesis.gan import NOISE, build_discriminator, build_gan
from spine_core.training.models.loop import save_state
from spine_core.training.synthesis.examples import Examples
from spine_core.training.synthesis.flow_training import draw_batch, follow_weights


def train_gan(
    training: Examples,
    plan: GeneratorPlan,
    out: Path,
    seed: int = 0,
    log: Callable[[str], None] = print,
) -> tuple[dict[str, Any], list[tuple[int, float, float]]]:
    """Trains on ``training``; returns the generator's averaged weights and the history.

    The history is (step, the discriminator's loss, the generator's loss). ``out``: checkpoint to resume from.
    """
    import torch

    torch.manual_seed(seed)
    made, critic = build_gan(), build_discriminator()
    average = {name: value.clone() for name, value in made.state_dict().items()}
    optimisers = [
        torch.optim.Adam(net.parameters(), lr=rate, betas=(0.0, 0.9))
        for net, rate in ((made, plan.learning_rate / 8), (critic, plan.learning_rate / 2))
    ]
    parts = {"made": made, "critic": critic, "first": optimisers[0], "second": optimisers[1]}
    first, history = 0, []
    if out.exists():
        state = torch.load(out, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])  # type: ignore[attr-defined]
        average.update(state["average"])
        first, history = state["step"] + 1, [tuple(row) for row in state["history"]]
    losses = []
    for step in range(first, plan.steps):
        losses.append(_step(made, critic, optimisers, training, plan, seed, step))
        follow_weights(average, made, plan, step)
        if (step + 1) % plan.checkpoint_steps == 0 or step + 1 == plan.steps:
            history.append((step + 1, *(float(one) for one in np.mean(losses, axis=0))))
            log(f"step {history[-1][0]} discriminator {history[-1][1]:.3f} generator {history[-1][2]:.3f}")
            losses = []
            stored = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
            save_state(out, {**stored, "average": average, "history": history, "step": step})
    return average, history


def _step(
    made: Any, critic: Any, optimisers: Any, training: Examples, plan: GeneratorPlan, seed: int, step: int
) -> tuple[float, float]:
    """One step of each network; the losses of discriminator and generator."""
    import torch

    # Conditions are never left out: a GAN has no use for guidance.
    batch = draw_batch(training, replace(plan, condition_dropout=0.0), seed, step)
    random = torch.Generator().manual_seed(int(np.random.default_rng((seed, step, 2)).integers(2**62)))
    noise = torch.randn((2, len(batch.tokens), NOISE), generator=random)
    fake = made(noise[0], batch.tokens).detach()
    real_score, fake_score = critic(batch.images, batch.tokens), critic(fake, batch.tokens)
    critic_loss = (1 - real_score).relu().mean() + (1 + fake_score).relu().mean()
    _descend(optimisers[1], critic_loss)
    made_loss = -critic(made(noise[1], batch.tokens), batch.tokens).mean()
    _descend(optimisers[0], made_loss)
    return float(critic_loss.detach()), float(made_loss.detach())


def _descend(optimiser: Any, loss: Any) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
