"""Sign-in on the pages: who the reader is comes from the sign-in service, whatever the session holds."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from starlette.responses import RedirectResponse

from pages.components import study_jobs
from pages.components.session import identity
from pages.components.session.sign_in_return import SignInReturn
from pages.components.session.state import SessionState, Upload
from spine_core.library.cases import get_case
from spine_core.library.people import add_person, identified_person, identity_hash, people, set_role_by_name
from spine_core.library.store import open_library
from spine_core.library.types import Decision, Role
from tests.conftest import ROOT
from tests.library.making import finding, kept
from tests.pages import fakes
from tests.pages.conftest import settle
from tests.pages.test_pages import texts

ISSUER = "https://sign-in.example"
SECRETS = {"auth": {"redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "c" * 40}}
PLACE = ("L4/L5", "pfirrmann")


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    monkeypatch.setattr("spine_core.grading.read.read_study", lambda study, *_, **__: fakes.reading_of(study))
    monkeypatch.setattr(identity, "_signed_out", set())


@pytest.fixture
def library():
    return open_library()


@pytest.fixture
def anna(library):
    """Who signed in earlier, an administrator: the one to be."""
    person = identified_person(library, identity_hash(ISSUER, "1"), "Anna")
    return set_role_by_name(library, person.name, Role.ADMINISTRATOR)


@pytest.fixture
def case(library, anna, store):
    """Anna's case, open in a session that names her."""
    case_id = kept(library, anna, finding(*PLACE, "3"), title="Anna's")
    store.person_id, store.case_id = anna.id, case_id
    store.select(*PLACE)
    return case_id


def claims(subject: str, name: str, **more) -> dict:
    return {
        "is_logged_in": True, "iss": ISSUER, "sub": subject, "name": name, "iat": time.time(), "nonce": subject,
    } | more  # fmt: skip


ANNA, BEN, NOBODY = claims("1", "Anna"), claims("2", "Ben"), {"is_logged_in": False}


@pytest.fixture
def signed_in(page):
    """Opens a page where sign-in is configured, as the user whom Streamlit vouches for."""

    def opened(name: str, user: dict, **more):
        app = page("study", **more)
        app.secrets, app.user = dict(SECRETS), dict(user)
        return app.switch_page(f"{name}.py").run()

    return opened


def bar(app) -> list[str]:
    return [one.value for one in app.text]


def labels(app) -> set[str]:
    return {one.label for one in app.button}


@pytest.mark.parametrize(
    "user",
    [
        NOBODY,
        {},
        {"is_logged_in": True, "iss": ISSUER, "iat": time.time()},
        {"is_logged_in": "yes"} | {key: ANNA[key] for key in ("iss", "sub", "iat")},
        ANNA | {"iat": time.time() - identity.LASTS - 60},
        ANNA | {"iat": None},
    ],
    ids=["signed out", "no answer", "no subject", "no flag", "long ago", "no time"],
)
def test_before_sign_in_nothing_of_the_library_is_shown(signed_in, case, user):
    app = signed_in("library", user)
    assert labels(app) >= {"Sign in"}
    assert not labels(app) & {"Sign out", "Import", "Delete this case", "Use this name"}
    assert not app.dataframe
    assert not app.selectbox
    assert "Anna" not in texts(app)


def test_a_forged_person_is_ignored_on_the_library(signed_in, case, library, store):
    app = signed_in("library", BEN)
    assert "Signed in as Ben (reader)" in bar(app)
    assert not app.dataframe
    assert "People and roles" not in [one.label for one in app.expander]
    assert [one.name for one in people(library)] == ["Anna", "Ben"]


def test_a_forged_person_decides_nothing_on_read(signed_in, case, library, anna):
    app = signed_in("read", BEN)
    assert not app.exception
    assert not decisions(app)
    app = signed_in("read", NOBODY)
    assert "Sign in on the page Library" in texts(app)
    assert not decisions(app)
    decisions(signed_in("read", ANNA))[0].set_value(Decision.ACCEPTED).run()
    assert [one.person for one in get_case(library, anna, case).reviews] == ["Anna"]


def decisions(app):
    return [one for one in app.segmented_control if one.label.startswith("Your decision")]


def test_a_click_after_sign_out_is_refused(signed_in, case, library, anna):
    app = signed_in("read", ANNA)
    decision = decisions(app)[0]
    app.user = dict(NOBODY)
    decision.set_value(Decision.ACCEPTED).run()
    assert [one.value for one in app.toast] == ["Sign in on the page Library first."]
    assert not get_case(library, anna, case).reviews


@pytest.mark.parametrize("user", [BEN, NOBODY], ids=["somebody else", "nobody"])
def test_a_forged_person_opens_no_case(signed_in, case, monkeypatch, user):
    other = SessionState(person_id=1)
    # The page asks to open it, as a click that somebody forges would.
    monkeypatch.setattr(study_jobs, "note_address", lambda: _open_once(other, case))
    app = settle(signed_in("library", user, session=other), other)
    assert other.opened is None
    assert other.study is None
    assert other.case_id == ""
    assert not app.exception
    other.jobs.close()


