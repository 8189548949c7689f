from __future__ import annotations

import pytest

from tests.dicom_objects.making import Made, multi_frame, oblique, one_disc, phantom


@pytest.fixture(scope="session")
def demo(demo_folder) -> Made:
    """The demonstration study with the phantom's own discs and masks."""
    return phantom(demo_folder)


@pytest.fixture(scope="session")
def enhanced_mr() -> Made:
    """One multi-frame object."""
    return one_disc(multi_frame())


@pytest.fixture(scope="session")
def oblique_mr() -> Made:
    """Three oblique slices."""
    return one_disc(oblique())


@pytest.fixture(params=["demo", "enhanced_mr", "oblique_mr"])
def every(request) -> Made:
    """Each of these studies."""
    return request.getfixturevalue(request.param)
