"""What each figure of a comparison means: the page's table, arrows and help texts are made from this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Metric:
    """Facts about one metric. ``property``: what it is meant to measure. ``caveat``: how it misleads."""

    name: str
    label: str
    direction: Direction
    property: str
    paper: str
    caveat: str


def facts(metric: Metric) -> str:
    """Direction, property, source and caveat in one text, for hovering."""
    return (
        f"{metric.property.capitalize()}; {metric.direction.value} is better. {metric.caveat} {metric.paper}"
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        "rank_correlation",
        "Rank correlation",
        Direction.HIGHER,
        "agreement",
        "Spearman 1904, doi 10.2307/1412159",
        "Two maps can agree and both be wrong; methods that ask different questions may rightly differ.",
    ),
    Metric(
        "overlap",
        "Overlap of the strongest tenth (Dice)",
        Direction.HIGHER,
        "agreement",
        "Dice 1945, doi 10.2307/1932409",
        "Unrelated maps overlap by a tenth on average; on a coarse grid a single cell changes it a lot.",
    ),
    Metric(
        "deletion",
        "Deletion area",
        Direction.LOWER,
        "faithfulness",
        "Petsiuk et al. 2018, arXiv 1806.07421",
        "Pictures with holes are unlike any the network was trained on; compare with the controls, never alone.",
    ),
    Metric(
        "insertion",
        "Insertion area",
        Direction.HIGHER,
        "faithfulness",
        "Petsiuk et al. 2018, arXiv 1806.07421",
        "Depends on what the hidden parts are filled with; compare with the controls, never alone.",
    ),
    Metric(
        "localisation",
        "Relevance inside the structure",
        Direction.HIGHER,
        "localisation",
        "Kohlbrenner et al. 2020, doi 10.1109/IJCNN48605.2020.9206975",
        "Shows whether the map fits anatomy, not whether the network used it; the masks are a network's own.",
    ),
    Metric(
        "stability",
        "Repeatability",
        Direction.HIGHER,
        "stability",
        "Arun et al. 2021, doi 10.1148/ryai.2021200267",
        "A map that never changes can still be wrong; methods that draw nothing do not depend on the seed at all.",
    ),
    Metric(
        "sanity",
        "Likeness after shuffling the weights",
        Direction.LOWER,
        "sanity",
        "Adebayo et al. 2018, arXiv 1810.03292",
        "A map that stays when the network has forgotten all shows the picture, not the reason. Faint maps of a "
        "shuffled network are compared by rank as if they were strong.",
    ),
    Metric(
        "complexity",
        "Concentration (Gini)",
        Direction.HIGHER,
        "complexity",
        "Chalasani et al. 2020, arXiv 1810.06583",
        "A map can be concentrated on the wrong place; coarse maps are blurred by their cells.",
    ),
    Metric(
        "cost",
        "Seconds",
        Direction.LOWER,
        "cost",
        "Measured on this machine; no doi",
        "Depends on what else the machine was doing.",
    ),
)

BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
