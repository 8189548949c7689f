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

    def heading(self, more: str = "") -> str:
        """Its label, ``more`` words, and an arrow the way that is better."""
        return f"{self.label}{more} {'↑' if self.direction is Direction.HIGHER else '↓'}"


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
        "similarity",
        "Structural similarity (SSIM)",
        Direction.HIGHER,
        "agreement",
        "Wang et al. 2004, doi 10.1109/TIP.2003.819861",
        "Two maps that are empty nearly everywhere look alike by that alone: compare with chance, never with 1.",
    ),
    Metric(
        "sign_agreement",
        "Agreement of signs",
        Direction.HIGHER,
        "agreement",
        "Krishna et al. 2022, arXiv 2202.01602",
        "Told only where both methods know what speaks against the answer; looks at the largest tenth alone.",
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
        "road",
        "Answer after removal (ROAD)",
        Direction.LOWER,
        "faithfulness",
        "Rong et al. 2022, arXiv 2202.00449",
        "The hole is smoothed over from its edges, which can draw new anatomy; blocks are removed, not pixels.",
    ),
    Metric(
        "infidelity",
        "Not foretold (infidelity)",
        Direction.LOWER,
        "faithfulness",
        "Yeh et al. 2019, arXiv 1901.09392",
        "Share of the answers' changes under random squares that the map did not foretell. That larger squares change "
        "more, any map foretells: compare with the controls, never with 1.",
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
        "pointing",
        "Strongest point inside (pointing game)",
        Direction.HIGHER,
        "localisation",
        "Zhang et al. 2016, arXiv 1608.00507",
        "One pixel decides; by chance it is inside as often as the place covers the picture.",
    ),
    Metric(
        "iou_best",
        "Overlap at the best threshold (IoU)",
        Direction.HIGHER,
        "localisation",
        "Choe et al. 2020, arXiv 2001.07437",
        "The threshold is chosen with the outlines in hand, so it flatters every map, controls too.",
    ),
    Metric(
        "iou_fixed",
        "Overlap as drawn (IoU at a fifth of the peak)",
        Direction.HIGHER,
        "localisation",
        "Zhou et al. 2016, arXiv 1512.04150",
        "A small lesion inside a large structure can never reach 1, however well the map finds it.",
    ),
    Metric(
        "outside",
        "Relevance outside the image",
        Direction.LOWER,
        "localisation",
        "Alsallakh et al. 2021, arXiv 2010.02178",
        "There is no anatomy there, so that relevance there is a trap; but coarse maps reach over the image's edge. "
        "An even map has as much relevance outside as the input has pixels.",
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
        "robustness",
        "Likeness after a change of the picture",
        Direction.HIGHER,
        "robustness",
        "Ghorbani et al. 2019, arXiv 1710.10547",
        "A map may rightly move where the answer does; it is told of as a fault only where the grade stays.",
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
