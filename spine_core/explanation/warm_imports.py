"""The packages behind LIME and SHAP, imported ahead of need: five seconds that no cancel could end."""

from __future__ import annotations

import functools
import importlib
import logging

from spine_core.jobs import Job, Pool, Session
from spine_core.progress import Progress

PACKAGES = ("lime.lime_base", "shap.explainers", "shap.maskers")


@functools.cache
def warm_imports() -> Job[None]:
    """Starts importing on a worker of its own, the first time; the job is over once that is done.

    A package that cannot be imported is not reported here: the explanation that needs it will say so.
    """
    return Pool(workers=1).submit(Session(), "imports", _import)


def _import(progress: Progress) -> None:
    try:
        for package in PACKAGES:
            importlib.import_module(package)
    except Exception as error:
        logging.getLogger(__name__).warning("import failed: %s", type(error).__name__)
