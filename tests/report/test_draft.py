from __future__ import annotations

from dataclasses import replace

import pytest

from spine_core.anatomy.measurements import Measurements
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Structure
from spine_core.networks.conditions import BY_NAME
from spine_core.networks.outputs import RELEASED
from spine_core.report.draft import draft, with_patient
from spine_core.report.types import GENERAL, IMPRESSION, NOT_ASSESSED, Author, Evidence, ReportState
from tests.report import making
from tests.report.making import STUDY, finding, level, reading, review, ungraded

NBSP = "\N{NO-BREAK SPACE}"


def said(report, section) -> dict[str, str]:
    return {one.key: one.text.replace(NBSP, " ") for one in report.section(section).sentences}


def test_the_demonstration_in_english():
    report = draft(STUDY, making.demo())
    assert said(report, "L4/L5") == {
        "pfirrmann": "Uncertain: Pfirrmann grade, IV is most probable (52 %); III cannot be excluded; "
        "the networks disagree.",
        "herniation": "Disc herniation suggested (99 %). Type (protrusion or extrusion), zone and side not "
        "assessed.",
        "canal_stenosis": "Indentation of the thecal sac suggested (98 %). This is not a graded stenosis.",
        "spondylolisthesis": "Uncertain: spondylolisthesis cannot be excluded (17 %).",
        "absent": "The networks report no disc bulging, disc space narrowing, Modic change, change of the "
        "endplate above the disc, change of the endplate below the disc, degenerative disc disease label.",
        "measured": "Measured on the segmentation: no measurable slip, disc height 10.8 mm, 0.44 of the "
        "vertebral height, disc signal 0.17 of cerebrospinal fluid, posterior disc extent 7.5 mm, spinal canal "
        "8.4 mm deep.",
    }
    assert said(report, "L2/L3")["pfirrmann"] == "Disc degeneration, Pfirrmann grade I (98 %)."
    assert said(report, IMPRESSION) == {
        "herniation-1-network": "Disc herniation (type, zone and side not assessed): L4/L5.",
        "canal_stenosis-1-network": "Indentation of the thecal sac: L4/L5.",
        "pfirrmann-4-network": "Disc degeneration, Pfirrmann grade IV: L4/L5 (uncertain), L5/S1.",
        "spondylolisthesis-1-possible": "Cannot be excluded: spondylolisthesis at L4/L5.",
        "not-graded": "No grades at L1/L2.",
    }


def test_the_demonstration_in_german():
    report = draft(STUDY, making.demo(), language="de")
    assert said(report, "L4/L5") | {"absent": ""} == {
        "pfirrmann": "Unsicher: Pfirrmann-Grad, am wahrscheinlichsten IV (52 %); III nicht ausgeschlossen; die "
        "Netzwerke sind sich uneinig.",
        "herniation": "Hinweis auf eine Bandscheibenherniation (99 %). Typ (Protrusion oder Extrusion), Zone und "
        "Seite nicht beurteilt.",
        "canal_stenosis": "Hinweis auf eine Impression des Duralsacks (98 %). Dies ist keine graduierte "
        "Spinalkanalstenose.",
        "spondylolisthesis": "Unsicher: Spondylolisthesis nicht ausgeschlossen (17 %).",
        "absent": "",
        "measured": "Auf der Segmentierung gemessen: kein messbarer Versatz, Bandscheibenhöhe 10,8 mm, 0,44 der "
        "Wirbelkörperhöhe, Bandscheibensignal 0,17 des Liquorsignals, Überragen des Bandscheibenhinterrands "
        "7,5 mm, sagittaler Durchmesser des Spinalkanals 8,4 mm.",
    }
    assert said(report, "L5/S1")["modic"] == (
        "Unsicher: Modic-Veränderung, am wahrscheinlichsten keine (55 %); Typ 2 nicht ausgeschlossen; die Netzwerke "
        "sind sich uneinig."
    )
    assert said(report, IMPRESSION)["not-graded"] == "Keine Angaben in Höhe L1/L2."


