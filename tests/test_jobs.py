from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from spine_core.jobs import Busy, Lane, Pool, Session, State
from spine_core.progress import Part, Progress, publish, silent

LONG = 20.0


def endless(progress: Progress) -> None:
    while True:
        progress(0.5, "turning")
        time.sleep(0.01)


class Gate:
    """Work that waits until it is released, and reports its start."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.open = threading.Event()

    def __call__(self, progress: Progress) -> str:
        self.began.set()
        assert self.open.wait(LONG)
        return "through"


def test_result_and_progress_reach_the_job():
    gate, reported = threading.Event(), threading.Event()

    def work(progress: Progress) -> int:
        progress(0.25, "a quarter")
        reported.set()
        assert gate.wait(LONG)
        return 42

    job = Pool(1).submit(Session(), "sum", work)
    assert reported.wait(LONG)
    assert (job.state, job.done, job.what, job.result) == (State.RUNNING, 0.25, "a quarter", None)
    gate.set()
    assert job.wait(LONG)
    assert (job.state, job.done, job.result, job.error) == (State.DONE, 1.0, 42, None)


def test_partial_results_are_there_until_the_job_ends():
    gate, reported = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        publish(progress, "first")
        publish(Part(progress, 0.5, 0.5), "second")
        reported.set()
        assert gate.wait(LONG)
        return "whole"

    job = Pool(1).submit(Session(), "work", work)
    assert reported.wait(LONG)
    assert (job.partial, job.parts, job.result) == ("second", 2, None)
    gate.set()
    assert job.wait(LONG)
    assert (job.partial, job.parts, job.result) == (None, 2, "whole")
    publish(silent, "elsewhere it goes nowhere")


def test_progress_never_falls_and_stays_within_bounds():
    seen = []

    def work(progress: Progress) -> None:
        for value in (0.5, 0.2, 7.0):
            progress(value)
            seen.append(job.done)

    session, pool = Session(), Pool(1)
    blocker = Gate()
    pool.submit(session, "first", blocker)
    job = pool.submit(session, "second", work)
    blocker.open.set()
    assert job.wait(LONG)
    assert seen == [0.5, 0.5, 1.0]


def test_a_running_job_stops_when_cancelled_and_leaves_no_result():
    session = Session()
    job = Pool(1).submit(session, "endless", endless)
    while job.state is State.WAITING:
        time.sleep(0.001)
    job.cancel()
    assert job.wait(LONG)
    assert (job.state, job.result, job.error) == (State.CANCELLED, None, None)


def test_a_waiting_job_that_is_cancelled_never_starts():
    session, pool, gate = Session(), Pool(1), Gate()
    pool.submit(session, "first", gate)
    assert gate.began.wait(LONG)
    started = []
    second = pool.submit(session, "second", lambda progress: started.append(1))
    second.cancel()
    gate.open.set()
    assert second.wait(LONG)
    assert second.state is State.CANCELLED
    assert not started


def test_a_failure_is_stored_for_the_page_and_the_worker_continues():
    def work(progress: Progress) -> None:
        msg = "the series has no slices"
        raise ValueError(msg)

    session, pool = Session(), Pool(1)
    failed = pool.submit(session, "bad", work)
    assert failed.wait(LONG)
    assert failed.state is State.FAILED
    assert str(failed.error) == "the series has no slices"
    after = pool.submit(session, "good", lambda progress: "fine")
    assert after.wait(LONG)
    assert after.result == "fine"


def test_equal_keys_are_one_job_within_a_session_only():
    pool, mine, yours = Pool(2), Session(), Session()
    calls = []

    def work(progress: Progress) -> int:
        calls.append(1)
        return len(calls)

    first = pool.submit(mine, "key", work)
    assert first.wait(LONG)
    assert pool.submit(mine, "key", work) is first
    other = pool.submit(yours, "key", work)
    assert other.wait(LONG)
    assert other is not first
    assert len(calls) == 2


def test_a_failed_or_cancelled_job_is_started_again():
    session, pool = Session(), Pool(1)
    cancelled = pool.submit(session, "key", endless)
    cancelled.cancel()
    again = pool.submit(session, "key", lambda progress: "now")
    assert again is not cancelled
    assert again.wait(LONG)
    assert again.result == "now"


def test_a_full_queue_refuses_and_cancelled_jobs_free_their_places():
    session, pool, gate = Session(), Pool(1, waiting=2), Gate()
    pool.submit(session, "running", gate)
    assert gate.began.wait(LONG)
    waiting = [pool.submit(session, f"waiting {n}", gate) for n in range(2)]
    with pytest.raises(Busy, match="try again"):
        pool.submit(session, "too many", gate)
    waiting[0].cancel()
    assert not pool.submit(session, "fits", gate).over
    assert waiting[0].state is State.CANCELLED
    gate.open.set()


def test_a_session_with_one_job_does_not_wait_for_another_session_with_many():
    pool, greedy, modest, gate = Pool(1), Session(), Session(), Gate()
    order: list[str] = []
    pool.submit(greedy, "0", gate)
    assert gate.began.wait(LONG)
    jobs = [pool.submit(greedy, str(n), lambda progress, n=n: order.append(f"greedy {n}")) for n in (1, 2, 3)]
    jobs.append(pool.submit(modest, "a", lambda progress: order.append("modest")))
    gate.open.set()
    assert all(job.wait(LONG) for job in jobs)
    assert order.index("modest") <= 1


def test_a_free_worker_prefers_the_session_with_nothing_running():
    pool, greedy, modest, gate, other = Pool(2), Session(), Session(), Gate(), Gate()
    pool.submit(greedy, "runs on", gate)
    pool.submit(modest, "ends", other)
    assert gate.began.wait(LONG)
    assert other.began.wait(LONG)
    order: list[str] = []
    jobs = [
        pool.submit(greedy, "next", lambda progress: order.append("greedy")),
        pool.submit(modest, "next", lambda progress: order.append("modest")),
    ]
    other.open.set()
    assert all(job.wait(LONG) for job in jobs)
    assert order == ["modest", "greedy"]
    gate.open.set()


def test_closing_a_session_cancels_its_work():
    session = Session()
    job = Pool(1).submit(session, "endless", endless)
    session.close()
    assert job.wait(LONG)
    assert job.state is State.CANCELLED
    assert session.get("endless") is None


def test_old_results_are_dropped_for_new_ones():
    session, pool = Session(max_jobs=2), Pool(1)
    for key in "ab":
        assert pool.submit(session, key, lambda progress: None).wait(LONG)
    assert session.get("a") is not None  # requested: now the most recently used of the two
    assert pool.submit(session, "c", lambda progress: None).wait(LONG)
    assert session.get("b") is None
    assert session.get("a") is not None


def test_the_pool_holds_no_result_of_a_closed_session():
    class Picture:
        pass

    pool, session = Pool(1), Session()
    job = pool.submit(session, "picture", lambda progress: Picture())
    assert job.wait(LONG)
    pool.submit(Session(), "later", lambda progress: None).wait(LONG)
    seen = weakref.ref(job.result)
    del job, session
    gc.collect()
    assert seen() is None


def test_closing_the_pool_ends_running_and_waiting_jobs():
    pool, session = Pool(1), Session()
    running, waiting = pool.submit(session, "a", endless), pool.submit(session, "b", endless)
    while running.state is State.WAITING:
        time.sleep(0.001)
    pool.close(LONG)
    assert [running.state, waiting.state] == [State.CANCELLED, State.CANCELLED]


def test_a_job_that_waits_for_another_occupies_no_worker():
    pool, session, gate = Pool(1), Session(), Gate()
    other = Pool(1).submit(Session(), "backend", gate)
    dependent = pool.submit(session, "explain", lambda progress: other.result, after=[other])
    assert pool.submit(Session(), "free", lambda progress: "served").wait(LONG)
    assert dependent.state is State.WAITING
    gate.open.set()
    assert dependent.wait(LONG)
    assert dependent.result == "through"


def test_a_job_starts_after_any_end_of_the_other_and_at_once_if_it_is_over():
    pool, session = Pool(1), Session()

    def work(progress: Progress) -> None:
        raise ValueError

    failed = pool.submit(session, "bad", work)
    after = pool.submit(session, "next", lambda progress: failed.state, after=[failed])
    assert after.wait(LONG)
    assert after.result is State.FAILED
    assert pool.submit(session, "later", lambda progress: 1, after=[failed]).wait(LONG)


def test_a_cancelled_job_does_not_wait_for_the_other():
    gate = Gate()
    other = Pool(1).submit(Session(), "backend", gate)
    pool, session = Pool(1), Session()
    job = pool.submit(session, "explain", lambda progress: 1, after=[other])
    job.cancel()
    assert job.wait(LONG)
    assert job.state is State.CANCELLED
    gate.open.set()


def test_background_work_leaves_a_worker_to_interactive_work():
    pool, session, gates = Pool(2, reserved=1), Session(), [Gate(), Gate(), Gate()]
    jobs = [pool.submit(session, str(number), gate) for number, gate in enumerate(gates)]
    assert gates[0].began.wait(LONG)
    assert gates[1].began.wait(LONG)
    opened = pool.submit(session, "open", lambda progress: "open", lane=Lane.INTERACTIVE)
    assert opened.wait(LONG)
    assert jobs[2].state is State.WAITING
    for gate in gates:
        gate.open.set()
    assert all(job.wait(LONG) for job in jobs)


def test_interactive_work_overtakes_background_work_that_waits():
    pool, session, gate, order = Pool(1), Session(), Gate(), []
    pool.submit(session, "running", gate)
    assert gate.began.wait(LONG)
    slow = pool.submit(session, "slow", lambda progress: order.append("background"))
    quick = pool.submit(session, "quick", lambda progress: order.append("interactive"), lane=Lane.INTERACTIVE)
    gate.open.set()
    assert slow.wait(LONG)
    assert quick.wait(LONG)
    assert order == ["interactive", "background"]


def test_a_finished_job_holds_no_reference_to_another():
    pool, session = Pool(1), Session()

    class Result:
        pass

    first = pool.submit(Session(), "first", lambda progress: Result())
    second = pool.submit(session, "second", lambda progress: None, after=[first])
    assert second.wait(LONG)
    seen = weakref.ref(first)
    del first
    pool.submit(Session(), "later", lambda progress: None).wait(LONG)
    gc.collect()
    assert seen() is None
