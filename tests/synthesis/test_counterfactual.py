import dataclasses

import numpy as np
import pytest
import torch

from spine_core.anatomy.types import Structure
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.outputs import RELEASED
from spine_core.networks.target import Target
from spine_core.progress import Cancelled
from spine_core.synthesis.counterfactual import conditions_of, what_if
from spine_core.synthesis.disc_mask import disc_mask
from spine_core.synthesis.types import Strength, Turn
from spine_core.weights import ModelId
from tests.explanation.toys import disc_image
from tests.synthesis.toys import TwoModes

SIZE = 64
GOAL = Target("pfirrmann", "3")
PULL_FREE = (Strength(0.8, 1.0, 0.0), Strength(0.5, 1.0, 0.0))
MIDDLE = (SIZE // 2, SIZE // 2 - 4)


class Brightness:
    """Grade 2 where the middle of the disc is darker than ``step``, else grade 3; sure of it by ``slope``."""

    id = ModelId("brightness", "1", "2" * 64)
    differentiable = False

    def __init__(self, step, slope=8.0):
        self.step, self.slope = step, slope

    def score(self, images, target):
        over = self.slope * (images[:, 0, MIDDLE[0], MIDDLE[1]].astype(float) - self.step)
        return {"2": -over, "3": over}.get(target.grade, np.full(len(images), -20.0))


class Drawn(Brightness):
    """The same with gradients."""

    differentiable = True

    def logits(self, images):
        part = RELEASED["pfirrmann"]
        over = self.slope * (images[:, 0, MIDDLE[0], MIDDLE[1]] - self.step)
        out = torch.full((len(images), part.stop), 20.0)
        columns = [out[:, :1], over[:, None], torch.full((len(images), 2), -20.0), out[:, 4:]]
        return torch.cat(columns, dim=1)


@pytest.fixture
def image():
    assert BY_NAME["pfirrmann"].grades[1:3] == ("2", "3")
    pixels = np.zeros((2, SIZE, SIZE), np.float32)
    pixels[0] = np.random.default_rng(0).normal(0, 0.01, (SIZE, SIZE))
    return disc_image(pixels)


def test_the_change_is_the_difference_of_the_speeds_over_the_time_that_is_generated_again(image):
    # (1 - 0.8) * (1 + guidance) * (1.0 - 0.0) = 0.4 at full strength; 0.3 turns the answer: three quarters of it
    found = what_if(Brightness(0.3), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    assert found.turn is Turn.TURNED
    assert found.strength == PULL_FREE[0]
    change = found.difference[0][MIDDLE]
    assert change == pytest.approx(0.32, abs=0.02), "eight tenths: the first tenth that turns it"
    assert (found.before, found.goal.grade) == ("2", "3")
    assert found.fractions[-1] == 1.0
    assert found.probabilities[0] < 0.5 <= found.probabilities[-1]


def test_a_stronger_change_is_made_only_where_the_weaker_one_does_not_turn_the_answer(image):
    # (1 - 0.5) * 2 = 1.0
    found = what_if(Brightness(0.7), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    assert found.strength == PULL_FREE[1]
    assert found.difference[0][MIDDLE] == pytest.approx(0.7, abs=0.05)


def test_where_nothing_turns_the_answer_the_closest_image_says_so(image):
    found = what_if(Brightness(5.0), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    assert found.turn is Turn.NOT_TURNED
    assert found.strength == PULL_FREE[1]
    assert found.probabilities[-1] < 0.5


def test_a_grade_that_is_reported_already_changes_nothing(image):
    found = what_if(Brightness(-1.0), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    assert found.turn is Turn.ALREADY
    assert not found.difference.any()


def test_outside_the_mask_and_in_a_missing_weighting_the_image_is_held(image):
    found = what_if(Brightness(0.3), image, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    assert not found.difference[0][found.mask == 0].any()
    assert not found.difference[1].any()
    assert found.change(found.mask == 0, 0.25) == 0
    # 0.32 standardised is 8 % of the intensity range
    assert found.change(found.mask == 1, 0.25) == pytest.approx(0.08, abs=0.006)


def test_detail_finer_than_the_generator_is_kept():
    fine = np.zeros((2, 192, 192), np.float32)
    fine[0, ::2] = 0.05
    whole = dataclasses.replace(disc_image(fine))
    at = (96, 84)
    judge = Brightness(0.3)
    judge.score = lambda images, target: (
        {"2": 1.0, "3": -1.0}.get(target.grade, -20.0) * np.where(images[:, 0, at[0], at[1]] < 0.3, 1.0, -1.0)
    )
    found = what_if(judge, whole, GOAL, TwoModes(grade3=1.0), PULL_FREE)
    change = found.difference[0][90:100, 80:90]
    assert np.ptp(change) < 1e-5, "every second line is as much brighter as before"
    assert change.mean() > 0.2


def test_the_score_pulls_where_the_generator_is_not_told_the_condition(image):
    still = TwoModes()
    assert what_if(Brightness(0.1), image, GOAL, still, PULL_FREE).turn is Turn.NOT_TURNED
    pulled = what_if(Drawn(0.1), image, GOAL, still, (Strength(0.5, 1.0, 1.0),))
    assert pulled.turn is Turn.TURNED
    change = np.abs(pulled.difference[0])
    assert np.unravel_index(change.argmax(), change.shape) == MIDDLE, "only this pixel counts"


def test_equal_arguments_give_equal_bytes(image):
    first, second = (what_if(Drawn(0.2), image, GOAL, TwoModes(grade3=1.0)) for _ in range(2))
    assert first.changed.tobytes() == second.changed.tobytes()
    assert first.probabilities == second.probabilities


def test_a_cancel_ends_the_search_and_progress_never_goes_back(image):
    seen = []
    what_if(Drawn(5.0), image, GOAL, TwoModes(), progress=lambda done, what="": seen.append(done))
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert seen == sorted(seen)

    def cancel(done, what=""):
        if done > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        what_if(Drawn(5.0), image, GOAL, TwoModes(), progress=cancel)


def test_the_generator_is_told_what_it_knows(image):
    assert conditions_of(image, "pfirrmann", "4").pfirrmann == "4"
    assert conditions_of(image, "modic", "1").pfirrmann is None
    assert conditions_of(image, "modic", "1").present == (True, False)
    assert conditions_of(dataclasses.replace(image, level="T11/T12"), "modic", "1").level == "other"


def test_the_mask_holds_the_disc_and_leaves_its_neighbours_out():
    mask = disc_mask(192, "pfirrmann")
    unit = 192 / 2.2
    centre = (96, round(95.5 - 0.22 * unit))
    assert mask[centre] == 1
    assert mask[centre[0], round(centre[1] + 0.46 * unit)] > 0.9, "the posterior edge"
    assert mask[round(centre[0] + 0.7 * unit), centre[1]] == 0, "the disc below begins here"
    assert (mask[0] == 0).all()


def test_where_an_image_may_change_depends_on_the_condition():
    unit = 192 / 2.2
    middle = round(95.5 - 0.22 * unit)
    canal = (96, round(middle + 0.9 * unit))
    marrow = (round(96 - 0.32 * unit), middle)
    places = {name: disc_mask(192, name) for name in ("pfirrmann", "herniation", "modic", "a network's own")}
    assert {name for name, mask in places.items() if mask[canal] == 1} == {"herniation", "a network's own"}
    assert {name for name, mask in places.items() if mask[marrow] == 1} == {"modic"}
    assert all(mask[96, middle] == 1 and mask[0].max() == 0 for mask in places.values())


def test_the_segmented_disc_is_the_one_in_the_middle():
    from spine_core.synthesis.disc_mask import segmented_disc

    regions = np.zeros((SIZE, SIZE), np.uint8)
    regions[30:34, 10:40] = Structure.DISC
    regions[58:62, 10:40] = Structure.DISC
    image = dataclasses.replace(disc_image(np.ones((2, SIZE, SIZE))), regions=regions)
    found = segmented_disc(image)
    assert found[31, 20]
    assert not found[60, 20]
    assert segmented_disc(disc_image(np.ones((2, SIZE, SIZE)))) is None
