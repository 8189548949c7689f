"""Background work with progress and cancel: one small pool of threads that all sessions of the process share.

A session holds its own jobs and their results; the pool holds a job only while it waits or runs. A job that needs the
result of another, or a backend that is still being prepared, waits in the queue and never inside a worker. Interactive
work has a worker that background work cannot take.
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

KEPT = 64
"""Finished jobs that a session keeps; the one that was not asked for longest goes first."""

WAITING = 64
"""Jobs that may wait in the pool, of all sessions together."""


class Busy(Exception):
    """Too many jobs are waiting already; try again in a moment."""


class State(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Lane(StrEnum):
    """How urgent a job is: background jobs leave one worker to interactive ones."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Job(Generic[T]):
    """One piece of work. Safe to look at from any thread.

    ``done`` is the share finished, 0 to 1, and never falls; ``what`` a short phrase for the screen.
    ``result`` is there once ``state`` is DONE, ``error`` once it is FAILED.
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
        self.result: T | None = None
        self.error: Exception | None = None
        self._work: Callable[[Progress], T] | None = work
        self._after = tuple(after)
        self._unwanted = threading.Event()
        self._ended = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self._wake: Callable[[], None] | None = None
        self._lock = threading.Lock()

    @property
    def ready(self) -> bool:
        """True once every job that this one waits for is over, however it ended."""
        return all(job.over for job in self._after)

    def call_at_end(self, callback: Callable[[], None]) -> None:
        """Calls ``callback`` once the job is over, from the thread that ends it; at once where it is over."""
        with self._lock:
            if not self._ended.is_set():
                self._callbacks.append(callback)
                return
        callback()

    @property
    def over(self) -> bool:
        """True once nothing more will happen."""
        return self._ended.is_set()

    @property
    def unwanted(self) -> bool:
        """True once the job was cancelled, whether it is over or not."""
        return self._unwanted.is_set()

    def cancel(self) -> None:
        """Asks the work to stop: a waiting job ends as soon as a worker is free, a running one at its next progress."""
        self._unwanted.set()
        wake = self._wake
        if wake is not None:  # gone once the job is over, which may be meanwhile
            wake()

    def wait(self, seconds: float | None = None) -> bool:
        """Blocks until the job is over, at most ``seconds``; says whether it is."""
        return self._ended.wait(seconds)

    def _progress(self, done: float, what: str = "") -> None:
        if self._unwanted.is_set():
            raise Cancelled
        self.done = max(self.done, min(1.0, done))
        self.what = what or self.what

    def _run(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        try:
            self._progress(0.0)
            self.state = State.RUNNING
            result = work(self._progress)
            self._progress(1.0)
        except Cancelled:
            self.state = State.CANCELLED
        except Exception as error:
            # Kept for the page that asked; not logged, since a message may name a patient.
            self.error = error.with_traceback(None)
            self.state = State.FAILED
        else:
            self.result = result
            self.state = State.DONE
        finally:
            self._end()

    def _end(self) -> None:
        self._after, self._wake = (), None  # a finished job must not keep the results of others alive
        with self._lock:
            self._ended.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


class Session:
    """The jobs of one user, by key. Results live here and nowhere else, so they go when the session goes."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Job[Any] | None:
        """The job of ``key``, None where there is none."""
        with self._lock:
            if key in self._jobs:
                self._jobs.move_to_end(key)
            return self._jobs.get(key)

    def items(self) -> list[tuple[str, Job[Any]]]:
        """All jobs with their keys, as they are now."""
        with self._lock:
            return list(self._jobs.items())

    def forget(self, key: str) -> None:
        """Cancels the job of ``key`` and drops its result."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """Cancels and drops everything."""
        with self._lock:
            jobs = list(self._jobs.values())
            self._jobs.clear()
        for job in jobs:
            job.cancel()

    def _reuse(self, key: str) -> Job[Any] | None:
        job = self.get(key)
        usable = job is not None and not job.unwanted and job.state is not State.FAILED
        return job if usable else None

    def _keep(self, job: Job[Any]) -> None:
        with self._lock:
            self._jobs[job.key] = job
            self._jobs.move_to_end(job.key)
            finished = [key for key, old in self._jobs.items() if old.over]
            for key in finished[: max(0, len(self._jobs) - self._kept)]:
                del self._jobs[key]


class Pool:
    """A fixed number of worker threads and a bounded queue that is fair between sessions.

    A free worker takes the oldest ready job, interactive before background, of the session with the fewest jobs
    running; between equals, of the one that was served longest ago. ``reserved``: workers beside ``workers`` that take
    interactive jobs only.
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

        The work starts once all jobs in ``after``, of any pool, are over; it has to check how they ended. A job that
        failed or was cancelled is started anew. Raises ``Busy`` where the queue is full.
        """
        with self._change:
            known = session._reuse(key)
            if known is not None:
                return known
            self._drop_unwanted()
            if sum(map(len, self._queues.values())) >= self._limit:
                msg = "many explanations are being computed already; please try again in a minute"
                raise Busy(msg)
            job = Job(key, work, lane, after)
            job._wake = self._wake  # it may wait for another job, with every worker asleep
            session._keep(job)
            self._queues.setdefault(session, deque()).append(job)
            self._change.notify_all()
        for other in after:
            other.call_at_end(self._wake)
        return job

    def _wake(self) -> None:
        with self._change:
            self._change.notify_all()

    def close(self, seconds: float = 2.0) -> None:
        """Cancels everything and waits for what runs, at most ``seconds``: for the end of the process."""
        with self._change:
            running = [job for jobs in self._running.values() for job in jobs]
            for job in (*running, *(job for queue in self._queues.values() for job in queue)):
                job.cancel()
            self._drop_unwanted()
        until = time.monotonic() + seconds
        for job in running:
            job.wait(max(0.0, until - time.monotonic()))

    def _drop_unwanted(self) -> None:
        for session, queue in list(self._queues.items()):
            for job in [job for job in queue if job.unwanted]:
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
                    (job for job in queue if job.lane is lane and (job.ready or job.unwanted)), None
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
        """Moves a job from its queue to those that run; its session goes to the end of the line."""
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
            del session, job, taken  # an idle worker must not keep a session's results alive


@functools.cache
def pool() -> Pool:
    """The pool of this process."""
    made = Pool(workers=max(1, min(2, os.cpu_count() or 1)), reserved=1)
    # A thread that is inside a network when the interpreter goes away takes the process down with a crash.
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
