"""The projector's page with as many findings as a set can ask for: nothing is cut off, since nobody scrolls there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from pages.components.teach.rooms.qr import qr_svg
from spine_core.anatomy.types import LEVELS
from spine_core.networks.conditions import CONDITIONS
from tests.browser.accessibility import assert_plain_accessible
from tests.browser.waiting import PATIENCE, frames

pytestmark = pytest.mark.browser

SCREENS = ((1280, 720), (1920, 1080), (1024, 768))
LEARNERS = 30

CUT = """() => {
    const box = document.getElementById("words").getBoundingClientRect();
    return [...document.querySelectorAll("#words *, #join-words")].filter((one) => {
        const own = one.getBoundingClientRect();
        const outside = own.bottom > box.bottom + 1 || own.right > Math.min(innerWidth, box.right + 1);
        return outside || (one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1);
    }).map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 40)}`);
}"""


def room(phase: str, conditions: int) -> dict:
    """What the server tells of a room whose learners gave every grade in turn."""
    asked = [
        {
            "key": f"{level} {one.name}", "level": level, "label": one.label, "help": one.help,
            "grades": [list(pair) for pair in zip(one.grades, one.grade_labels, strict=True)],
        }
        for level in LEVELS for one in CONDITIONS[:conditions]
    ]  # fmt: skip
    words = {one["key"]: [label for _, label in one["grades"]] for one in asked}
    counts = {
        key: [[word, LEARNERS // (len(labels) + 1)] for word in (*labels, "cannot tell")]
        for key, labels in words.items()
    }
    told = {
        "number": phase, "version": 1, "title": "Degeneration of the lower lumbar discs, second lesson of the term",
        "place": 0, "cases": 12, "phase": phase, "focus": asked[0]["key"], "cannotTell": "cannot tell", "asked": asked,
        "series": [{"name": "Sagittal T2", "slices": 1, "rows": 8, "columns": 8, "aspect": 1.0, "first": 0}],
        "levels": [], "networks": None, "reference": None, "code": "WWQWMW", "reachable": False, "qr": qr_svg("http://192.168.178.111"),
        "address": "http://192.168.178.111:8501/class/", "joined": LEARNERS, "complete": LEARNERS,
    }  # fmt: skip
    if phase != "answering":
        told["class"] = {key: {"before": found, "after": found} for key, found in counts.items()}
        told["taps"] = dict.fromkeys(words)
        told["networks"] = [
            {
                "key": key, "grade": labels[-1], "probabilities": [[labels[-1], 0.72]],
                "notExcluded": labels[:-1], "disagree": True, "maps": [], "series": None, "slice": None,
            }
            for key, labels in words.items()
        ]  # fmt: skip
    if phase == "reference":
        told["reference"] = {
            "learningPoint": "The grade follows the signal of the nucleus first and the height second. " * 3,
            "grades": {key: {"grade": labels[-1], "source": "consensus"} for key, labels in words.items()},
            "places": [],
        }
    return told


def shows(page: Page, told: dict, url: str) -> None:
    def answer(route: Route) -> None:
        if "/slices/" in route.request.url:
            route.fulfill(path="assets/class/files/icon.png")
        else:
            route.fulfill(json=told)

    page.route("**/class/api/projector/**", answer)
    page.goto(f"{url}/class/projector#room.secret")
    expect(page.locator("#pictures svg")).to_be_visible()
    frames(page)


@pytest.mark.parametrize("phase", ["answering", "revealed", "reference"])
@pytest.mark.parametrize("conditions", [3, len(CONDITIONS)])
def test_all_findings_fit_every_screen(browser, server, phase, conditions):
    for width, height in SCREENS:
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.set_default_timeout(PATIENCE)
        shows(page, room(phase, conditions), server.url)
        assert page.evaluate(CUT) == [], (width, height)
        if phase != "answering":
            cells = page.locator(".matrix tbody td")
            expect(cells).to_have_count(len(LEVELS) * conditions)
            size = cells.first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
            # Fifty findings at once are read from the first rows only.
            least = (10 if conditions == 3 else 8.5) * min(width / 1280, height / 720)
            assert size >= least, "too small to be read from afar"
        page.close()


def test_the_findings_are_a_table_that_reads_aloud(browser, server):
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE)
    shows(page, room("reference", 3), server.url)
    expect(
        page.get_by_role("table", name="Right answers: learners before → after the reveal")
    ).to_be_visible()
    expect(page.get_by_role("rowheader", name="L4/L5")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Disc bulging")).to_be_visible()
    expect(page.locator(".matrix td.focus")).to_have_text("V5 → 5")
    assert_plain_accessible(page)
