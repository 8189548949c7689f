"""What other networks tell the ones that ship beside the labels (Hinton 2015, arXiv 1503.02531).

Their answers say how sure one may be of a disc, and answer what the labels of a set leave open. Every teacher is
trained without one part of the training patients and answers about that part alone: what a network was shown with its
label it knows by heart, right or wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.assets import ASSETS
from spine_core.evaluation.types import SETS_IN_ORDER
from spine_core.networks.conditions import CONDITIONS, Scale
from spine_core.networks.target import LOGIT_SLICES, LOGITS
from spine_core.training.calibration.affine import fit
from spine_core.training.datasets.crop_cache import Crops
from spine_core.training.models.targets_and_loss import labels_seen, targets

if TYPE_CHECKING:
    import torch

PARTS = 5
"""Parts of the training patients: a teacher learns from four of them and answers about the fifth."""

KEPT = ASSETS / "lessons" / "lessons.npz"
"""What the teachers said together of every training disc: graders can be taught again without them."""


class LessonsError(ValueError):
    """What teachers said is not there or is about other discs; the text says which and what to do."""


def parts(crops: Crops) -> npt.NDArray[np.int64]:
    """The part that each disc's patient belongs to (N,); the patients of every set are dealt out in turn."""
    patients = sorted({(key[0], key[1]) for key in crops.keys})
    ranks = {one: sum(other[0] == one[0] for other in patients[:i]) for i, one in enumerate(patients)}
    return np.array([ranks[key[0], key[1]] % PARTS for key in crops.keys])


def heads(crops: Crops) -> npt.NDArray[np.int64]:
    """The head that answers for each disc (N,): that of its set, since sets draw the line of a bulge differently."""
    return np.array([SETS_IN_ORDER.index(key[0]) for key in crops.keys])


def own_answers(raw: npt.NDArray[np.float32], crops: Crops, learned: Crops) -> npt.NDArray[np.float32]:
    """Logits (N, LOGITS) of the right head, from all heads' (N, sets * LOGITS).

    What the set of a disc has no labels of in ``learned`` is answered by the other patients' heads, and by that of the
    phantoms where no patients have any.
    """
    by_head = raw.reshape(len(raw), len(SETS_IN_ORDER), LOGITS)
    out = np.empty((len(raw), LOGITS), dtype=np.float32)
    able = _labelled(learned)
    own = heads(crops)
    for number, column in product(range(len(SETS_IN_ORDER)), range(LOGITS)):
        rows = own == number
        out[rows, column] = by_head[rows][:, _asked(number, able[:, column]), column].mean(1)
    return out


def _asked(own: int, able: npt.NDArray[np.bool_]) -> list[int]:
    """The heads that answer for discs of the set ``own``. ``able``: which sets have labels of what is asked."""
    phantoms = SETS_IN_ORDER.index("phantom")
    patients = [i for i in range(len(SETS_IN_ORDER)) if i != phantoms]
    for some in ([own], patients, [phantoms]):
        if able[some].any():
            return [i for i in some if able[i]]
    return [own]


def _labelled(crops: Crops) -> npt.NDArray[np.bool_]:
    """Of which logits each set has labels: (sets, LOGITS)."""
    _, known = targets(labels_seen(crops.labels, crops.present))
    own = heads(crops)
    return np.stack([known[own == number].any(axis=0) for number in range(len(SETS_IN_ORDER))])


def kept_at(work: Path, backbone: str, part: int) -> Path:
    """Where a teacher's answers are kept until all are there."""
    return work / f"teacher-{backbone}-{part}.npz"


def gathered(work: Path, crops: Crops) -> dict[str, npt.NDArray[np.float32]]:
    """Raw logits (N, LOGITS) about every disc by backbone of the teachers that have answered in ``work``.

    Raises ``LessonsError`` as ``answered`` does.
    """
    return {backbone: _about_all(work, backbone, crops) for backbone in answered(work)}


