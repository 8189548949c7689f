"""The datasets that networks are trained and evaluated on. A new one is a reader and a line here.

The order is that of the teachers' heads and of all tables: new datasets go before the phantoms only with new teachers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dataset:
    """``origin``: where its patients come from. ``colours``: of its curves, by weighting; none where it is not plotted.

    ``patients``: real ones, read from the data folder by ``training.datasets.NAME.read``.
    """

    name: str
    label: str
    origin: str
    colours: Mapping[str, str] = field(default_factory=dict)
    patients: bool = True


DATASETS: tuple[Dataset, ...] = (
    Dataset("sudirman", "Sudirman", "one hospital", {"t2": "#0072B2", "t1": "#56B4E9"}),
    Dataset("spider", "SPIDER", "four hospitals", {"t2": "#D55E00", "t1": "#E69F00"}),
    Dataset("phantom", "phantoms", "synthetic", patients=False),
)

DATASET_KEYS = tuple(one.name for one in DATASETS)
PATIENT_DATASETS = tuple(one.name for one in DATASETS if one.patients)
DATASET_LABELS = {one.name: f"{one.label} ({one.origin})" for one in DATASETS}
