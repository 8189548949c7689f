"""The hanging protocol of a lumbar spine: which series are shown side by side when a study opens."""

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
    study: Study, inferred: Mapping[str, str], intersects: Callable[[Series], bool]
) -> tuple[tuple[Series, ...], int]:
    """Up to four series in the order of the panes, and how many of them fill a role of the protocol (at least 1).

    Sagittal T2, sagittal T1 and axial T2 come first, then the other series in their order. Of several series for one
    role, the order of preference is: ``intersects`` is True, gradable without fat suppression and contrast agent, more
    slices. ``inferred``: weighting by series uid where the header lacks it. ``intersects``: True for a series that
    shows the region of interest; also preferred among the other series.
    """
    placed: list[Series] = []
    for plane, weightings in ROLES:
        fitting = [s for s in study.series if s.plane is plane and _weighting(s, inferred) in weightings]
        if fitting:
            placed.append(
                max(fitting, key=lambda series: (intersects(series), _plain(series), series.slices))
            )
    others = sorted((s for s in study.series if s not in placed), key=lambda series: not intersects(series))
    return (*placed, *others)[:PANES], max(1, len(placed))


def _plain(series: Series) -> bool:
    graded = not series.not_gradable or series.plane is Plane.AXIAL
    return graded and not series.fat_suppressed and not series.contrast_enhanced


def _weighting(series: Series, inferred: Mapping[str, str]) -> str:
    return inferred.get(series.uid, series.weighting)
