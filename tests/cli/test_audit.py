"""The command ``audit``."""

from __future__ import annotations

import pytest

from spine_core.audit.ratings.log_store import log_path
from spine_core.audit.ratings.rating import submit
from spine_core.audit.ratings.store import create_audit
from spine_core.cli.main import main
from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.library.types import Role
from tests.audit.ratings.making import answers, small, store_maps


@pytest.fixture
def audit(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("SPINELENS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SPINELENS_DATABASE", raising=False)
    library = open_library()
    anna = add_person(library, "Anna", Role.AUDITOR)
    store_maps(library, anna)
    audit_id = create_audit(library, anna, small(anna))
    submit(library, anna, audit_id, 0, answers())
    return audit_id


def test_an_unchanged_log_is_said_to_be_and_a_changed_one_found(audit, capsys):
    assert main(["audit", "verify"]) == 0
    assert capsys.readouterr().out == f"{audit}\tunchanged\n"
    path = log_path(open_library(), audit)
    path.write_text(path.read_text().replace('"place":4', '"place":1', 1))
    assert main(["audit", "verify", audit]) == 1
    assert capsys.readouterr().out == f"{audit}\tfile: entry 0 was changed\n"


def test_an_audit_that_is_none_is_one_sentence(audit, capsys):
    assert main(["audit", "verify", "nothing"]) == 2
    assert capsys.readouterr().err == "error: there is no such audit\n"
