"""A generator of two modes that can be worked out by hand: each grade of Pfirrmann moves the image at its own speed."""

import torch

from spine_core.weights import ModelId


class TwoModes:
    """Velocity ``speeds[grade]`` everywhere, at all times; grades that are not named stand still."""

    id = ModelId("two-modes", "1", "1" * 64)

    def __init__(self, **speeds):
        self.speeds = {int(name.removeprefix("grade")): speed for name, speed in speeds.items()}

    def velocity(self, images, time, tokens):
        speed = torch.tensor([self.speeds.get(int(row[1]), 0.0) for row in tokens])
        there = tokens[:, -2:, None, None].float()
        return speed[:, None, None, None] * torch.ones_like(images) * there
