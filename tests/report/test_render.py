from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from spine_core.report import approval, editing, render
from spine_core.report.draft import draft, with_patient
from spine_core.report.errors import TemplateError
from spine_core.report.plain_text import ascii_text, wrap
from spine_core.report.types import IMPRESSION, KeyImage
from tests.report import making
from tests.report.making import STUDY

HOSTILE = "<script>alert(1)</script><img src=x onerror='x'> {{ 7*7 }} & \"quoted\""


@pytest.fixture
def report():
    return draft(STUDY, making.demo())


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.addresses = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.text.append(data)


def test_hostile_text_stays_text_in_html(report):
    hostile = editing.add_sentence(report, IMPRESSION, HOSTILE)
    hostile = editing.edit_sentence(hostile, "L4/L5", "herniation", HOSTILE)
    hostile = editing.add_key_image(hostile, KeyImage("L4/L5", 1, 5, "T2", b"png", note=HOSTILE))
    hostile = approval.amend(approval.approve(hostile, HOSTILE), HOSTILE)
    page = Tags(render.report_html(hostile))
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
    text = " ".join("".join(page.text).split())
    assert text.count(HOSTILE) == 4
    page = Tags(render.report_html(editing.set_free_text(replace(report, sections=()), HOSTILE)))
    assert "script" not in page.tags
    assert "{{ 7*7 }}" in "".join(page.text)


def test_html_is_self_contained_and_says_what_it_is(report):
    html = render.report_html(editing.add_key_image(report, KeyImage("L4/L5", 1, 5, "T2", b"png")))
    page = Tags(html)
    assert all(one.startswith("data:image/png;base64,") for one in page.addresses)
    assert "link" not in page.tags
    assert "http" not in html
    assert html.count("Not a diagnosis") == 2
    assert "DRAFT, not approved." in html
    assert "Synthetic: made by a computer" in html
    assert '<html lang="en">' in html


def test_the_text_is_ascii_of_eighty_characters(report):
    for language in ("en", "de"):
        one = draft(STUDY, making.demo(), language=language)
        one = editing.add_sentence(one, IMPRESSION, "Größe ≥ 3 mm – " + "x" * 200 + " 漢字 è")
        text = render.report_text(one)
        assert text.isascii()
        assert max(map(len, text.split("\n"))) <= 80
        assert all(line == line.rstrip() for line in text.split("\n"))
    assert "LENDENWIRBELSAEULE" in text
    assert "Groesse >= 3 mm -" in text
    assert "??" in text


def test_the_text_has_every_sentence_with_its_author(report):
    text = " ".join(render.report_text(report).split())
    for section in report.sections:
        for one in section.sentences:
            mark = f"[{one.author.value[0].upper()}{'?' if one.uncertain else ''}]"
            words = one.text.replace("\N{NO-BREAK SPACE}", " ")
            assert f"{mark} {words}" in text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ärzte, ÜBER, groß", "Aerzte, UEBER, gross"),
        ("„a“ – b…", '"a" - b...'),
        ("≤ 5 × 3", "<= 5 x 3"),
        ("é", "e"),
    ],
)
def test_text_becomes_ascii(text, plain):
    assert ascii_text(text) == plain


def test_lines_are_wrapped_with_a_hanging_indent():
    first, second = wrap("word " * 20, 6, "[N]   ").split("\n")
    assert first.startswith("[N]   word")
    assert second.startswith("      word")
    assert wrap("a\n\nb") == "a\n\nb"


def test_patient_facts_are_in_a_file_only_where_asked_for(report):
    assert "Doe" not in render.report_html(report) + render.report_text(report)
    text = render.report_text(with_patient(report, STUDY, shown=True))
    assert "Patient: Doe, Jane" in text
    assert "Date of birth: 1970-01-01" in text


@pytest.fixture
def department(tmp_path, monkeypatch):
    monkeypatch.setenv(render.VARIABLE, str(tmp_path))

    def write(name, text):
        (tmp_path / name).write_text(text)
        (found,) = [one for one in render.department_templates() if one.file == name]
        return found

    return write


def test_a_department_has_its_own_templates(department, report):
    found = department("ward.txt.j2", "{{ levels[0].level }}: {{ impression | length }} für {{ title }}\n")
    assert (found.name, found.suffix, found.own) == ("ward", "txt", False)
    assert render.render(report, found) == "L2/L3: 5 fuer Lumbar spine MR: structured reading\n"
    page = department("ward.html", "<p>{{ free_text }}</p>")
    assert render.render(replace(report, free_text="<b>"), page) == "<p>&lt;b&gt;</p>"


def test_other_files_of_the_folder_are_no_templates(department, tmp_path):
    department("one.html", "")
    for name in ("notes.md", ".hidden.html", "_part.txt"):
        (tmp_path / name).write_text("")
    assert [one.file for one in render.department_templates()] == ["one.html"]


def test_without_a_folder_there_are_no_department_templates(monkeypatch):
    monkeypatch.delenv(render.VARIABLE, raising=False)
    assert render.department_templates() == ()
    monkeypatch.setenv(render.VARIABLE, "/nonexistent")
    assert render.department_templates() == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ok\n{% if %}", r"the template ward cannot be used in line 2"),
        ("{{ ''.__class__.__mro__ }}", "the template ward cannot be used: access to attribute '__class__'"),
        ("{% include '../secret' %}", "the template ward cannot be used"),
        ("{{ 1 // 0 }}", "the template ward cannot be used"),
        ("{% for i in range(99999999) %}x{% endfor %}", "the template ward cannot be used"),
        ("{{ nothing.at.all }}", "the template ward cannot be used"),
    ],
)
def test_a_broken_template_is_one_sentence(department, report, text, words):
    with pytest.raises(TemplateError, match=words) as caught:
        render.render(report, department("ward.txt", text))
    assert "\n" not in str(caught.value)


def test_an_amendment_names_what_it_amends(report):
    approved = approval.approve(report, "A")
    text = " ".join(render.report_text(approval.amend(approved, "Wrong level")).split())
    assert re.search(
        r"Version 2\. It amends the report with SHA-256 [0-9a-f]{64}\. Reason: Wrong level", text
    )
