"""Background jobs with progress and cancel, in one thread pool that all sessions of the process share.

A session holds its jobs and their results; the pool holds a job only while it waits or runs. A job that depends on
another job, or on a backend that is being prepared, waits in the queue and not in a worker. One worker is reserved for
interactive jobs.
"""

from __future__ import annotations

import atexit
import functools
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Generic, TypeVar

from spine_core.progress import Cancelled, Progress

T = TypeVar("T")

MAX_JOBS = 64
"""Largest number of jobs that a session stores; finished jobs are dropped, the least recently used first."""

WAITING = 64
"""Largest number of waiting jobs in the pool, over all sessions."""


class Busy(Exception):
    """Too many jobs are waiting; the message asks the user to try again."""


class State(StrEnum):
    """State of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Lane(StrEnum):
    """Priority of a job: background jobs leave one worker to interactive jobs."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Job(Generic[T]):
    """One job. Its attributes may be read from any thread.

    ``done``: fraction finished, 0 to 1, never decreasing. ``what``: a short phrase for the screen. ``partial``: the
    latest partial result of ``parts`` so far, None before the first. ``result``: set once ``state`` is DONE.
    ``error``: set once it is FAILED.
    """

    def __init__(
        self,
        key: str,
        work: Callable[[Progress], T],
        lane: Lane = Lane.BACKGROUND,
        after: Sequence[Job[Any]] = (),
    ) -> None:
        self.key = key
        self.lane = lane
        self.state = State.WAITING
        self.done = 0.0
        self.what = ""
        self.partial: Any = None
        self.parts = 0
        self.result: T | None = None
        self.error: Exception | None = None
        self._work: Callable[[Progress], T] | None = work
        self._after = tuple(after)
        self._cancel_requested = threading.Event()
        self._ended = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._wake: Callable[[], None] | None = None
        self._lock = threading.Lock()

    @property
    def ready(self) -> bool:
        """True once every job that this one depends on is over, in any state."""
        return all(job.over for job in self._after)

    def call_at_end(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` when the job ends, from the thread that ends it, or immediately if it is over."""
        with self._lock:
            if not self._ended.is_set():
                self._callbacks.append(callback)
                return
        callback()

    @property
    def over(self) -> bool:
        """True once the job has ended in any state."""
        return self._ended.is_set()

    @property
    def cancel_requested(self) -> bool:
        """True once a cancel was requested, whether the job is over or not."""
        return self._cancel_requested.is_set()

    def cancel(self) -> None:
        """Requests a cancel: a waiting job ends once a worker is free, a running one at its next progress report."""
        self._cancel_requested.set()
        wake = self._wake
        if wake is not None:  # None once the job is over, possibly in another thread
            wake()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the job is over, at most ``seconds``; returns whether it is."""
        return self._ended.wait(seconds)

    def _publish(self, partial: object) -> None:
        self.partial = partial
        self.parts += 1

    def _progress(self, done: float, what: str = "") -> None:
        if self._cancel_requested.is_set():
            raise Cancelled
        self.done = max(self.done, min(1.0, done))
        self.what = what or self.what

    def _run(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        try:
            self._progress(0.0)
            self.state = State.RUNNING
            result = work(_JobProgress(self))
            self._progress(1.0)
        except Cancelled:
            self.state = State.CANCELLED
        except Exception as error:
            # Stored for the page; not logged, since the message may name a patient.
            self.error = error.with_traceback(None)
            self.state = State.FAILED
        else:
            self.result = result
            self.state = State.DONE
        finally:
            self._end()

    def _end(self) -> None:
        self.partial = None
        self._after, self._wake = (), None  # a finished job must not hold references to other jobs' results
        with self._lock:
            self._ended.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class _JobProgress:
    """What the work of a job reports to."""

    def __init__(self, job: Job[Any]) -> None:
        self._job = job

    def __call__(self, done: float, what: str = "") -> None:
        self._job._progress(done, what)

    def publish(self, partial: object) -> None:
        self._job._publish(partial)


class Session:
    """The jobs of one user, by key. Results are stored only here and are freed with the session."""

    def __init__(self, max_jobs: int = MAX_JOBS) -> None:
        self._max_jobs = max_jobs
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Job[Any] | None:
        """The job of ``key``, None where there is none."""
        with self._lock:
            if key in self._jobs:
                self._jobs.move_to_end(key)
            return self._jobs.get(key)

    def items(self) -> list[tuple[str, Job[Any]]]:
        """A snapshot of all jobs with their keys."""
        with self._lock:
            return list(self._jobs.items())

    def forget(self, key: str) -> None:
        """Cancels the job of ``key`` and drops its result."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """Cancels and drops all jobs."""
        with self._lock:
            jobs = list(self._jobs.values())
            self._jobs.clear()
        for job in jobs:
            job.cancel()

    def _reuse(self, key: str) -> Job[Any] | None:
        job = self.get(key)
        usable = job is not None and not job.cancel_requested and job.state is not State.FAILED
        return job if usable else None

    def _store(self, job: Job[Any]) -> None:
        with self._lock:
            self._jobs[job.key] = job
            self._jobs.move_to_end(job.key)
            finished = [key for key, old in self._jobs.items() if old.over]
            for key in finished[: max(0, len(self._jobs) - self._max_jobs)]:
                del self._jobs[key]


class Pool:
    """A fixed number of worker threads and a bounded queue that is fair between sessions.

    A free worker takes the oldest ready job, interactive before background, of the session with the fewest jobs
    running; between equals, of the one that was served longest ago. ``reserved``: additional workers for interactive
    jobs only.
    """

    def __init__(self, workers: int = 2, waiting: int = WAITING, reserved: int = 0) -> None:
        self._limit, self._background = waiting, workers
        self._queues: OrderedDict[Session, deque[Job[Any]]] = OrderedDict()
        self._running: dict[Session, set[Job[Any]]] = {}
        self._change = threading.Condition()
        for number in range(workers + reserved):
            threading.Thread(target=self._serve, name=f"job-{number}", daemon=True).start()

    def submit(
        self,
        session: Session,
        key: str,
        work: Callable[[Progress], T],
        *,
        lane: Lane = Lane.BACKGROUND,
        after: Sequence[Job[Any]] = (),
    ) -> Job[T]:
        """Starts ``work(progress)`` for ``key``, or returns the job that the session already has for it.

        The work starts once all jobs in ``after``, of any pool, are over; it must check their state. A job that failed
        or was cancelled is started again. Raises ``Busy`` where the queue is full.
        """
        with self._change:
            known = session._reuse(key)
            if known is not None:
                return known
            self._drop_cancelled()
            if sum(map(len, self._queues.values())) >= self._limit:
                msg = "many explanations are being computed already; please try again in a minute"
                raise Busy(msg)
            job = Job(key, work, lane, after)
            job._wake = self._wake  # it may wait for another job while all workers are idle
            session._store(job)
            self._queues.setdefault(session, deque()).append(job)
            self._change.notify_all()
        for other in after:
            other.call_at_end(self._wake)
        return job

    def _wake(self) -> None:
        with self._change:
            self._change.notify_all()

    def close(self, seconds: float = 2.0) -> None:
        """Cancels all jobs and waits for running ones, at most ``seconds``; called at the end of the process."""
        with self._change:
            running = [job for jobs in self._running.values() for job in jobs]
            for job in (*running, *(job for queue in self._queues.values() for job in queue)):
                job.cancel()
            self._drop_cancelled()
        until = time.monotonic() + seconds
        for job in running:
            job.wait(max(0.0, until - time.monotonic()))

    def _drop_cancelled(self) -> None:
        for session, queue in list(self._queues.items()):
            for job in [job for job in queue if job.cancel_requested]:
                queue.remove(job)
                job._run()  # ends as cancelled without starting the work
            if not queue:
                del self._queues[session]

    def _take(self) -> tuple[Session, Job[Any]] | None:
        """The next job and its session; None where no job may start now."""
        running = [job for jobs in self._running.values() for job in jobs]
        busy = sum(job.lane is Lane.BACKGROUND for job in running)
        lanes = [Lane.INTERACTIVE] + [Lane.BACKGROUND] * (busy < self._background)
        for lane in lanes:
            waiting = {
                session: next(
                    (job for job in queue if job.lane is lane and (job.ready or job.cancel_requested)), None
                )
                for session, queue in self._queues.items()
            }
            sessions = [session for session, job in waiting.items() if job is not None]
            if sessions:
                session = min(sessions, key=lambda one: len(self._running.get(one, ())))
                job = waiting[session]
                assert job is not None
                self._start(session, job)
                return session, job
        return None

    def _start(self, session: Session, job: Job[Any]) -> None:
        """Moves a job from its queue to the running jobs; its session moves to the end of the queue."""
        queue = self._queues.pop(session)
        queue.remove(job)
        if queue:
            self._queues[session] = queue
        self._running.setdefault(session, set()).add(job)

    def _serve(self) -> None:
        while True:
            with self._change:
                while (taken := self._take()) is None:
                    self._change.wait()
                session, job = taken
            job._run()
            with self._change:
                self._running[session].remove(job)
                if not self._running[session]:
                    del self._running[session]
                self._change.notify_all()
            del session, job, taken  # an idle worker must not hold references to a session's results


@functools.cache
def pool() -> Pool:
    """The pool of this process."""
    made = Pool(workers=max(1, min(2, os.cpu_count() or 1)), reserved=1)
    # A thread that runs a network when the interpreter exits would crash the process.
    atexit.register(made.close)
    return made


def submit(
    session: Session,
    key: str,
    work: Callable[[Progress], T],
    *,
    lane: Lane = Lane.BACKGROUND,
    after: Sequence[Job[Any]] = (),
) -> Job[T]:
    """``Pool.submit`` on the pool of this process."""
    return pool().submit(session, key, work, lane=lane, after=after)
