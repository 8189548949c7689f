from __future__ import annotations

import numpy as np
import pytest

from pages.components.teach.primer.tries import TRIES
from spine_core.teaching.primer.material import STORED, TWIN, material, read_material
from spine_core.teaching.primer.steps import STEPS


def test_every_step_has_something_to_try_and_one_right_answer():
    assert [step.name for step in STEPS] == list(TRIES)
    assert len(STEPS) == 6
    for step in STEPS:
        assert 0 <= step.answer < len(step.options)
        assert len(set(step.options)) == len(step.options) >= 2
        assert all((step.text, step.task, step.question, step.explanation))


def test_the_bundled_material_is_whole():
    found = material()
    size = found.image.shape[0]
    regions = int(found.regions.max()) + 1
    assert len(found.scores) == 2**regions
    assert set(np.unique(found.regions)) == set(range(regions))
    assert all(one.shape == (size, size) for one in (found.hidden, *found.maps.values()))
    assert {"grad_cam", "lime", "partition_shap", TWIN, "edges", "random"} <= set(found.maps)
    assert found.fractions[0] == 0.0
    assert found.fractions[-1] == 1.0
    # Every curve begins with the whole image, and so does the table of regions.
    for curve in found.deletion.values():
        assert curve[0] == pytest.approx(found.scores[-1], abs=1e-3)
    # What the texts say of this phantom.
    assert found.target == "Disc herniation present"
    masked = {name: float(np.interp(0.1, found.fractions, one)) for name, one in found.deletion.items()}
    assert max(masked["grad_cam"], masked["partition_shap"]) < min(masked["edges"], masked["random"])


def test_it_is_stored_as_it_is(tmp_path):
    (tmp_path / "again.npz").write_bytes(read_material(STORED).to_bytes())
    again = read_material(tmp_path / "again.npz")
    found = material()
    assert np.array_equal(again.image, found.image)
    assert all(np.array_equal(again.maps[name], found.maps[name]) for name in found.maps)
    assert (again.target, again.network_sha256) == (found.target, found.network_sha256)


@pytest.mark.slow
def test_it_is_what_the_networks_say_of_the_phantom(demo_folder):
    import spine_core as sl
    from spine_core.teaching.primer.build import CONDITION, LEVEL

    found = material()
    reading = sl.read(sl.open_study(demo_folder))
    again = sl.explain(reading, LEVEL, CONDITION, method="grad_cam")
    assert again.network.id.sha256 == found.network_sha256
    assert again.attribution == pytest.approx(
        found.maps["grad_cam"], abs=2e-3 * float(again.attribution.max())
    )
    assert again.explanation.target_score == pytest.approx(found.scores[-1], abs=0.02)
