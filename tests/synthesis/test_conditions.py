import numpy as np
import pytest

from spine_core.networks.target import Target, TargetKind
from spine_core.synthesis.conditions import TOKEN_SIZES, DiscConditions, tokens_of
from spine_core.synthesis.goal import other_grade
from spine_core.synthesis.resize import enlarge, shrink


def test_tokens_count_from_1_and_0_is_unknown():
    told = DiscConditions(level="L1/L2", pfirrmann="1", bulging="0", present=(True, False))
    assert told.tokens.tolist() == [1, 1, 1, 0, 1, 0]
    assert DiscConditions().tokens.tolist() == [0, 0, 0, 0, 1, 1]
    last = DiscConditions(level="other", pfirrmann="5", bulging="1", herniation="1")
    assert (tokens_of([last])[0] == np.array(TOKEN_SIZES) - 1).all()


@pytest.mark.parametrize(
    ("told", "words"), [({"level": "C3/C4"}, "not a level"), ({"pfirrmann": "6"}, "no grade '6'")]
)
def test_what_is_no_level_or_grade_is_refused(told, words):
    with pytest.raises(ValueError, match=words):
        DiscConditions(**told)


SCORES = {
    grade: np.array([value]) for grade, value in zip("12345", (-4.0, 1.0, -1.0, -2.0, -5.0), strict=True)
}


@pytest.mark.parametrize(
    ("target", "other"),
    [
        (Target("pfirrmann", "2"), "3"),
        (Target("pfirrmann", "4"), "4"),
        (Target("pfirrmann", "2", TargetKind.AT_LEAST), "1"),
        (Target("pfirrmann", "4", TargetKind.AT_LEAST), "4"),
        (Target("pfirrmann", "2", TargetKind.VERSUS, "5"), "5"),
        (Target("pfirrmann", "3", TargetKind.VERSUS, "5"), "3"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.short_label(),
)
def test_the_answer_turns_to_the_grade_that_contradicts_it(target, other):
    assert other_grade(target, SCORES) == other


def test_shrinking_takes_the_mean_of_each_block():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    assert shrink(image, 2).tolist() == [[[2.5, 4.5], [10.5, 12.5]]]


def test_enlarging_keeps_a_ramp():
    ramp = np.linspace(0, 1, 16, dtype=np.float32)[None].repeat(16, axis=0)
    found = enlarge(ramp, 48)
    assert found.shape == (48, 48)
    assert np.abs(shrink(found, 16) - ramp)[:, 2:-2].max() < 1e-3