def test_every_sentence_names_its_author_its_evidence_and_its_uncertainty():
    found = {one.key: one for one in draft(STUDY, making.demo()).section("L4/L5").sentences}
    assert {key: (one.author, one.uncertain) for key, one in found.items()} == {
        "pfirrmann": (Author.NETWORK, True),
        "herniation": (Author.NETWORK, False),
        "canal_stenosis": (Author.NETWORK, False),
        "spondylolisthesis": (Author.NETWORK, True),
        "absent": (Author.NETWORK, False),
        "measured": (Author.MEASUREMENT, False),
    }
    assert found["herniation"].evidence == (Evidence("L4/L5", "herniation"),)
    assert [one.condition for one in found["absent"].evidence] == [
        "bulging", "narrowing", "modic", "endplate_upper", "endplate_lower", "ddd",
    ]  # fmt: skip
    assert found["measured"].evidence[0] == Evidence("L4/L5", measurement="slip_percent")


def test_uncertain_is_what_the_prediction_set_or_the_members_say():
    rows = level(
        "L3/L4",
        finding("L3/L4", "pfirrmann", "3", 0.9),
        finding("L3/L4", "bulging", "1", 0.9, members=["1", "0"]),
        finding("L3/L4", "narrowing", "1", 0.6, ["0"]),
        finding("L3/L4", "herniation", "0", 0.7, ["1"], ["0", "1"]),
    )
    report = draft(STUDY, reading(rows))
    assert said(report, "L3/L4") | {"absent": "", "pfirrmann": ""} == {
        "pfirrmann": "",
        "bulging": "Uncertain: disc bulging, present is most probable (90 %); the networks disagree. Extent around "
        "the circumference not assessed.",
        "herniation": "Uncertain: disc herniation cannot be excluded (30 %); the networks disagree.",
        "narrowing": "Uncertain: disc space narrowing rather present than absent (60 %).",
        "absent": "",
    }
    assert (
        said(report, IMPRESSION)["herniation-1-possible"] == "Cannot be excluded: disc herniation at L3/L4."
    )


def test_a_limited_grade_says_its_limit():
    why = "graded without sagittal T1, so the types cannot be distinguished"
    rows = level("L4/L5", finding("L4/L5", "modic", "0", 0.98, reason=why))
    assert (
        said(draft(STUDY, reading(rows)), "L4/L5")["modic"]
        == f"Modic change: none (98 %). Limitation: {why}."
    )


def test_a_limit_of_all_grades_of_a_level_is_said_once():
    outside = "12 % of the network's input lies outside the image"
    why = "graded without sagittal T1, so the types cannot be distinguished"
    rows = [replace(one, reason=outside) for one in making.healthy("L4/L5")]
    rows[5] = replace(rows[5], reason=f"{why}; {outside}")
    found = said(draft(STUDY, reading(rows)), "L4/L5")
    assert found["limits"] == f"Limitation of all grades of this level: {outside}."
    assert found["modic"] == f"Modic change: none (98 %). Limitation: {why}."
    assert "Limitation" not in found["pfirrmann"]
    assert "disc herniation" in found["absent"]


@pytest.mark.parametrize(
    ("decision", "grade", "text", "german"),
    [
        ("accepted", None, "Disc herniation: present, confirmed by the reader.",
         "Bandscheibenherniation: vorhanden, vom Befunder bestätigt."),
        ("rejected", None,
         "Disc herniation: the networks' grade (present) is rejected by the reader, who gives no other.",
         "Bandscheibenherniation: Die Angabe der Netzwerke (vorhanden) wird vom Befunder verworfen, ohne eigene "
         "Angabe."),
        ("changed", "0", "Disc herniation: absent, graded by the reader.",
         "Bandscheibenherniation: nicht vorhanden, Angabe des Befunders."),
    ],
)  # fmt: skip
def test_a_decision_of_the_reader_stands_beside_what_the_networks_reported(decision, grade, text, german):
    reviews = review("L4/L5", "herniation", decision, grade)
    report = draft(STUDY, making.demo(), reviews)
    (own,) = [one for one in report.section("L4/L5").sentences if one.key == "herniation"]
    assert (own.text, own.author, own.uncertain, own.edited) == (text, Author.READER, False, False)
    assert own.origin.replace(NBSP, " ") == "The networks reported present (99 %)."
    assert said(draft(STUDY, making.demo(), reviews, language="de"), "L4/L5")["herniation"] == german
    in_impression = {key for key in said(report, IMPRESSION) if key.startswith("herniation")}
    assert in_impression == ({"herniation-1-reader"} if decision == "accepted" else set())


