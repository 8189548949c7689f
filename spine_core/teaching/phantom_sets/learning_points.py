"""What each bundled case teaches, in words."""

from __future__ import annotations

from collections.abc import Collection

from spine_core.networks.conditions import BY_NAME
from spine_core.phantom import Phantom

WORDS = {
    "herniation": "Disc material stands out focally into the canal by {size:.1f} mm. Compare the contour with the "
    "discs above and below, and look at the axial slices: a herniation off the midline is missed on the middle slice.",
    "bulging": "The disc's edge stands out all around, by {size:.1f} mm. A bulge has a broad base; what is narrower at "
    "its edge than a quarter of the circumference is a herniation.",
    "pfirrmann": "The grade follows the signal of the nucleus first and the height second: III is grey with nearly "
    "normal height, IV is dark, V is collapsed.",
}
ABSENT = {
    "herniation": "There is no herniation here. A bulge, or the posterior ligament beside a dark disc, can look like "
    "one on a single slice.",
    "bulging": "There is no bulge here: the edge stands out by less than 1.5 mm.",
}


def learning_point(phantom: Phantom, place: tuple[str, str], misread: Collection[tuple[str, str]]) -> str:
    """``place``: level and condition that the case is about. ``misread``: those at which the networks are wrong."""
    level, condition = place
    spec, grade = phantom.spec.levels[level], phantom.grades[level][condition]
    size = spec.herniation if condition == "herniation" else spec.bulge
    words = WORDS[condition] if condition == "pfirrmann" or grade == "1" else ABSENT[condition]
    about = f"{level}, {BY_NAME[condition].label}: {words.format(size=size)}"
    if not misread:
        return about
    wrong = ", ".join(f"{one} {BY_NAME[name].label}" for one, name in misread)
    return f"{about} The networks are wrong here ({wrong}). Did their map look convincing?"
