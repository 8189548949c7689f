import sys
import threading

from spine_core.explanation import warm_imports


def test_what_lime_and_shap_need_is_imported_beside_the_caller():
    over = warm_imports.warm_imports()
    assert over.wait(60)
    assert set(warm_imports.PACKAGES) <= set(sys.modules)
    assert warm_imports.warm_imports() is over


def test_a_package_that_is_missing_ends_the_wait_and_is_left_to_who_needs_it(monkeypatch, caplog):
    monkeypatch.setattr(warm_imports, "PACKAGES", ("no_such_package_anywhere",))
    over = threading.Event()
    warm_imports._import(over)
    assert over.is_set()
    assert "ModuleNotFoundError" in caplog.text
