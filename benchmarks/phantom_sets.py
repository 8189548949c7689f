"""Seconds from the first visit of Teach on a new library until the bundled phantom exercises are there.

``python -m benchmarks.phantom_sets``: a library in a temporary folder, drawn as the page draws it.
"""

from __future__ import annotations

import os
import tempfile
import time

from pages.components.teach.exercise.bundled_sets import begin_drawing, is_drawing
from spine_core.library.people import add_person
from spine_core.library.store import open_library
from spine_core.teaching.sets import sets

LOOK_AGAIN_S = 0.1


def main() -> None:
    """Prints a line whenever a set can be begun or has grown, and the processor's time at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SPINELENS_HOME"] = folder
        library = open_library()
        person = add_person(library, "Learner")
        start, used, there = time.perf_counter(), time.process_time(), {}
        begin_drawing()
        while is_drawing(library):
            time.sleep(LOOK_AGAIN_S)
            found = {one.exercise.title: len(one.exercise.cases) for one in sets(library, person)}
            if found != there:
                words = "; ".join(f"{title}: {cases}" for title, cases in sorted(found.items()))
                print(f"{time.perf_counter() - start:6.1f} s  {words}", flush=True)
                there = found
        print(f"all in {time.perf_counter() - start:.1f} s, of processors {time.process_time() - used:.1f} s")


if __name__ == "__main__":
    main()
