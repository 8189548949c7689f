import sys

from spine_core.explanation import warm_imports
from spine_core.progress import silent


def test_what_lime_and_shap_need_is_imported_in_the_background():
    job = warm_imports.warm_imports()
    assert job.wait(60)
    assert set(warm_imports.PACKAGES) <= set(sys.modules)
    assert warm_imports.warm_imports() is job


def test_a_missing_package_ends_the_wait_and_is_left_to_the_method_that_needs_it(monkeypatch, caplog):
    monkeypatch.setattr(warm_imports, "PACKAGES", ("no_such_package_anywhere",))
    warm_imports._import(silent)
    assert "ModuleNotFoundError" in caplog.text
