from __future__ import annotations

import pytest

from tests.dicom_objects.making import Made, phantom


@pytest.fixture(scope="session")
def demo(demo_folder) -> Made:
    return phantom(demo_folder)
