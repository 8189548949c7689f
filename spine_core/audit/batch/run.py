"""Runs a batch: hands studies to the workers, and stores each as it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from distributed import Client, Future, as_completed, wait

from spine_core.audit.batch.scheduler import dask_client
from spine_core.audit.batch.store import begin_batch, finish_batch, known_maps, save_study, tried_sources
from spine_core.audit.batch.types import BatchPlan, Source, Status, StudyResult
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress, silent

Work = Callable[[Source, BatchPlan, frozenset[str]], StudyResult]

AHEAD = 2
"""Studies per worker that are handed out: no worker waits, and no more results than that are in memory."""

FINISHED = "finished"
"""Status of a future whose work returned."""

DIED = "its worker died; the study may need more memory than there is"


def run_batch(
    library: Library,
    person: Person,
    plan: BatchPlan,
    sources: Sequence[Source],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    title: str = "",
    retry_failed: bool = False,
    work: Work | None = None,
    progress: Progress = silent,
) -> str:
    """Computes what is not there yet and returns the batch's id.

    ``workers``, ``scheduler``: see ``dask_client``. Studies that failed before are tried again with ``retry_failed``.
    ``work``: on one study, by default ``work_on_study``.
    A study is stored in one transaction when it is finished: after a crash, the same call goes on with the next one.
    Raises ``LibraryError``, ``OSError`` for a scheduler that does not answer, ``Cancelled`` when ``progress`` does.
    """
    batch_id = begin_batch(library, person, plan, sources, title)
    continue_batch(
        library, batch_id, plan, sources, workers=workers, scheduler=scheduler, retry_failed=retry_failed, work=work,
        progress=progress,
    )  # fmt: skip
    return batch_id


def continue_batch(
    library: Library,
    batch_id: str,
    plan: BatchPlan,
    sources: Sequence[Source],
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    work: Work | None = None,
    progress: Progress = silent,
) -> None:
    """As ``run_batch``, of a batch that has begun, whoever began it."""
    finished = {Status.DONE} if retry_failed else {Status.DONE, Status.FAILED}
    tried = tried_sources(library, batch_id, finished)
    waiting = [source for source in sources if source.id not in tried]
    done = len(sources) - len(waiting)
    progress(done / max(1, len(sources)), "starting the workers")
    if waiting:
        with dask_client(workers, scheduler) as (client, count):
            for source, result in _results(
                library, client, count * AHEAD, plan, waiting, work or _work_on_study
            ):
                save_study(library, batch_id, source, result)
                done += 1
                progress(done / len(sources), f"study {done} of {len(sources)}")
    finish_batch(library, batch_id)


def _work_on_study(source: Source, plan: BatchPlan, known: frozenset[str]) -> StudyResult:
    # Only the workers need the networks' libraries, which take seconds to import.
    from spine_core.audit.batch.study_work import work_on_study

    return work_on_study(source, plan, known)


def _results(
    library: Library, client: Client, ahead: int, plan: BatchPlan, sources: Sequence[Source], work: Work
) -> Iterator[tuple[Source, StudyResult]]:
    """Each source with its result, in the order in which they are finished.

    Those whose worker died come again in the end, one at a time: only then is it known which of those that were on it
    was to blame.
    """
    remaining = iter(sources)
    given: dict[Future[StudyResult], Source] = {}
    died: list[Source] = []

    def hand_out(source: Source) -> Future[StudyResult]:
        future = client.submit(work, source, plan, known_maps(library, source), pure=False)
        given[future] = source
        return future

    first = [hand_out(source) for source in islice(remaining, ahead)]
    running = as_completed(first)  # type: ignore[no-untyped-call]
    for future in running:
        source = given.pop(future)
        if future.status == FINISHED:
            yield source, future.result()
        else:
            died.append(source)
        future.release()
        following = next(remaining, None)
        if following is not None:
            running.add(hand_out(following))  # type: ignore[no-untyped-call]
    for source in died:
        future = hand_out(source)
        wait([future])  # type: ignore[no-untyped-call]
        yield source, _result(future, source)
        future.release()  # type: ignore[no-untyped-call]


def _result(future: Future[StudyResult], source: Source) -> StudyResult:
    if future.status == FINISHED:
        found: StudyResult = future.result()
        return found
    return StudyResult(source.id, Status.FAILED, DIED)
