import functools

import pytest

from spine_core.explanation.counterfactual import flow_counterfactual
from spine_core.synthesis.counterfactual import STRENGTHS, what_if


@pytest.fixture
def one_strength(monkeypatch):
    """What-if images by the last strength only: where the answer of a toy network never turns, six would be tried."""
    monkeypatch.setattr(flow_counterfactual, "what_if", functools.partial(what_if, strengths=STRENGTHS[-1:]))
