"""Every file reads back, and what people write stays text."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from spine_core import DISCLAIMER, __version__
from spine_core.audit.analysis.exports.bundle import audit_zip
from spine_core.audit.analysis.exports.codebook import MRMC_CODEBOOK, RATINGS_CODEBOOK, codebook
from spine_core.audit.analysis.exports.html import audit_html
from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.analysis.exports.mrmc import MRMC_COLUMNS, mrmc_csv, mrmc_table
from spine_core.audit.analysis.exports.table import figure
from spine_core.audit.analysis.results import audit_results
from spine_core.audit.analysis.scores import COLUMNS, ratings_table
from spine_core.audit.ratings.log import Entry, check
from spine_core.audit.ratings.method_names import method_label
from spine_core.audit.ratings.protocol import Protocol, Question
from spine_core.audit.ratings.rating import submit
from spine_core.audit.ratings.sheets import sheets
from spine_core.audit.ratings.store import create_audit
from spine_core.library.database.schema import ReferenceRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from tests.audit.analysis.making import audited, protocol, rating
from tests.audit.ratings import making

HOSTILE = (
    '</td></table><script>alert(\'x\')</script><img src="http://elsewhere.example/x.png" onerror="y">|\n=1+1'
)


def test_the_codebook_covers_exactly_the_columns_of_the_tables():
    assert tuple(RATINGS_CODEBOOK) == COLUMNS
    assert tuple(MRMC_CODEBOOK) == MRMC_COLUMNS


def test_the_codebook_has_the_scale_of_every_question_and_no_markup_of_theirs():
    asked = protocol(1, questions=(Question("a|b", "Is <b>this</b>\nclear?", 0, 2, "no", "yes"),))
    text = codebook(asked, "a|b")
    assert "| a\\|b | Is &lt;b&gt;this&lt;/b&gt; clear? | 0 (no) to 2 (yes) |" in text.splitlines()
    assert "<b>" not in text
    assert DISCLAIMER in text


def test_the_csv_reads_back_and_holds_no_formulas():
    asked = protocol(2)
    scores = dict(zip(asked.methods, (1, 2, 3, 4), strict=True))
    texts = ('=cmd|"/C calc"!A1', 'two\nlines, “quoted” "words"')
    ratings = [
        rating(asked, 1, number, scores, text=text, grade="-1") for number, text in enumerate(texts, start=1)
    ]
    table = ratings_table(audited(asked, ratings, references={1: "4"}))
    lines = list(csv.DictReader(io.StringIO(ratings_csv(table))))
    assert tuple(lines[0]) == COLUMNS
    assert [line["text"] for line in lines] == [f"'{texts[0]}"] * 4 + [texts[1]] * 4
    # A number is none.
    assert {line["reader_grade"] for line in lines} == {"-1"}
    back = pd.read_csv(io.StringIO(ratings_csv(table)), dtype={"explained_grade": str, "reference": str})
    for name in ("rater", "finding", "method", "score", "control", "repeat", "explained_grade", "seconds"):
        assert back[name].tolist() == table[name].tolist()
    assert back["reference"].tolist()[:4] == ["4"] * 4
    assert back["reference"].isna().tolist() == [False] * 4 + [True] * 4


def test_mrmc_has_a_row_per_rater_finding_and_method_with_a_reference():
    asked = protocol(3)
    scores = dict(zip(asked.methods, (1, 2, 3, 4), strict=True))
    ratings = [rating(asked, rater, number, scores) for rater in (1, 2) for number in (1, 2, 3)]
    ratings.append(rating(asked, 1, 1, dict.fromkeys(asked.methods, 6), sheet=9, repeat=True))
    # The network says 4: it is right for the first finding only.
    table = ratings_table(audited(asked, ratings, references={1: "4", 2: "3"}))
    found = pd.read_csv(io.StringIO(mrmc_csv(table, "place")))
    assert tuple(found.columns) == MRMC_COLUMNS
    assert len(found) == 2 * 2 * 4
    assert found.groupby("case")["truth"].unique().map(list).to_dict() == {1: [1], 2: [0]}
    assert found.groupby("treatment")["rating"].unique().map(list).to_dict() == {
        method: [score] for method, score in scores.items()
    }
    assert not found.duplicated(["reader", "case", "treatment"]).any()
    with pytest.raises(ValueError, match="no question 'other'"):
        mrmc_table(table, "other")
    assert mrmc_table(ratings_table(audited(asked, [])), "place").empty


def test_mrmc_leaves_out_findings_of_which_the_explained_grade_is_not_known():
    asked = protocol(1)
    asked = replace(asked, findings=(replace(asked.findings[0], grade=""),))
    ratings = [rating(asked, 1, 1, dict.fromkeys(asked.methods, 4))]
    assert mrmc_table(ratings_table(audited(asked, ratings, references={1: "4"})), "place").empty


class Elements(HTMLParser):
    """Collects tags with attributes, the text, and text per cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "td":
            self.cells[-1] += data


@pytest.fixture
def auditor(library):
    return add_person(library, "Professor Auditor", Role.AUDITOR)


