"""Progress of running jobs over HTTP, so that a progress bar moves without a run of the page's script.

The address of a job is random, answers only to the browser of its session, and is gone with the job.
"""

from __future__ import annotations

import secrets
from weakref import WeakKeyDictionary, WeakValueDictionary

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pages.components.session.browser_cookie import comes_from
from spine_core.jobs import Job, State

PATH = "progress"

_JOBS: WeakValueDictionary[str, Job[object]] = WeakValueDictionary()
_OWNERS: WeakKeyDictionary[Job[object], tuple[str, str]] = WeakKeyDictionary()
"""Token and browser of each job that is being watched."""


def progress_address(job: Job[object], browser: str) -> str:
    """Where ``browser`` (the value of its cookie) finds the progress of ``job``."""
    if job not in _OWNERS:
        token = secrets.token_urlsafe(24)
        _JOBS[token] = job
        _OWNERS[job] = (token, browser)
    return f"{PATH}/{_OWNERS[job][0]}"


async def progress(request: Request) -> Response:
    """``done`` from 0 to 1, ``what`` is being done and whether the job is ``over``; 404 for any other browser."""
    job = _JOBS.get(request.path_params["token"])
    if job is None or not comes_from(request, _OWNERS[job][1]):
        return Response(status_code=404)
    return JSONResponse(progress_of(job), headers={"Cache-Control": "no-store"})


def progress_of(job: Job[object]) -> dict[str, object]:
    """What a progress bar shows of a job; ``parts`` counts its partial results."""
    what = job.what or ("waiting" if job.state is State.WAITING else "")
    return {"done": job.done, "what": what, "over": job.over, "parts": job.parts}


ROUTE = Route(f"/{PATH}/{{token:str}}", progress)
