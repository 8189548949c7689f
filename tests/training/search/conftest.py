from __future__ import annotations

from tests.training.experiments.conftest import made, one_thread

__all__ = ["made", "one_thread"]
