from __future__ import annotations

import pytest

from spine_core.study import MultiplePatientsError, SourceFile, open_study
from spine_core.study.types import Study
from tests.study.made import mr, random_pixels, stored


def opened(one: dict[str, object], other: dict[str, object]) -> Study:
    sources = [
        SourceFile(f"f{n}", stored(mr((4.0 * n, 0, 0), pixels=random_pixels(n), **{**UTF8, **elements})))
        for n, elements in enumerate((one, other))
    ]
    return open_study(sources)


UTF8 = {"SpecificCharacterSet": "ISO_IR 192"}
NAMELESS = {"PatientID": None, "PatientName": None}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # one ID, the name in two scripts
        ({"PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう"}, {"PatientName": "Yamada^Tarou"}),
        ({"PatientName": "Yamada^Tarou=山田^太郎"}, {"PatientName": "=山田^太郎"}),
        ({"PatientName": "Yamada^Tarou"}, {"PatientName": "山田^太郎"}),
        ({"PatientName": "Müller^Anna"}, {"PatientName": "MULLER^ANNA^^Dr"}),
        ({"PatientBirthDate": "19700305"}, {"PatientBirthDate": ""}),
        ({"PatientSex": "F"}, {"PatientSex": "O"}),
        ({**NAMELESS}, {"PatientSex": "F"}),
    ],
)
def test_one_patient_spelt_in_two_ways_is_one(one, other) -> None:
    assert sum(series.slices for series in opened(one, other).series) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"PatientBirthDate": "19700305"}, {"PatientBirthDate": "19810305"}),
        ({"PatientSex": "F"}, {"PatientSex": "M"}),
        ({"PatientName": "Yamada^Tarou=山田^太郎"}, {"PatientName": "Suzuki^Jiro=鈴木^次郎"}),
        ({**NAMELESS, "PatientBirthDate": "19700305"}, {**NAMELESS, "PatientBirthDate": "19710305"}),
        ({"PatientID": None, "PatientName": "Yamada^Tarou"}, {"PatientID": None, "PatientName": "山田^太郎"}),
    ],
)
def test_contradicting_identities_are_several_patients(one, other) -> None:
    with pytest.raises(MultiplePatientsError) as error:
        opened(one, other)
    assert len(error.value.patients) == 2
