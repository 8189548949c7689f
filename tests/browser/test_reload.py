"""A page that is loaded again: its own study comes back, in its own tab of its own browser, and in no other."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pages.components.study_jobs import DEMONSTRATION
from spine_core.phantom import demo_study
from tests.browser.conftest import Server, serving
from tests.browser.seeing import pane
from tests.browser.waiting import PATIENCE

pytestmark = pytest.mark.browser

KEPT = "spinelens-tab"


@pytest.fixture(scope="module")
def reloading(tmp_path_factory) -> Iterator[Server]:
    """The app, with an address at which time passes."""
    with serving("tests/browser/reload/app.py", tmp_path_factory.mktemp("reload") / "log") as server:
        yield server


@pytest.fixture(scope="module")
def sagittal_zip(tmp_path_factory) -> Path:
    """The sagittal series of the phantom as an upload, under a name that must not reach a log."""
    folder = tmp_path_factory.mktemp("sagittal")
    for number, file in enumerate(sorted(p for p in demo_study(DEMONSTRATION).rglob("*") if p.is_file())):
        header = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        if "sag" in str(header.get("SeriesDescription", "")).lower():
            shutil.copy(file, folder / f"IM{number:05d}")
    return Path(shutil.make_archive(str(tmp_path_factory.mktemp("zip") / "Doe^Jane"), "zip", folder))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own: no cookies, no storage. Scripts that fail on a page fail the test."""
    failures: list[str] = []
    made = browser.new_context(viewport={"width": 1280, "height": 720})
    made.set_default_timeout(PATIENCE)
    made.on("weberror", lambda error: failures.append(str(error.error)))
    yield made
    made.close()
    assert not failures


def visit(context: BrowserContext, url: str, storage: str | None = None) -> Page:
    """A new tab; ``storage`` is what was copied with it from another one."""
    page = context.new_page()
    if storage is not None:
        # Once: what the tab keeps from then on is its own.
        page.add_init_script(
            f"sessionStorage.getItem('copied') ?? sessionStorage.setItem({KEPT!r}, {json.dumps(storage)});"
            "sessionStorage.setItem('copied', 'yes')"
        )
    page.goto(url)
    return page