def _open_once(store: SessionState, case_id: str) -> None:
    if identity.sign_in_configured() and not store.complaint and not store.jobs.items():
        study_jobs.open_case(store, case_id)


def test_the_owner_opens_the_case(signed_in, case, monkeypatch):
    own = SessionState()
    monkeypatch.setattr(
        study_jobs, "note_address", lambda: _open_once(own, case) if own.study is None else None
    )
    settle(signed_in("library", ANNA, session=own), own)
    assert own.case_id == case
    own.jobs.close()


def test_a_reading_that_starts_after_sign_out_has_nothing_of_the_case(signed_in, case, store, monkeypatch):
    asked = []
    monkeypatch.setattr(study_jobs, "_as_kept", lambda case_id, person, *_: asked.append(person.name) or [])
    monkeypatch.setattr(
        study_jobs, "show_progress", lambda store: store.jobs.items() or study_jobs.read_again(store)
    )
    store.opened = Upload((), case_id=case)
    signed_in("glossary", NOBODY)
    next(job for _, job in store.jobs.items()).wait(60)
    assert asked == []


def test_signing_out_counts_in_every_tab_at_once(signed_in, case):
    first, second = signed_in("library", ANNA), signed_in("library", ANNA)
    assert first.dataframe
    next(one for one in first.button if one.label == "Sign out").click().run()
    assert "Sign in" in labels(first)
    assert second.dataframe
    # Streamlit itself does not tell this session.
    assert "Sign in" in labels(second.run())
    assert not second.dataframe
    later = signed_in("library", ANNA | {"nonce": "later"})
    assert "Sign out" in labels(later)


def test_a_name_that_was_picked_is_nobody_who_signed_in(signed_in, library, store):
    picked = add_person(library, "Ben", Role.ADMINISTRATOR)
    store.person_id = picked.id
    kept(library, picked, title="Hidden")
    app = signed_in("library", BEN)
    assert "Signed in as Ben 2 (reader)" in bar(app)
    assert not app.dataframe


def test_without_a_name_the_account_or_the_address_is_taken(signed_in, library):
    signed_in("library", claims("7", "", preferred_username="cdiaz"))
    signed_in("library", claims("8", "", email="d@example.com"))
    assert [one.name for one in people(library)] == ["cdiaz", "d@example.com"]


def test_people_who_sign_in_cannot_be_picked_once_the_secrets_are_lost(page, case, store):
    app = page("library")
    assert "sign-in is not configured" in texts(app)
    assert not app.dataframe
    assert not app.selectbox
    assert "Use this name" not in labels(app)
    assert not decisions(page("read"))


def test_an_administrator_gives_roles_that_count_at_once(signed_in, library, anna):
    ben = signed_in("library", BEN)
    app = signed_in("library", ANNA)
    app.selectbox(key="library-role-person").set_value(people(library)[1].id).run()
    role = next(one for one in app.selectbox if one.label == "Role")
    role.set_value(Role.AUDITOR).run()
    assert {one.name: one.role for one in people(library)} == {
        "Anna": Role.ADMINISTRATOR,
        "Ben": Role.AUDITOR,
    }
    assert "Signed in as Ben (auditor)" in bar(ben.run())


def test_the_last_administrator_stays_one(signed_in, library, anna):
    app = signed_in("library", ANNA)
    role = next(one for one in app.selectbox if one.label == "Role")
    role.set_value(Role.READER).run()
    assert [one.value for one in app.toast] == ["The last administrator stays one."]
    assert not app.exception
    assert next(one for one in app.selectbox if one.label == "Role").value is Role.ADMINISTRATOR
    assert people(library)[0].role is Role.ADMINISTRATOR


def test_a_case_that_the_reader_does_not_see_leaves_the_page_usable(signed_in, case, library):
    ben = identified_person(library, identity_hash(ISSUER, "2"), "Ben")
    kept(library, ben, title="Ben's", seed=9)
    app = signed_in("library", BEN)
    assert list(app.dataframe[0].value["Title"]) == ["Ben's"]
    assert "a case of the library that you do not see" in texts(app)
    assert not app.error


@pytest.mark.parametrize(
    ("path", "location", "goes_to"),
    [
        ("/oauth2callback", "/", "/library"),
        ("/base/auth/logout", "/base/", "/base/library"),
        ("/auth/logout", "https://sign-in.example/end/", "https://sign-in.example/end/"),
        ("/auth/login", "/", "/"),
    ],
)
def test_after_sign_in_and_sign_out_a_browser_comes_to_the_library(path, location, goes_to):
    sent = []

    async def receive() -> dict:
        return {"type": "http.request"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    asyncio.run(SignInReturn(RedirectResponse(location))(scope, receive, send))
    assert dict(sent[0]["headers"])[b"location"].decode() == goes_to


def test_the_question_who_is_reading_is_asked_in_one_place():
    askers = {
        path.name
        for path in (ROOT / "pages").rglob("*.py")
        if re.search(r"\bperson_id\b|\bst\.user\b", path.read_text())
    }
    # The picker of names writes the choice that the identity reads.
    assert askers == {"identity.py", "reader.py", "state.py"}
