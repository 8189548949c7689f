"""The packages behind LIME and SHAP, imported where nobody has to wait: five seconds that no cancel could end."""

from __future__ import annotations

import functools
import importlib
import logging
import threading

PACKAGES = ("lime.lime_base", "shap.explainers", "shap.maskers")


@functools.cache
def warm_imports() -> threading.Event:
    """Starts importing in a thread of its own, the first time; the event is set once that is over.

    What cannot be imported is not told here: the explanation that needs it will say so.
    """
    over = threading.Event()
    threading.Thread(target=_import, args=(over,), name="packages", daemon=True).start()
    return over


def _import(over: threading.Event) -> None:
    try:
        for package in PACKAGES:
            importlib.import_module(package)
    except Exception as error:
        logging.getLogger(__name__).warning("import failed: %s", type(error).__name__)
    finally:
        over.set()
