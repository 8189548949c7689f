"""Which series stand beside one another when a study opens, as a radiologist hangs a lumbar spine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spine_core.study.types import Plane, Series, Study, Weighting

PANES = 4

ROLES: tuple[tuple[Plane, tuple[Weighting, ...]], ...] = (
    (Plane.SAGITTAL, (Weighting.T2, Weighting.T2_SPACE)),
    (Plane.SAGITTAL, (Weighting.T1,)),
    (Plane.AXIAL, (Weighting.T2, Weighting.T2_SPACE)),
)


def arrange(
    study: Study, told: Mapping[str, str], meets: Callable[[Series], bool]
) -> tuple[tuple[Series, ...], int]:
    """Up to four series in the order of the panes, and how many of them have a place of their own.

    Sagittal T2, sagittal T1 and axial T2 come first, then the others in their order; at least one counts as placed.
    ``told``: weighting by series uid where the header is silent. ``meets``: True for a series that passes through
    what the reader looks at, preferred among several of a kind and among the others; of a kind then the one that is
    graded and has neither suppressed fat nor contrast agent, then the one with more slices.
    """
    placed: list[Series] = []
    for plane, weightings in ROLES:
        fitting = [s for s in study.series if s.plane is plane and _weighting(s, told) in weightings]
        if fitting:
            placed.append(max(fitting, key=lambda series: (meets(series), _plain(series), series.slices)))
    others = sorted((s for s in study.series if s not in placed), key=lambda series: not meets(series))
    return (*placed, *others)[:PANES], max(1, len(placed))


def _plain(series: Series) -> bool:
    graded = not series.not_gradable or series.plane is Plane.AXIAL
    return graded and not series.fat_suppressed and not series.contrast_enhanced


def _weighting(series: Series, told: Mapping[str, str]) -> str:
    return told.get(series.uid, series.weighting)
