from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pages.components.study_jobs import DEMONSTRATION
from spine_core.phantom import demo_study
from tests.study.rsna import write_rsna_study

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rsna_folder(tmp_path_factory):
    return write_rsna_study(demo_study(DEMONSTRATION), tmp_path_factory.mktemp("rsna"), keep=3)


def test_a_study_of_the_largest_public_set_goes_from_its_folder_to_three_maps(page, rsna_folder):
    page.get_by_text("Open a study", exact=True).click()
    page.locator("input[type=file]").nth(1).set_input_files(rsna_folder)
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 7 series")
    missing = page.get_by_text("Modality is missing; taken from the SOP class of the file meta information.")
    expect(missing.first).to_be_visible()

    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    page.get_by_role("link", name="Explain this finding").click()
    for method in ("Grad-CAM", "LIME", "SHAP"):
        map_ = page.get_by_role(
            "application", name=re.compile(f"with {method} of Disc herniation.* at L4.L5")
        )
        expect(map_).to_have_attribute("data-loaded", "true")
