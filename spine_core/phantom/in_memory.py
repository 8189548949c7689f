"""A phantom's sagittal series as a study in memory, without files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence as Many

from spine_core.phantom.render import Phantom, sagittal_pair
from spine_core.phantom.scanner import THICKNESS
from spine_core.study.geometry import StackGeometry
from spine_core.study.types import Patient, Plane, Series, Study, Weighting

_WEIGHTINGS = {"t1": Weighting.T1, "t2": Weighting.T2}


def sagittal_study(phantom: Phantom, indices: Many[int], weightings: Many[str] = ("t2", "t1")) -> Study:
    """Sagittal slices ``indices`` (from 0, ascending) in ``weightings``, "t1" or "t2", labelled synthetic."""
    rendered = sagittal_pair(phantom, weightings, indices)
    geometry = phantom.sagittal
    part = StackGeometry(
        geometry.positions[list(indices)], geometry.row_direction, geometry.column_direction, geometry.spacing
    )
    person = f"phantom-{phantom.spec.seed}-{phantom.examination}"
    series = tuple(
        Series(
            f"{person}-{name}",
            f"SAG {name.upper()} SYNTHETIC",
            "MR",
            Plane.SAGITTAL,
            _WEIGHTINGS[name],
            "the phantom's",
            one.pixels,
            part,
            part.spacing,
            THICKNESS,
            (),
            (None,) * len(indices),
            frame_of_reference_uid=person,
            synthetic=True,
        )
        for name, one in rendered.items()
    )
    digest = hashlib.sha256(b"".join(one.pixels.tobytes() for one in series)).hexdigest()
    return Study(series, (), Patient(person), digest)
