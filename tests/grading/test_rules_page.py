from __future__ import annotations

from spine_core.grading.rules_page import rules_page
from spine_core.study.gradability import RULES, STACK_RULES
from tests.conftest import ROOT


def test_the_page_in_the_documentation_is_that_of_the_rules() -> None:
    assert (ROOT / "docs" / "what-is-read.md").read_text() == rules_page(), "run make docs"


def test_every_rule_has_its_line() -> None:
    lines = rules_page().splitlines()
    for rule in (*RULES, *STACK_RULES):
        assert f"| {rule.kind} | {rule.evidence} |" in lines
