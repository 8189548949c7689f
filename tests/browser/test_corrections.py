"""Corrections of levels and their way back; how a keyboard and a link reach a finding."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser


def marks(page) -> list[str]:
    """Levels and heights, in pixels, of the marks on the sagittal T2."""
    found = page.get_by_role("application", name=re.compile("^Sagittal T2")).locator("[data-level]")
    return found.evaluate_all(
        "all => all.map(mark => mark.dataset.level + ' ' + Math.round(mark.querySelector('.dot').getAttribute('cy')))"
    )


def test_shifted_levels_come_back_and_the_panel_stays_open(page):
    page.get_by_role("link", name="Read", exact=True).click()
    page.get_by_role("button", name="L2/L3, Pfirrmann grade").click()
    expect(page.get_by_text("L2/L3 · Pfirrmann grade")).to_be_visible()
    at_rest(page)
    before = marks(page)
    assert len(before) == 5
    page.get_by_text("Correct levels and discs").click()
    panel = page.get_by_role("radiogroup", name="Disc")
    expect(panel.get_by_role("radio", checked=True)).to_have_text("L2/L3")
    up, undo = (page.get_by_role("button", name=name, exact=True) for name in ("One level up", "Undo"))
    made = page.get_by_role("listitem").filter(has_text="level names moved by 1 towards the head")
    undone = made.filter(has_text="(undone)")
    up.click()
    expect(made).to_have_count(1)
    up.click()
    expect(made).to_have_count(2)
    at_rest(page)
    assert len(marks(page)) == 3
    undo.click()
    expect(undone).to_have_count(1)
    page.get_by_role("button", name="Back to the networks' levels").click()
    expect(undone).to_have_count(2)
    at_rest(page)
    assert marks(page) == before, "the networks' levels are all there again"
    page.get_by_role("button", name="L5/S1, Modic").click()
    expect(panel.get_by_role("radio", checked=True)).to_have_text("L5/S1")
    expect(undo).to_be_visible()


def test_grid_is_reached_by_a_skip_link_and_walked_by_arrow_keys(page):
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.get_by_role("button", name="L4/L5, Disc herniation")).to_be_visible()
    at_rest(page)
    skip = page.get_by_role("link", name="Skip to the grid of findings")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    selected = page.get_by_role("button", pressed=True).and_(page.get_by_role("button", name="L4/L5"))
    expect(selected).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    bulging = page.get_by_role("button", name="L3/L4, Disc bulging")
    expect(bulging).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("L3/L4 · Disc bulging")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/read\?level=L3-L4&condition=bulging$"))


def test_the_address_of_a_finding_opens_it_in_another_window(browser, server):
    window = browser.new_page(viewport={"width": 1280, "height": 720})
    window.goto(f"{server.url}/read?study=demo&level=L5-S1&condition=modic")
    expect(window.get_by_text("L5/S1 · Modic")).to_be_visible()
