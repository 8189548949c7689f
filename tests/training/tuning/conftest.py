from __future__ import annotations

from tests.training.ablations.conftest import _small, made

__all__ = ["_small", "made"]
