"""A tab that comes back, as far as it can be seen without a browser: what the tab answers is put in its place."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session import restore, state, tab
from pages.components.session.registry import TTL, Connection, Refusal, Registry
from pages.components.session.state import OPEN, Closed, SessionState
from spine_core.jobs import State, submit
from spine_core.networks import registry
from tests.conftest import ROOT
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_pages import labels, texts, told

PAGES = ("study", "read", "explain", "compare", "benchmark", "model")


@dataclass
class Visits:
    """Page loads of one browser; the test says which tab each is of, and what the time is."""

    now: float = 0.0
    browser: str = "me"
    answer: tab.TabState | None = None
    connection: Connection = field(default_factory=lambda: Connection("0"))
    count: int = 0
    registry: Registry[SessionState] = field(init=False)

    def __post_init__(self) -> None:
        self.registry = Registry(lambda: self.now)

    def load(self, answer: tab.TabState | None, name: str = "study", **query: str) -> AppTest:
        """A page that was just loaded, in a tab that says ``answer``."""
        self.count += 1
        self.answer, self.connection = answer, Connection(f"session-{self.count}")
        app = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app if name == "study" else app.switch_page(f"{name}.py").run()

    def leave(self) -> None:
        """The browser goes."""
        self.connection.end()

    def back(self, app: AppTest, opened: str = tab.STUDY, name: str = "study", **query: str) -> AppTest:
        """The tab of ``app`` after a reload."""
        self.leave()
        return self.load(tab.TabState(token(app), opened, alone=True), name, **query)


def token(app: AppTest) -> str:
    return app.session_state[restore.TOKEN]


def stored(app: AppTest) -> SessionState:
    return app.session_state["store"]


@pytest.fixture
def visits(monkeypatch) -> Visits:
    made = Visits()
    monkeypatch.setattr(registry, "_load", lambda folder, device: fakes.bundle())
    monkeypatch.setattr(restore, "REGISTRY", made.registry)
    monkeypatch.setattr(restore, "connection", lambda: made.connection)
    for module in (restore, state):
        monkeypatch.setattr(module, "this_browser", lambda: made.browser)
    monkeypatch.setattr(tab, "query_tab", lambda nonce: made.answer)
    return made


@pytest.fixture
def demo(monkeypatch) -> None:
    """The demonstration study without its files."""
    monkeypatch.setattr("spine_core.phantom.demo_study", lambda folder, progress: folder)
    monkeypatch.setattr("spine_core.study.sources_from_path", lambda path: [])
    monkeypatch.setattr("spine_core.study.open_study", lambda sources, progress: fakes.study())
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, bundle, progress: fakes.reading())


def with_study(app: AppTest) -> AppTest:
    """The tab has a patient's study open."""
    stored(app).study = fakes.study()
    stored(app).adopt(fakes.reading())
    return app.run()


def opened(app: AppTest) -> AppTest:
    """The page once what is being opened has been opened and read."""
    return settle(settle(app, stored(app)), stored(app))


def test_until_the_tab_has_answered_nothing_of_any_study_is_shown(visits):
    app = visits.load(None)
    assert not app.exception
    assert "Looking for the study of this tab" in texts(app)
    assert "No study open" not in texts(app)
    assert not app.button
    assert not app.file_uploader
    assert "store" not in app.session_state


def test_a_new_tab_offers_to_open_a_study_and_loads_none(visits):
    app = visits.load(tab.TabState())
    assert "Open a lumbar spine MR study" in texts(app)
    assert "Open the demonstration study" in labels(app.button)
    assert len(app.file_uploader) == 2
    assert stored(app).jobs.items() == []
    assert "was closed" not in "".join(w.value for w in app.warning)


@pytest.mark.parametrize("name", ["read", "explain", "compare"])
def test_pages_without_a_study_say_so_and_open_the_demonstration_at_a_click(visits, demo, name):
    app = visits.load(tab.TabState(), name)
    assert "No study is open in this tab." in texts(app)
    assert [link.proto.label for link in app.get("page_link")] == ["Open a study"]
    next(b for b in app.button if b.label == "Open the demonstration study").click().run()
    assert not app.exception
    found = stored(app)
    assert found.demonstration or found.pending.demonstration, "it is being opened, or is open already"


