import numpy as np
import pytest
from PIL import Image

import spine_core as sl
from spine_core import reasons
from spine_core.synthesis.counterfactual import what_if as with_all_strengths
from spine_core.synthesis.types import Strength, Turn


@pytest.mark.slow
def test_a_finding_of_the_demonstration_study_from_reading_to_what_if_file(
    demo_folder, smallest_network, tmp_path, monkeypatch
):
    def one_strength(*args, **options):
        return with_all_strengths(*args, strengths=(Strength(0.4, 1.0, 0.6),), **options)

    monkeypatch.setattr(reasons, "change_disc", one_strength)
    reading = sl.read(sl.open_study(demo_folder), smallest_network)
    finding = reading.finding("L4/L5", "pfirrmann")
    found = sl.what_if(reading, "L4/L5", "pfirrmann")
    assert found.what_if.goal.grade != finding.grade == found.what_if.before
    assert found.turned is (found.what_if.turn is Turn.TURNED)
    assert found.difference.shape == (2, 192, 192)
    assert not found.difference[:, found.what_if.mask == 0].any()
    assert found.what_if.probabilities[0] == pytest.approx(
        finding.probabilities[found.what_if.goal.grade], abs=1e-3
    )
    assert found.what_if.probabilities[-1] > found.what_if.probabilities[0]
    written = Image.open(found.to_png(tmp_path / "synthetic.png"))
    assert written.text["Synthetic"].startswith("yes")
    assert np.asarray(written).shape == (192, 192)
    with pytest.raises(ValueError, match="no grade '9'"):
        sl.what_if(reading, "L4/L5", "pfirrmann", "9")
    with pytest.raises(sl.FindingError, match="no such condition"):
        sl.what_if(reading, "L4/L5", "osteoporosis")
