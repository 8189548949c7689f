"""Which series of a study are fetched unless the user says otherwise: MR of the lumbar spine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spine_core.pacs.types import FoundSeries

LUMBAR = ("LSPINE", "LSSPINE", "LUMBARSPINE", "SPINE", "LUMBAR")
"""Body Part Examined of PS3.16 Annex L, and what scanners write for it."""

NOT_USED = re.compile(r"loc|scout|survey|plan|smart|myelo|calib|report|screen", re.IGNORECASE)
"""Descriptions of series that are never graded."""

OTHER_PART = re.compile(r"cerv|thor|brain|head|knee|pelvis|hip|c-?spine|t-?spine", re.IGNORECASE)


def preselected(series: Sequence[FoundSeries]) -> tuple[str, ...]:
    """Uids of the series to fetch; all MR where the descriptions say nothing."""
    images = [one for one in series if one.modality == "MR"]
    chosen = [one for one in images if _useful(one)]
    return tuple(one.uid for one in (chosen or images))


def _useful(one: FoundSeries) -> bool:
    part = re.sub(r"[^A-Z]", "", one.body_part.upper())
    if part and part not in LUMBAR:
        return False
    return not NOT_USED.search(one.description) and not OTHER_PART.search(one.description)
