from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise

import pytest

from spine_core.audit.ratings.log import BEGINNING, Entry, append_line, check, following, read_lines


@pytest.fixture
def chain() -> list[Entry]:
    entries: list[Entry] = []
    for number in range(5):
        content = {"type": "rating", "rater": 1, "score": number, "text": "é"}
        entries.append(following(entries[-1] if entries else None, content))
    return entries


def test_every_entry_holds_the_hash_of_the_one_before(chain):
    assert chain[0].previous == BEGINNING
    for before, entry in pairwise(chain):
        assert entry.previous == hashlib.sha256(before.line().encode()).hexdigest()
    assert check(chain, chain[-1].sha256) == ""
    assert check([], BEGINNING) == ""


def test_an_entry_comes_back_from_its_line(chain):
    assert [Entry.of(one.line()) for one in chain] == chain
    with pytest.raises(ValueError, match="no entry"):
        Entry.of("{}")


@pytest.mark.parametrize("place", range(5))
def test_a_changed_entry_is_found(chain, place):
    head = chain[-1].sha256
    chain[place] = replace(chain[place], content={**chain[place].content, "score": 99})
    assert f"entry {place}" in check(chain, head)


@pytest.mark.parametrize("place", range(5))
def test_a_deleted_entry_is_found_the_last_one_included(chain, place):
    head = chain[-1].sha256
    del chain[place]
    assert check(chain, head) != ""


def test_entries_in_another_order_are_found(chain):
    head = chain[-1].sha256
    chain[1], chain[2] = chain[2], chain[1]
    assert check(chain, head) != ""


def test_a_chain_that_was_written_anew_has_another_head(chain):
    head = chain[-1].sha256
    forged: list[Entry] = []
    for one in chain:
        forged.append(following(forged[-1] if forged else None, {**one.content, "score": 6}))
    assert check(forged, forged[-1].sha256) == ""
    assert check(forged, head) != ""


def test_the_file_keeps_whole_lines_after_a_crash(chain, tmp_path):
    path = tmp_path / "audits" / "one.jsonl"
    assert list(read_lines(path)) == []
    for entry in chain:
        append_line(path, entry)
    assert list(read_lines(path)) == chain
    assert path.stat().st_mode & 0o077 == 0
    with path.open("a") as file:
        file.write('{"number":5,"prev')
    assert list(read_lines(path)) == chain