def upload(page: Page, file: Path) -> None:
    expect(page.get_by_role("heading", name="Open a lumbar spine MR study")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 2 series")
    page.wait_for_function("kept => JSON.parse(sessionStorage.getItem(kept)).open === 'study'", arg=KEPT)


def storage(page: Page) -> str:
    return page.evaluate("kept => sessionStorage.getItem(kept)", KEPT)


def later(context: BrowserContext, server: Server, seconds: int) -> int:
    """Lets time pass, and tells how many studies the server holds then."""
    return int(context.request.get(f"{server.url}/later?seconds={seconds}").text())


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def test_a_reload_keeps_study_correction_key_image_map_and_looks(context, server, sagittal_zip):
    page = visit(context, server.url)
    upload(page, sagittal_zip)
    go(page, "Read")
    page.get_by_role("button", name="L4/L5, Disc herniation").click()
    expect(pane(page)).to_have_attribute("data-loaded", "true")
    page.get_by_text("Correct levels and discs").click()
    page.get_by_role("button", name="One level up").click()
    corrected = page.get_by_text(re.compile("^Corrected by the reader"))
    expect(corrected).to_be_visible()
    words = corrected.text_content()
    pane(page).press("k")
    key_image = page.get_by_role("button", name=re.compile(r"^Sagittal T2, slice \d+$"))
    expect(key_image).to_be_visible()
    marked = key_image.text_content()
    page.get_by_label("Window width").fill("333")
    page.get_by_label("Window width").press("Enter")

    go(page, "Explain")
    for method in ("LIME", "SHAP"):
        page.get_by_role("button", name=f"Remove {method}").click()
    grad_cam = page.get_by_role("application", name=re.compile("with Grad-CAM of"))
    expect(grad_cam).to_have_attribute("data-loaded", "true")
    page.get_by_label("Opacity").fill("80")
    name = grad_cam.get_attribute("aria-label")

    with page.expect_request("**/pixels/**") as sent:
        page.reload()
    expect(page.locator(".sl-open")).to_have_text("Uploaded study, 2 series")
    expect(grad_cam).to_have_attribute("data-loaded", "true")
    assert grad_cam.get_attribute("aria-label") == name
    expect(page.get_by_role("application")).to_have_count(2)
    expect(page.get_by_label("Opacity")).to_have_value("80")
    assert sent.value.response().ok
    expect(page.get_by_text("emonstration")).to_have_count(0)
    go(page, "Read")
    expect(corrected).to_have_text(words)
    expect(key_image).to_have_text(marked)
    expect(page.get_by_label("Window width")).to_have_value("333")
    expect(page.get_by_text("emonstration")).to_have_count(0)

    log, token = server.log.read_text(), json.loads(storage(page))["token"]
    assert token not in log
    assert "Doe" not in log
    assert token not in page.url


def test_no_other_tab_or_browser_gets_the_study_and_after_ten_minutes_nobody_does(
    context, browser, reloading, sagittal_zip
):
    first = visit(context, reloading.url)
    upload(first, sagittal_zip)
    copied = storage(first)

    second = visit(context, reloading.url)
    expect(second.get_by_role("heading", name="Open a lumbar spine MR study")).to_be_visible()
    expect(second.locator(".sl-open")).to_have_text("No study open")

    duplicate = visit(context, reloading.url, copied)
    expect(duplicate.get_by_text("This tab is a copy of another one.")).to_be_visible()
    expect(duplicate.locator(".sl-open")).to_have_text("No study open")
    assert json.loads(storage(duplicate))["token"] not in copied
    expect(first.locator(".sl-open")).to_have_text("Uploaded study, 2 series")

    stranger = browser.new_context()
    stolen = visit(stranger, reloading.url, copied)
    expect(stolen.get_by_text("The study that was open here was closed")).to_be_visible()
    expect(stolen.locator(".sl-open")).to_have_text("No study open")
    stranger.close()

    first.reload()
    expect(first.locator(".sl-open")).to_have_text("Uploaded study, 2 series")
    first.goto("about:blank")
    for page in (second, duplicate):
        page.close()
    assert later(context, reloading, 500) == 1
    first.goto(f"{reloading.url}/read")
    expect(first.locator(".sl-open")).to_have_text("Uploaded study, 2 series")
    first.goto("about:blank")
    left = later(context, reloading, 601)
    until = time.monotonic() + PATIENCE / 1000
    while left and time.monotonic() < until:
        # A job that has just been cancelled may be inside a network.
        left = later(context, reloading, 0)
    assert left == 0, "nothing of the study is left in memory"
    first.goto(f"{reloading.url}/explain?study=demo")
    closed = first.get_by_text("The study that was open here was closed")
    expect(closed).to_be_visible()
    expect(first.get_by_role("link", name="Open a study")).to_be_visible()
    expect(first.locator(".sl-open")).to_have_text("No study open")
    first.reload()
    expect(closed).to_be_visible()


def test_a_link_from_another_site_opens_the_demonstration_and_leaves_the_browser_its_cookie(
    context, reloading
):
    def cookie() -> str:
        return next(c["value"] for c in context.cookies() if c["name"] == "spinelens-browser")

    own = visit(context, reloading.url)
    expect(own.locator(".sl-open")).to_be_visible()
    before = cookie()
    context.route(
        "http://lecture.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f"<a href='{reloading.url}/?study=demo'>The case</a>"
        ),
    )
    linked = visit(context, "http://lecture.example/")
    linked.get_by_role("link", name="The case").click()
    expect(linked.locator(".sl-open")).to_have_text("Demonstration study, 7 series")
    assert "study=demo" not in linked.url
    assert cookie() == before
    linked.reload()
    expect(linked.locator(".sl-open")).to_have_text("Demonstration study, 7 series")