def test_a_grade_that_the_reader_raised_is_in_the_impression_as_the_readers():
    report = draft(STUDY, making.demo(), review("L4/L5", "spondylolisthesis", "changed", "1"))
    found = said(report, IMPRESSION)
    assert found["spondylolisthesis-1-reader"] == "Spondylolisthesis: L4/L5, by the reader."
    assert "spondylolisthesis-1-possible" not in found
    (own,) = [one for one in report.section("L4/L5").sentences if one.key == "spondylolisthesis"]
    assert own.origin.replace(NBSP, " ") == "The networks reported absent (83 %), uncertain."


def test_what_is_not_assessed_is_listed_with_its_reason():
    rows = level(
        "L4/L5", ungraded("L4/L5", "modic", "needs sagittal T1 at this level, which the study lacks")
    )
    ood = [
        ungraded("L5/S1", name, "this disc is unlike those of the networks' training data")
        for name in BY_NAME
    ]
    found = said(draft(STUDY, reading(rows, ood)), NOT_ASSESSED)
    assert list(found.values())[:5] == [
        "Neural foramina.",
        "Lateral recesses and nerve roots.",
        "Facet joints and ligaments.",
        "Side, zone and type of a herniation; sequestration.",
        "Axial images were not graded.",
    ]
    assert list(found.values())[6:] == [
        "All conditions at L1/L2, L2/L3, L3/L4: this level was not found.",
        "Modic change at L4/L5: needs sagittal T1 at this level, which the study lacks.",
        "All conditions at L5/S1: this disc is unlike those of the networks' training data.",
    ]


def test_a_structure_that_a_network_of_the_user_grades_is_not_listed_as_missing():
    output = replace(
        RELEASED["narrowing"],
        condition=replace(BY_NAME["narrowing"], label="Foraminal stenosis", site="foramen", side="left"),
    )
    rows = [replace(finding("L4/L5", "narrowing", "1", 0.9), output=output)]
    report = draft(STUDY, reading(rows))
    assert not {"foramina", "side"} & set(said(report, NOT_ASSESSED))
    assert said(report, "L4/L5")["narrowing"].replace(NBSP, " ") == "Foraminal stenosis: present (90 %)."


def test_bulging_and_herniation_at_once_are_pointed_out():
    rows = level("L4/L5", finding("L4/L5", "bulging", "1", 0.9), finding("L4/L5", "herniation", "1", 0.9))
    (both,) = [one for one in draft(STUDY, reading(rows)).section("L4/L5").sentences if one.key == "both"]
    assert both.uncertain
    assert "a bulge is not a herniation" in both.text


def test_contradictions_of_the_networks_are_said():
    rows = level("L4/L5", finding("L4/L5", "pfirrmann", "5", 0.9))
    found = said(draft(STUDY, reading(rows)), "L4/L5")
    assert found["contradiction-0"] == (
        "The networks' findings contradict each other: Pfirrmann V is a collapsed disc space, yet narrowing is called "
        "absent."
    )


def test_nothing_notable_is_said_of_the_graded_levels_only():
    found = said(draft(STUDY, reading(making.healthy("L4/L5"))), IMPRESSION)
    assert found["nothing"].startswith("The networks suggest no herniation, bulging")
    assert found["not-graded"] == "No grades at L1/L2, L2/L3, L3/L4, L5/S1."


