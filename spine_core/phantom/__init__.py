"""A parametric lumbar spine: from a spec to MR signal to a DICOM study with known truth.

All output is labelled synthetic and is never mixed with results on patients.
"""

from spine_core.phantom.demo import DEMO, DEMO_SEED, demo_study, make_from_cli
from spine_core.phantom.dicom import truth, write_study
from spine_core.phantom.render import (
    Phantom,
    Rendered,
    axial_slices,
    build,
    mid_index,
    mid_slice,
    sagittal_pair,
    sagittal_slices,
)
from spine_core.phantom.spec import (
    LESIONS,
    LevelSpec,
    PhantomSpec,
    healthy,
    random_case,
    with_lesion,
    without,
)

__all__ = [
    "DEMO",
    "DEMO_SEED",
    "LESIONS",
    "LevelSpec",
    "Phantom",
    "PhantomSpec",
    "Rendered",
    "axial_slices",
    "build",
    "demo_study",
    "healthy",
    "make_from_cli",
    "mid_index",
    "mid_slice",
    "random_case",
    "sagittal_pair",
    "sagittal_slices",
    "truth",
    "with_lesion",
    "without",
    "write_study",
]
