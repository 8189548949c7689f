import sys

from spine_core.explanation import warm_imports
from spine_core.progress import silent


def test_packages_of_lime_and_shap_are_imported_in_the_background():
    job = warm_imports.warm_imports()
    assert job.wait(60)
    assert set(warm_imports.PACKAGES) <= set(sys.modules)
    assert warm_imports.warm_imports() is job


def test_a_missing_package_is_reported_by_the_method_that_needs_it(monkeypatch, caplog):
    monkeypatch.setattr(warm_imports, "PACKAGES", ("no_such_package_anywhere",))
    warm_imports._import(silent)
    assert "ModuleNotFoundError" in caplog.text