def test_an_uncertain_level_count_and_corrections_are_said_first():
    found = replace(making.uncertain_count(), corrections=("L4/L5 moved", "L1/L2 added"))
    assert said(draft(STUDY, found), GENERAL) == {
        "level-count": "The level count is uncertain (30 % probability that the names are wrong). Check it against the "
        "sacrum.",
        "corrected": "The reader corrected levels or discs (2); the grades are those after the correction.",
    }


def test_measurements_on_edited_outlines_name_the_reader_and_edits_are_listed():
    edit = OutlineEdit(
        "t2", 2, Structure.DISC, (4,), (2, 2), "Anna", "2026-11-30T12:00:00+00:00", 0.9, 3, 2.5
    )
    measured = {
        "L4/L5": Measurements(disc_height=9.0, unit="mm"),
        "L5/S1": Measurements(disc_height=8.0, unit="mm"),
    }
    found = replace(
        reading(
            making.healthy("L4/L5"), measurements=measured, corrections=("outlines edited by Anna: disc",)
        ),
        segmented_measurements=measured | {"L4/L5": Measurements(disc_height=8.0, unit="mm")},
        outline_edits=(edit,),
        outline_corrections=frozenset({0}),
    )
    report = draft(STUDY, found)
    assert said(report, GENERAL) == {
        "outlines": "Outlines of the segmentation were edited by Anna. Measurements follow the edited outlines; the "
        "grades do not depend on them."
    }
    assert said(report, "L4/L5")["measured"] == "Measured on outlines edited by Anna: disc height 9.0 mm."
    assert said(report, "L5/S1")["measured"] == "Measured on the segmentation: disc height 8.0 mm."
    assert report.provenance.corrections == ("outlines edited by Anna: disc",)


@pytest.mark.parametrize(
    ("slip", "words"),
    [(1.9, "no measurable slip"), (12.4, "anterior slip 12 %"), (-8.0, "posterior slip 8 %")],
)
def test_the_slip_has_a_direction(slip, words):
    found = reading(making.healthy("L4/L5"), measurements={"L4/L5": Measurements(slip_percent=slip)})
    assert said(draft(STUDY, found), "L4/L5")["measured"] == f"Measured on the segmentation: {words}."


def test_lengths_without_pixel_spacing_name_their_unit():
    found = reading(making.healthy("L4/L5"), measurements={"L4/L5": Measurements(disc_height=0.284)})
    assert said(draft(STUDY, found), "L4/L5")["measured"] == (
        "Measured on the segmentation: disc height 0.28 inter-disc distances."
    )


def test_the_header_has_no_patient_until_asked_for():
    report = draft(STUDY, making.demo())
    assert report.header.patient is None
    assert report.header.study_date == ""
    assert "Doe" not in repr(report)
    named = with_patient(report, STUDY, shown=True)
    assert named.header.patient.name == "Doe^Jane"
    assert with_patient(named, STUDY, shown=False) == report


def test_a_draft_knows_its_networks():
    report = draft(STUDY, making.demo())
    assert report.state is ReportState.DRAFT
    assert [(one.role, one.name) for one in report.provenance.networks][:3] == [
        ("grader", "ensemble"), ("detector", "detector"), ("segmenter", "masks"),
    ]  # fmt: skip


def test_a_grade_of_the_reader_alone_makes_a_level_graded():
    rows = [
        ungraded("L4/L5", name, "this disc is unlike those of the networks' training data")
        for name in BY_NAME
    ]
    report = draft(STUDY, reading(rows), review("L4/L5", "herniation", "changed", "1"))
    found = said(report, IMPRESSION)
    assert found["herniation-1-reader"].endswith("L4/L5, by the reader.")
    assert "L4/L5" not in found["not-graded"]
    (own,) = report.section("L4/L5").sentences
    assert own.origin == "The networks reported no grade."
    (reason,) = [text for text in said(report, NOT_ASSESSED).values() if "unlike" in text]
    assert "herniation" not in reason


def test_a_series_whose_findings_have_no_grade_is_not_called_graded():
    rows = [replace(ungraded("L4/L5", name, "needs sagittal T2"), series_uids=("t2",)) for name in BY_NAME]
    assert not [one for one in draft(STUDY, reading(rows)).header.series if one.graded]
