"""Imports the packages of LIME and SHAP in advance: this takes five seconds and cannot be cancelled."""

from __future__ import annotations

import functools
import importlib
import logging

from spine_core.jobs import Job, Pool, Session
from spine_core.progress import Progress

PACKAGES = ("lime.lime_base", "shap.explainers", "shap.maskers")


@functools.cache
def warm_imports() -> Job[None]:
    """Starts the imports in a separate worker at the first call; the job ends with them.

    A failed import is only logged here: the explanation that needs the package raises the error.
    """
    return Pool(workers=1).submit(Session(), "imports", _import)


def _import(progress: Progress) -> None:
    try:
        for package in PACKAGES:
            importlib.import_module(package)
    except Exception as error:
        logging.getLogger(__name__).warning("import failed: %s", type(error).__name__)
