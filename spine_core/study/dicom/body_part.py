"""Which body part a header names, and whether a series is a localizer.

No single word decides: the body part is often left at the scanner's last setting, and free text mentions legs and
heads for other reasons ("Back and leg pain", "HEAD FIRST"). A lumbar word in any field outweighs them. Another body
part needs a specific word, or two fields that agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

SUFFICIENT_EVIDENCE = 2
"""Least weight of evidence at which a header counts as naming another body part."""

_LUMBAR = re.compile(
    r"\b(?:l ?spine|ls ?spine|l ?s ?sp\w*|lsp|lws|lumb\w*|\w*lumbar|lomb\w*|thoracolumb\w*|toracolomb\w*|lenden\w*|"
    r"sacr\w*|sakr\w*|ledzwi\w*|bederni\w*|agyeki\w*|поясн\w*|οσφυ\w*|l[1-5](?: ?l?[1-5]| ?s1)?|s1)\b|腰|요추"
)
"""The lumbar spine in the languages of the public datasets and of common scanners, and its levels."""
_SPECIFIC = re.compile(
    r"\b(?:c ?spine|cervic\w*|hws|t ?spine|thoracic|thoracal\w*|dorsal|bws|brain|cerebr\w*|encef\w*|gehirn|skull|"
    r"cranium|cranial|orbits?|iac|knees?|knie|genou|rodilla|joelho|shoulders?|schulter|epaule|hombro|ankles?|wrists?|"
    r"elbows?|breasts?|mamma|cardiac|liver|kidneys?|prostat\w*|uterus|femur|tibia|humerus|extremit\w*)\b"
)
"""Words that are specific to another body part."""
_AMBIGUOUS = re.compile(
    r"\b(?:head|kopf|neck|hals|hips?|hands?|foot|feet|legs?|arms?|thorax|chest|heart|abdomen|abdominal|pelvis|pelvic)\b"
)
"""Ambiguous words: may come from old settings, complaints, or the patient's position."""
_POSITION = re.compile(r"\b(?:head|feet|foot) (?:first|1st)\b")
_COMPLAINT = re.compile(
    r"\b(?:pains?|aches?|numb\w*|weak\w*|radicul\w*|radiat\w*|sciatica|ischias|injur\w*|trauma|history|hx|replacement|"
    r"schmerz\w*|douleurs?|dor|dolor\w*|claudic\w*|symptoms?)\b"
)
"""Words of a referral: body parts in such a text are the site of the complaint, not what was imaged."""

_LOCALIZER = re.compile(r"\b(?:localizer|localiser|scout|survey|3 ?plane|topogram|pilot|3pl loc|plane loc)\b")
_LOC = re.compile(r"\bloc\b")


def words(*texts: str) -> str:
    """Lower-case words without accents, separated by single spaces: ``T2_TSE-sag`` becomes ``t2 tse sag``."""
    plain = unicodedata.normalize("NFKD", " ".join(texts)).casefold().replace("ł", "l")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def is_localizer(header: Mapping[str, str]) -> bool:
    """True where image type or description name a localizer, scout or survey; "loc L5" is a location."""
    if "LOCALIZER" in header.get("ImageType", "").upper().split("\\"):
        return True
    name = _own_name(header)
    return bool(_LOCALIZER.search(name) or (_LOC.search(name) and not _LUMBAR.search(name)))


def other_body_part(header: Mapping[str, str], study_description: str) -> str:
    """The body part other than the lumbar spine that the header names with enough evidence; else empty."""
    part, weight = _evidence(header, study_description)
    return part if weight >= SUFFICIENT_EVIDENCE else ""


def mentioned_body_part(header: Mapping[str, str], study_description: str) -> str:
    """Another body part that the header mentions with too little evidence to exclude the series; else empty."""
    part, weight = _evidence(header, study_description)
    return part if 0 < weight < SUFFICIENT_EVIDENCE else ""


def _own_name(header: Mapping[str, str]) -> str:
    return words(header.get("SeriesDescription", ""), header.get("ProtocolName", ""))


def _evidence(header: Mapping[str, str], study_description: str) -> tuple[str, int]:
    """The first other body part named, and the weight of all evidence; the series' own name has priority."""
    own = _POSITION.sub(" ", _own_name(header))
    if _LUMBAR.search(own):
        return "", 0
    if specific := _SPECIFIC.search(own):
        return specific.group(0), SUFFICIENT_EVIDENCE
    coded, study = words(header.get("BodyPartExamined", "")), words(study_description)
    if _LUMBAR.search(coded) or _LUMBAR.search(study):
        return "", 0
    found = [_body_part(own), _body_part(coded), _body_part(_POSITION.sub(" ", study))]
    return next((part for part, _ in found if part), ""), sum(weight for _, weight in found)


def _body_part(text: str) -> tuple[str, int]:
    if specific := _SPECIFIC.search(text):
        return specific.group(0), 1 if _COMPLAINT.search(text) else SUFFICIENT_EVIDENCE
    if ambiguous := _AMBIGUOUS.search(text):
        return ambiguous.group(0), 0 if _COMPLAINT.search(text) else 1
    return "", 0