def answered(work: Path) -> list[str]:
    """Backbones of the teachers that have answered in ``work``.

    Raises ``LessonsError`` where none has, or one has not answered about all parts.
    """
    backbones = sorted({path.stem.split("-")[1] for path in work.glob("teacher-*-*.npz")})
    if not backbones:
        msg = f"no teacher has answered in {work}: `train teacher` comes first"
        raise LessonsError(msg)
    for backbone, part in product(backbones, range(PARTS)):
        path = kept_at(work, backbone, part)
        if not path.is_file():
            msg = f"{path} is missing: `train teacher --backbone {backbone} --part {part}` makes it"
            raise LessonsError(msg)
    return backbones


def _about_all(work: Path, backbone: str, crops: Crops) -> npt.NDArray[np.float32]:
    out = np.empty((len(crops.keys), LOGITS), dtype=np.float32)
    own = parts(crops)
    for part in range(PARTS):
        out[own == part] = np.load(kept_at(work, backbone, part))["raw"]
    return out


def together(by_backbone: Mapping[str, npt.NDArray[np.float32]], crops: Crops) -> npt.NDArray[np.float32]:
    """The teachers' mean, calibrated on the labels of discs that none of them has seen: (N, LOGITS)."""
    raw = np.mean(list(by_backbone.values()), axis=0)
    slope, offset = fit(raw.astype(np.float64), *targets(labels_seen(crops.labels, crops.present)))
    return np.asarray(raw * slope + offset, dtype=np.float32)


def save(path: Path, taught: npt.NDArray[np.float32], crops: Crops, backbones: Iterable[str]) -> None:
    """Keeps what the teachers say together of each disc; half precision is finer than they are sure."""
    keys = np.array(_names(crops))
    np.savez_compressed(
        path, taught=taught.astype(np.float16), keys=keys, backbones=np.array(sorted(backbones))
    )


def load(path: Path, crops: Crops) -> tuple[npt.NDArray[np.float32], tuple[str, ...]]:
    """What ``save`` kept of ``crops``, and the teachers' backbones; it may be about more discs.

    Raises ``LessonsError`` where it says nothing of one of them.
    """
    kept = np.load(path, allow_pickle=False)
    rows = _rows(kept["keys"].tolist())
    names = _rows(_names(crops))
    if not names.keys() <= rows.keys():
        msg = f"{path.name} is about other discs than those that are to be learned from: `train lessons` makes it anew"
        raise LessonsError(msg)
    taught = kept["taught"][[rows[name] for name in names]].astype(np.float32)
    return taught, tuple(str(one) for one in kept["backbones"])


def _rows(names: list[str]) -> dict[tuple[str, int], int]:
    """Row of every disc. Discs above L1/L2 share a name and are told apart by their order."""
    seen: Counter[str] = Counter()
    out = {}
    for row, name in enumerate(names):
        out[name, seen[name]] = row
        seen[name] += 1
    return out


def _names(crops: Crops) -> list[str]:
    return ["\t".join(map(str, key)) for key in crops.keys]


def disagreement(raw: torch.Tensor, taught: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy between a pupil's raw logits (N, LOGITS) and the teachers' calibrated ones ``taught``.

    ``weight``: of a positive answer per logit in the loss of the labels, which moves what the pupil says by its
    logarithm; what it is taught is moved alike, so that the two do not pull apart.
    """
    from torch.nn import functional

    total = raw.new_zeros(())
    for condition in CONDITIONS:
        part = LOGIT_SLICES[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            wanted = functional.softmax(taught[:, part] + weight[part].clamp(1.0).log(), 1)
            share = -(functional.log_softmax(raw[:, part], 1) * wanted).sum(1).mean()
        else:
            wanted = (taught[:, part] + weight[part].log()).sigmoid()
            share = functional.binary_cross_entropy_with_logits(raw[:, part], wanted)
        total = total + share
    return total / len(CONDITIONS)
