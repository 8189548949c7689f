import sys
import threading

from spine_core.explain import packages


def test_what_lime_and_shap_need_is_imported_beside_the_caller():
    over = packages.imported()
    assert over.wait(60)
    assert set(packages.PACKAGES) <= set(sys.modules)
    assert packages.imported() is over


def test_a_package_that_is_missing_ends_the_wait_and_is_left_to_who_needs_it(monkeypatch, caplog):
    monkeypatch.setattr(packages, "PACKAGES", ("no_such_package_anywhere",))
    over = threading.Event()
    packages._import(over)
    assert over.is_set()
    assert "ModuleNotFoundError" in caplog.text
