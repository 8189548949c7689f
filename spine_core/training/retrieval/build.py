"""``train retrieval``: chooses the embedding on fold 1 and writes the released index of discs of folds 1 to 4."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.datasets import DATASET_LABELS
from spine_core.evaluation.splits import CALIBRATION_FOLD, TEST_FOLD
from spine_core.networks.conditions import CONDITIONS
from spine_core.networks.network import Network
from spine_core.networks.registry import load_bundle
from spine_core.retrieval.embedding import join_members, member_widths, unit
from spine_core.retrieval.index import DiscIndex
from spine_core.retrieval.index_file import INDEX, save_index
from spine_core.retrieval.pictures import file_hash
from spine_core.training.commands import TrainingRun, report
from spine_core.training.datasets.crop_cache import UNKNOWN
from spine_core.training.model_card.stored_results import rounded
from spine_core.training.retrieval.embedded_discs import CHANNELS, EmbeddedDiscs, load_discs
from spine_core.training.retrieval.rankings import mean_p1

COMPONENTS = 128
"""Principal directions of the stored embeddings: a sixteenth of the features, so that the file stays small."""

Array = npt.NDArray[np.float32]


def discs_of_run(run: TrainingRun) -> EmbeddedDiscs:
    """The features of all labelled discs, from ``run.checkpoint_dir`` or computed; about an hour on two cores."""
    bundle = load_bundle(device=run.device)
    return load_discs(run.checkpoint_dir / "retrieval.npz", bundle, lambda: run.images(space=False))


def train_retrieval(run: TrainingRun) -> None:
    """Chooses the embedding by P@1 on fold 1, writes the index and what was chosen from into its card."""
    network = load_bundle(device=run.device).grader
    discs = discs_of_run(run)
    rows = list(candidates(network, discs))
    chosen = max((row for row in rows if row["components"]), key=lambda row: float(row["p1"]))
    for row in rows:
        report(f"{row['name']}, {row['components'] or 'all'} components: P@1 {row['p1']:.3f}")
    index = index_of(network, discs.where(indexed(discs)), chosen["name"])
    save_index(index, INDEX)
    path = INDEX.with_suffix(".json")
    card = json.loads(path.read_text()) | {
        "embedding": chosen["name"],
        "candidates": rounded(rows),
        "trained_by": "python -m spine_core train retrieval",
        "discs": disc_count(index),
        "patients": len(np.unique(index.patients)),
        "sources": {name: DATASET_LABELS[name] for name in np.unique(index.sources).tolist()},
    }
    path.write_text(json.dumps(card, indent=1) + "\n")
    report(f"{path}: {len(index)} rows, {chosen['name']}")


def indexed(discs: EmbeddedDiscs) -> npt.NDArray[np.bool_]:
    """The rows of the released index: no disc of a test patient, all placed as in training."""
    return np.asarray((discs.fold != TEST_FOLD) & ~discs.detected)


def disc_count(index: DiscIndex) -> int:
    """The discs of an index: one with both weightings has three rows, one with a single weighting has one."""
    both = int((index.weightings == "+".join(CHANNELS)).sum())
    return len(index) - 2 * both


def candidates(network: Network, discs: EmbeddedDiscs) -> Iterator[dict[str, Any]]:
    """Every choice of the embedding with its P@1 on fold 1: mean over conditions and weightings.

    Queries: discs of fold 1 where the detector places them. They are compared with the discs of folds 2 to 4.
    """
    queries = discs.where((discs.fold == CALIBRATION_FOLD) & discs.detected)
    compared = discs.where(indexed(discs) & (discs.fold != CALIBRATION_FOLD))
    features = joined(network, queries), joined(network, compared)
    for name, columns in parts(network).items():
        own = unit(features[0][:, columns]), unit(features[1][:, columns])
        directions = principal_directions(own[1])
        for count, pair in ((0, own), (COMPONENTS, tuple(unit(one @ directions) for one in own))):
            p1, number = mean_p1(queries, compared, (pair[0], pair[1]))
            yield {"name": name, "components": count, "p1": p1, "tasks": number}


def parts(network: Network) -> dict[str, slice]:
    """Columns of the joined features by what the embedding is made of: the ensemble, or one member."""
    widths = member_widths(network)
    ends = np.cumsum((0, *widths))
    members = getattr(network, "members", ())
    return {
        "ensemble": slice(0, int(ends[-1])),
        **{
            one.id.name: slice(int(start), int(stop))
            for one, start, stop in zip(members, ends[:-1], ends[1:], strict=True)
        },
    }


def joined(network: Network, discs: EmbeddedDiscs) -> Array:
    """Embeddings (N, features) as ``retrieval.embedding.embed`` makes them."""
    return join_members(discs.ensemble.astype(np.float32), member_widths(network))


def principal_directions(features: Array) -> Array:
    """(C, COMPONENTS): of the uncentred features (N, C), so that cosines are kept as far as the directions go."""
    _, directions = np.linalg.eigh((features.T @ features).astype(np.float64))
    return np.asarray(directions[:, ::-1][:, :COMPONENTS], dtype=np.float32)


def basis_of(network: Network, discs: EmbeddedDiscs, name: str) -> Array:
    """(features, COMPONENTS): picks the columns of ``name`` and projects them on their principal directions."""
    columns, features = parts(network)[name], joined(network, discs)
    basis = np.zeros((features.shape[1], COMPONENTS), dtype=np.float32)
    basis[columns] = principal_directions(unit(features[:, columns]))
    return basis


def projected(network: Network, basis: Array, discs: EmbeddedDiscs) -> Array:
    """Unit embeddings (N, COMPONENTS) by a basis."""
    return unit(joined(network, discs) @ basis)


def index_of(network: Network, discs: EmbeddedDiscs, name: str) -> DiscIndex:
    """The index of ``discs``. Patients become running numbers in random order, files salted hashes."""
    basis, salt = basis_of(network, discs, name), secrets.token_hex(8)
    return DiscIndex(
        network=network.id.sha256,
        embeddings=projected(network, basis, discs),
        levels=discs.level,
        patients=anonymous(discs.source, discs.patient, salt),
        sources=discs.source,
        weightings=weightings(discs),
        grades=grade_numbers(discs.labels),
        conditions={one.name: one.grades for one in CONDITIONS},
        basis=basis,
        images=np.array([
            [file_hash(salt, str(source), str(file)) if file else "" for file in files]
            for source, files in zip(discs.source, discs.names, strict=True)
        ]),
        places=discs.places,
        salt=salt,
    ).with_distances()  # fmt: skip


def grade_numbers(labels: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Labels (N, K), which count as the grades are named (Pfirrmann from 1), as indices of the grades; -1 stays."""
    first = np.array([int(one.grades[0]) for one in CONDITIONS], dtype=np.int8)
    return np.where(labels == UNKNOWN, labels, labels - first).astype(np.int8)


def weightings(discs: EmbeddedDiscs) -> npt.NDArray[np.str_]:
    """The weightings of every row in words, "t2+t1" (N,)."""
    return np.array(
        ["+".join(name for name, used in zip(CHANNELS, use, strict=True) if used) for use in discs.use]
    )


def anonymous(sources: Iterable[str], patients: Iterable[str], salt: str) -> npt.NDArray[np.str_]:
    """A running number for every patient, in an order that only the salt tells."""
    names = [f"{source} {patient}" for source, patient in zip(sources, patients, strict=True)]
    ordered = sorted(set(names), key=lambda name: hashlib.sha256(f"{salt} {name}".encode()).hexdigest())
    numbers = {name: f"{number:04}" for number, name in enumerate(ordered, start=1)}
    return np.array([numbers[name] for name in names])
