"""What the released networks say of the bundled phantoms, computed once by ``make phantom-sets``."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from spine_core.assets import ASSETS
from spine_core.phantom import PhantomSpec, random_case
from spine_core.study.types import Study
from spine_core.teaching.phantom_sets.specs import graded_case
from spine_core.teaching.released import ReleasedFinding

STORED = ASSETS / "teaching" / "phantom-sets.zip"
CASES, MAPS = "cases.json", "maps"

GRADED_SET, MIXED_SET = "graded", "mixed"


@dataclass(frozen=True)
class BundledCase:
    """``findings``: released of the case; their views name a series by its number in the study.

    ``misread``: level and condition of the findings at which the networks are wrong.
    """

    set_name: str
    seed: int
    number: int
    learning_point: str
    findings: tuple[ReleasedFinding, ...]
    misread: tuple[tuple[str, str], ...]

    @property
    def spec(self) -> PhantomSpec:
        """The phantom."""
        return graded_case(self.number) if self.set_name == GRADED_SET else random_case(self.seed)

    def findings_in(self, study: Study) -> tuple[ReleasedFinding, ...]:
        """``findings`` with the uids that the series have in ``study``."""
        return tuple(_with_series(one, lambda uid: study.series[int(uid)].uid) for one in self.findings)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> BundledCase:
        """The case of JSON values."""
        return cls(
            **{
                **values,
                "findings": tuple(ReleasedFinding.of(one) for one in values["findings"]),
                "misread": tuple((level, condition) for level, condition in values["misread"]),
            }
        )


@dataclass(frozen=True)
class Bundle:
    """``networks``: hash of the network that was asked. ``maps``: stored maps by hash."""

    networks: str
    cases: tuple[BundledCase, ...]
    maps: Mapping[str, bytes]

    def cases_of(self, set_name: str) -> tuple[BundledCase, ...]:
        """The cases of one set, in order."""
        return tuple(one for one in self.cases if one.set_name == set_name)


def by_series_number(finding: ReleasedFinding, study: Study) -> ReleasedFinding:
    """``finding`` with the number of its series in ``study`` in place of the uid."""
    numbers = {one.uid: str(number) for number, one in enumerate(study.series)}
    return _with_series(finding, numbers.__getitem__)


def _with_series(finding: ReleasedFinding, renamed: Any) -> ReleasedFinding:
    if finding.view is None:
        return finding
    return replace(finding, view=replace(finding.view, series_uid=renamed(finding.view.series_uid)))


def write_bundle(bundle: Bundle) -> None:
    """Stores it; equal bundles give equal bytes."""
    STORED.parent.mkdir(exist_ok=True)
    values = {"networks": bundle.networks, "cases": [asdict(one) for one in bundle.cases]}
    with zipfile.ZipFile(STORED, "w", zipfile.ZIP_STORED) as archive:
        # Without a date of its own, a ZipInfo is of 1980.
        archive.writestr(zipfile.ZipInfo(CASES), json.dumps(values, sort_keys=True, indent=1))
        for sha256 in sorted(bundle.maps):
            archive.writestr(zipfile.ZipInfo(f"{MAPS}/{sha256}"), bundle.maps[sha256])


@cache
def read_bundle() -> Bundle:
    """The bundle that comes with this version."""
    with zipfile.ZipFile(STORED) as archive:
        values = json.loads(archive.read(CASES))
        names = [name for name in archive.namelist() if name != CASES]
        maps = {name.removeprefix(f"{MAPS}/"): archive.read(name) for name in names}
    assert all(hashlib.sha256(data).hexdigest() == sha256 for sha256, data in maps.items())
    return Bundle(values["networks"], tuple(BundledCase.of(one) for one in values["cases"]), maps)
