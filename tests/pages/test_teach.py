"""The page Teach."""

from __future__ import annotations

import pytest

from spine_core.teaching.primer.steps import STEPS
from tests.pages.test_pages import texts


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_every_step_can_be_tried_and_answered(page, number):
    step = STEPS[number]
    app = page("teach")
    app.segmented_control(key="primer-step").set_value(number)
    app = app.run()
    assert not app.exception
    assert step.task in texts(app)
    assert step.explanation not in texts(app)
    wrong = next(one for one in range(len(step.options)) if one != step.answer)
    answer = app.radio(key=f"primer-answer-{step.name}")
    said = answer.set_value(wrong).run().info[0].value
    assert step.options[step.answer] in said
    right = app.radio(key=f"primer-answer-{step.name}").set_value(step.answer).run()
    assert right.success[0].value == f"Right. {step.explanation}"


def test_hiding_regions_changes_the_score(page):
    app = page("teach")
    whole = [one.value for one in app.metric]
    app.pills(key="primer-regions").set_value([])
    assert [one.value for one in app.run().metric] != whole


def test_controls_are_named_once_two_are_chosen(page):
    app = page("teach")
    app.segmented_control(key="primer-step").set_value(3)
    app = app.run()
    assert "a control" not in texts(app)
    app.pills(key="primer-controls").set_value(["B", "D"])
    app = app.run()
    assert "Right." in texts(app)
    assert "edges of the image, a control" in texts(app)