def test_the_demonstration_has_an_address_of_its_own(visits, demo):
    app = opened(visits.load(tab.TabState(), study="demo"))
    assert "Demonstration study, 2 series" in texts(app)
    assert "study" not in app.query_params, "a reload asks for what is open, not for the demonstration"


def test_the_demonstration_opens_although_the_user_went_on_before_the_tab_had_answered(visits, demo):
    app = visits.load(None, study="demo")
    # A link to another page has an address of its own.
    app.query_params.clear()
    visits.answer = tab.TabState()
    app = opened(app.switch_page("read.py").run())
    assert "Demonstration study, 2 series" in texts(app)


def test_another_word_in_the_address_opens_nothing(visits):
    app = visits.load(tab.TabState(), study="1.2.840.113619")
    assert stored(app).jobs.items() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_reload_shows_the_same_study_on_every_page(visits, name):
    app = with_study(visits.load(tab.TabState(), name))
    before = stored(app)
    app = visits.back(app, name=name)
    assert not app.exception
    assert stored(app) is before
    assert "Uploaded study, 2 series" in texts(app)
    assert "emonstration" not in texts(app)


def test_a_reload_keeps_finding_maps_key_images_and_what_was_chosen(visits):
    app = with_study(visits.load(tab.TabState(), "explain"))
    before = stored(app)
    app.multiselect(key="methods").set_value(["grad_cam", "edges"]).run()
    app.selectbox(key="ask-level").set_value("L2/L3").run()
    app.selectbox(key="kind-L2/L3-pfirrmann").set_value("at least").run()
    app.number_input(key="grad_cam-seed").set_value(7).run()
    before.key_images = [{"series": "t2", "slice": 1, "note": "sharp edge"}]
    before.drawn_measurements = [{"annotationUID": "1", "metadata": {}, "data": {}}]
    app = settle(app, before)
    maps = {key: job.result for key, job in before.jobs.items() if key.startswith("explain-")}
    app = visits.back(app, name="explain")
    assert app.multiselect(key="methods").value == ["grad_cam", "edges"]
    assert app.selectbox(key="ask-level").value == "L2/L3"
    assert app.selectbox(key="kind-L2/L3-pfirrmann").value == "at least"
    assert app.number_input(key="grad_cam-seed").value == 7
    assert told(app)["measured"] == before.drawn_measurements
    after = {key: job.result for key, job in stored(app).jobs.items() if key.startswith("explain-")}
    assert maps
    assert all(after[key] is one for key, one in maps.items()), "no map is made again"
    app.switch_page("read.py").run()
    assert told(app)["keys"] == [{"series": "t2", "slice": 1, "note": "sharp edge"}]


def test_work_goes_on_while_the_tab_is_away_and_ends_with_the_state(visits):
    import threading

    app = with_study(visits.load(tab.TabState()))
    reached, may_end = threading.Event(), threading.Event()

    def work(progress):
        reached.set()
        while not may_end.wait(0.01):
            progress(0.5)
        return "done"

    job = submit(stored(app).jobs, "explain-slow", work)
    assert reached.wait(20)
    visits.leave()
    assert not job.over
    visits.now = TTL
    visits.registry.sweep()
    assert job.wait(20)
    assert job.state is State.CANCELLED


def test_after_ten_minutes_the_tab_says_that_its_study_was_closed_and_loads_nothing(visits):
    app = with_study(visits.load(tab.TabState(), "explain"))
    before = stored(app)
    before.pinned_images.append(("L4/L5", before.image))
    visits.leave()
    visits.now = TTL
    app = visits.load(tab.TabState(token(app), tab.STUDY, alone=True), "explain")
    (warning,) = app.warning
    assert "The study that was open here was closed" in warning.value
    assert "ten minutes" in warning.value
    assert "Open it again." in warning.value
    assert "Uploaded study" not in texts(app)
    assert stored(app).study is None
    assert stored(app).jobs.items() == []
    assert before.study is before.reading is None
    assert not before.pinned_images, "nothing of it stays in memory"
    app = visits.back(app, name="read")
    assert [w.value for w in app.warning] == [warning.value], "it says so until something is opened"


