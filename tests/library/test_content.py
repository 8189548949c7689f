from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from spine_core.library.content import ContentStore
from spine_core.library.errors import LibraryError


@pytest.fixture
def store(tmp_path) -> ContentStore:
    return ContentStore(tmp_path / "content")


def files(store):
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_equal_bytes_are_stored_once_under_their_hash(store):
    first, second = store.put(b"abc"), store.put(b"abc")
    assert first == second == hashlib.sha256(b"abc").hexdigest()
    assert len(files(store)) == 1
    assert store.get(first) == b"abc"
    assert list(store.hashes()) == [first]


def test_threads_that_store_the_same_leave_one_whole_file(store):
    data = bytes(range(256)) * 4000
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(store.put, [data] * 32))) == 1
    assert [path.read_bytes() for path in files(store)] == [data]


def test_a_changed_file_is_not_handed_out(store):
    sha256 = store.put(b"abc")
    store.path(sha256).write_bytes(b"abd")
    with pytest.raises(LibraryError, match="was changed"):
        store.get(sha256)


def test_a_missing_file_is_named_as_missing(store):
    sha256 = store.put(b"abc")
    store.remove(sha256)
    store.remove(sha256)
    assert not store.holds(sha256)
    with pytest.raises(LibraryError, match="missing"):
        store.get(sha256)


def test_only_its_owner_reads_the_files(store):
    path = store.path(store.put(b"abc"))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