@pytest.fixture
def audit(library, auditor, anna, ben) -> str:
    """Two raters, four findings with maps and references, one of them twice, hostile words."""
    making.store_maps(library, auditor, 4, metric=lambda number, method: float(number))
    questions = (Question("place", HOSTILE, 1, 6, low_label="<i>"), Question("clarity", "Clear", 1, 6))
    asked = making.protocol(
        4, title=f"Trial {HOSTILE}", raters=(anna.id, ben.id), questions=questions, repeats=0.25
    )
    asked = replace(
        asked, findings=tuple(replace(one, grade="4", view=making.VIEW) for one in asked.findings)
    )
    audit_id = create_audit(library, auditor, asked)
    with library.database.writing() as session:
        session.add(ReferenceRow(case_id="case1", level="L4/L5", condition="pfirrmann", grade="<u>4</u>"))
    for person in (anna, ben):
        for sheet in sheets(asked, person.id):
            answer(library, person, audit_id, sheet)
    return audit_id


def answer(library, person, audit_id, sheet, **changes) -> None:
    scores = {letter: {"place": at, "clarity": 6 - at} for at, letter in enumerate(sheet.methods, start=1)}
    region = ((10.5, 22.0), (13.0, 22.0), (11.5, 20.5), (11.5, 23.5))
    given = making.Answers(scores, text=HOSTILE, region=region)
    submit(library, person, audit_id, sheet.number, given, **changes)


def test_raters_and_strangers_get_no_results(library, auditor, anna, audit):
    assert len(audit_results(library, auditor, audit).table) == 2 * 5 * 5 * 2
    for person in (anna, add_person(library, "Stranger")):
        with pytest.raises(LibraryError):
            audit_results(library, person, audit)


def test_the_report_shows_every_table_and_runs_nothing_that_people_wrote(library, auditor, audit):
    results = audit_results(library, auditor, audit)
    text = audit_html(results)
    page = Elements(text)
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "div",
        "table",
        "tr",
        "th",
        "td",
    }
    assert {tag for tag, _ in page.tags} == allowed
    assert not {name for _, attributes in page.tags for name in attributes if name.startswith("on")}
    assert not {"src", "href", "style"} & {name for _, attributes in page.tags for name in attributes}
    assert "url(" not in text
    assert "@import" not in text
    # Nothing is lost by being escaped.
    assert page.cells.count(HOSTILE) == 1 + 10
    assert "<u>4</u>" in page.cells
    for title in (
        "Protocol", "Log", "Questions", "Findings", "Ratings by method", "Agreement between raters",
        "Agreement of raters with themselves", "Ratings and metrics", "Regions", "Comments of raters",
    ):  # fmt: skip
        assert f"<h2>{title}</h2>" in text
    assert "Reliance" not in text
    data = results.data
    for words in (
        data.protocol.sha256,
        data.audit.head,
        DISCLAIMER,
        f"SpineLens {__version__}",
        data.log_sentence,
    ):
        assert words in text
    assert page.cells[page.cells.index("Submitted sheets") + 1] == "10"
    assert page.cells[page.cells.index("of these silent repeats") + 1] == "2"
    assert page.cells[page.cells.index("Corrections") + 1] == "0"


def test_the_archive_reads_back_and_its_log_can_be_checked(library, auditor, anna, audit):
    sheet = sheets(audit_results(library, auditor, audit).data.protocol, anna.id)[0]
    answer(library, anna, audit, sheet, reason="typing error")
    results = audit_results(library, auditor, audit)
    data = audit_zip(results, "clarity")
    assert data == audit_zip(audit_results(library, auditor, audit), "clarity")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(files) == {
        "report.html",
        "ratings.csv",
        "codebook.md",
        "mrmc.csv",
        "log.jsonl",
        "protocol.json",
    }
    chain = [Entry.of(line) for line in files["log.jsonl"].splitlines()]
    assert len(chain) == 11
    assert check(chain, results.data.audit.head) == ""
    assert results.data.audit.head in files["report.html"]
    assert check(chain[:-1], results.data.audit.head)
    asked = results.data.protocol
    assert hashlib.sha256(files["protocol.json"].encode()).hexdigest() == asked.sha256
    assert Protocol.of(json.loads(files["protocol.json"])) == asked
    assert pd.read_csv(io.StringIO(files["ratings.csv"]))["corrected"].sum() == 5 * 2
    mrmc = pd.read_csv(io.StringIO(files["mrmc.csv"]))
    # One of four findings has a reference.
    assert len(mrmc) == 2 * 5
    clarity = results.table[(results.table["question"] == "clarity") & ~results.table["repeat"]]
    assert mrmc["rating"].tolist() == clarity[clarity["reference"].notna()]["score"].tolist()
    with pytest.raises(ValueError, match="no question"):
        audit_zip(results, "other")


def test_no_export_names_a_person_or_a_file(library, auditor, anna, ben, audit):
    with zipfile.ZipFile(io.BytesIO(audit_zip(audit_results(library, auditor, audit)))) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            for word in (anna.name, ben.name, auditor.name, str(library.folder), '.jsonl"', ".npz"):
                assert word not in text


def test_an_audit_without_ratings_has_a_report_as_well(library, auditor, anna):
    making.store_maps(library, auditor, 3)
    audit_id = create_audit(library, auditor, making.small(anna))
    results = audit_results(library, auditor, audit_id)
    text = audit_html(results)
    assert "<h2>Findings</h2>" in text
    assert "<h2>Comments of raters</h2>" not in text
    assert audit_zip(results)


def test_words_of_tables():
    assert method_label("control edges") == "Control: edges"
    assert method_label("grad_cam~random") == "Control: Grad-CAM of random weights"
    assert figure(None, None) == ""
    assert figure(0.5, None) == "0.50"
    assert figure(0.5, (0.25, 1.0)) == "0.50 (0.25 to 1.00)"
