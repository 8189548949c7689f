"""The documentation's page "What is read and what is refused", made from the rules themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from spine_core.grading.position_checks import LEAST_DISCS, LEAST_RESPONSE
from spine_core.study import limits
from spine_core.study.dicom.modality import ModalityEvidence
from spine_core.study.dicom.weighting import WEIGHTING_RANGES
from spine_core.study.gradability import RULES, STACK_RULES
from spine_core.study.unsupported_formats import FORMATS

READ = (
    (
        "DICOM",
        "Part 10 files and bare data sets, classic, enhanced and legacy-converted MR, any ending or none",
    ),
    ("NIfTI-1 and NIfTI-2", ".nii, .nii.gz, pairs of .hdr and .img; Analyze 7.5 without orientation"),
    ("PNG, JPEG", "one image is one slice without coordinates"),
    (
        "ZIP; TAR, plain or with gzip, bzip2 or xz; gzip",
        "what is inside is read; archives inside archives are not",
    ),
)
"""What is read, and as what."""

AFTER_DETECTION = (
    (
        "No lumbar spine",
        "the disc detector finds no chain of three discs, or none that it takes for lumbar ones",
    ),
    ("Slice to the side of the midline", "no spinal canal is segmented behind most discs of the slice"),
    (
        "Single slice that shows too little",
        f"uncertain level count, and fewer than {LEAST_DISCS} discs or a mean detector response below {LEAST_RESPONSE}",
    ),
    ("Disc unlike those of the training data", "out-of-distribution test of the network's features"),
    ("T1 and T2 of two examinations", "Study Instance UID, Study Date: only one of the two is graded"),
)
"""What is decided once the networks have looked."""


def rules_page() -> str:
    """The page as Markdown."""
    parts = (
        "# What is read and what is refused",
        "Made by `make docs` from the rules in `spine_core/study`; do not edit.",
        "SpineLens shows every image that it can decode. It grades only sagittal spin-echo T1 and T2 images of the "
        "lumbar spine, because the networks learned from nothing else. The reason stands beside every series that is "
        "shown and not graded, and every file that is left out is listed with one sentence.",
        "## Files that are read",
        _table(("format", "what is read"), READ),
        "## Files of other kinds",
        "They are named by their first bytes, whatever they are called.",
        _table(("file", "what is said"), dict.fromkeys((one.what, one.advice) for one in FORMATS)),
        "## Is it MR?",
        "The first of these that is there decides: "
        + "; ".join(evidence for evidence in ModalityEvidence if evidence is not ModalityEvidence.NONE)
        + ". Where none is, the series is read with a note if the disc detector finds a sagittal lumbar spine in it.",
        "## T1 or T2?",
        "Measured times outrank the name of the series; where they disagree, a note says so. A header without both is "
        "decided by the user's statement or by the pixels (canal against marrow); a header that says something else is "
        "never decided by pixels.",
        _table(("weighting", "times"), WEIGHTING_RANGES),
        "## Images that are shown and not graded",
        "In this order; the first that applies gives the reason.",
        _table(("kind", "evidence"), _kinds()),
        "## Limits of an upload",
        _table(("limit", "value"), _limits()),
    )
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _kinds() -> list[tuple[str, str]]:
    header = [(rule.kind, rule.evidence) for rule in RULES]
    return header + [(rule.kind, rule.evidence) for rule in STACK_RULES] + list(AFTER_DETECTION)


def _limits() -> list[tuple[str, str]]:
    return [
        ("files", f"{limits.MAX_FILES:,}"),
        ("one file", f"{limits.MAX_FILE_BYTES // limits.MIB} MB"),
        ("all files once unpacked", f"{limits.MAX_READ_BYTES // limits.MIB} MB"),
        ("pixels of a study", f"{limits.MAX_PIXEL_BYTES // limits.MIB} MB"),
        ("rows or columns of a slice", str(limits.MAX_SIDE)),
        ("frames of one object", f"{limits.MAX_FRAMES:,}"),
    ]


if __name__ == "__main__":
    sys.stdout.write(rules_page())