def test_a_study_that_was_closed_is_never_replaced_by_the_demonstration_of_the_address(visits):
    app = visits.load(tab.TabState("of-a-server-before", tab.STUDY, alone=True), study="demo")
    assert stored(app).closed == Closed(demonstration=False, reason=Refusal.UNKNOWN)
    assert "restarted" in app.warning[0].value
    assert stored(app).jobs.items() == []
    assert "Open the demonstration study" in labels(app.button)


def test_the_address_asks_before_the_demonstration_takes_the_place_of_a_study(visits, demo):
    app = with_study(visits.load(tab.TabState()))
    app = visits.back(app, study="demo")
    assert "Uploaded study" in texts(app)
    assert "Your study stays open." in texts(app)
    next(b for b in app.button if b.label == "Keep my study").click().run()
    assert "Your study stays open." not in texts(app)
    assert stored(app).jobs.items() == []


def test_a_copied_tab_begins_without_a_study_and_leaves_the_first_its_own(visits):
    first = with_study(visits.load(tab.TabState()))
    mine = visits.connection
    copied = visits.load(tab.TabState(duplicate=True))
    told_by_server = visits.load(tab.TabState(token(first), tab.STUDY))
    for app in (copied, told_by_server):
        assert "This tab is a copy of another one." in texts(app)
        assert stored(app).study is None
        assert token(app) not in ("", token(first))
    visits.connection = mine
    assert "Uploaded study, 2 series" in texts(first.run())


def test_another_browser_gets_nothing_for_a_copied_token(visits):
    app = with_study(visits.load(tab.TabState()))
    visits.leave()
    visits.browser = "somebody else"
    app = visits.load(tab.TabState(token(app), "", alone=True))
    assert stored(app).study is None
    assert "No study open" in texts(app)


def test_a_tab_that_was_away_too_long_for_its_server_session_does_not_show_what_is_freed(visits):
    app = with_study(visits.load(tab.TabState()))
    visits.answer = tab.TabState(token(app), tab.STUDY, alone=True)
    visits.leave()
    visits.now = TTL
    visits.connection = Connection(visits.connection.session_id)
    app.run()
    assert "The study that was open here was closed" in app.warning[0].value


def test_closing_a_study_frees_it_at_once(visits):
    app = with_study(visits.load(tab.TabState()))
    before, job = stored(app), submit(stored(app).jobs, OPEN, lambda progress: None)
    assert job.wait(20)
    app.button(key="close-study").click().run()
    assert before.study is before.reading is None
    assert "Open a lumbar spine MR study" in texts(app)
    app = visits.back(app, opened="")
    assert "was closed" not in "".join(w.value for w in app.warning)
    assert stored(app).study is None


def test_the_session_keeps_its_pixels_addresses_over_a_reload(visits):
    app = with_study(visits.load(tab.TabState(), "read"))
    addresses = [one["address"] for one in told(app)["series"]]
    app = visits.back(app, name="read")
    assert [one["address"] for one in told(app)["series"]] == addresses


@pytest.mark.parametrize(
    "said",
    [
        None, "x", {}, {"ask": "another question", "token": "t"}, {"ask": "now", "token": ["t"], "open": ["study"]},
        {"ask": "now", "token": "\ud800", "open": "<b>"}, {"ask": "now", "token": "a" * 65, "alone": "yes"},
    ],
)  # fmt: skip
def test_what_a_tab_says_is_not_trusted(monkeypatch, said):
    class Said:
        answer = said

    monkeypatch.setattr(tab, "_mount", lambda data: Said())
    assert tab.query_tab("now") in (None, tab.TabState())


def test_the_tab_is_told_nothing_of_the_study(monkeypatch):
    told_to_tab: list[dict] = []
    monkeypatch.setattr(tab, "_mount", told_to_tab.append)
    tab.update_tab("the-token", tab.STUDY)
    (data,) = told_to_tab
    assert set(data) == {"token", "lock", "open"}
    assert "the-token" not in data["lock"], "other tabs of the browser can read the names of locks"


def test_a_page_that_was_turned_before_the_tab_answered_stays_turned(visits):
    app = visits.load(None)
    app.switch_page("glossary.py").run()
    # The answer comes with the page that the browser knew when it was asked.
    visits.answer = tab.TabState()
    app.switch_page("study.py").run()
    assert not app.exception
    assert "Grad-CAM" in "\n".join(str(one.value) for one in app.markdown), "the glossary, not the page Study"
