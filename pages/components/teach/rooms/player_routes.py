"""What a learner's browser asks: joining, the state of the room, slices and maps of its current case, answering."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.components.error_text import as_sentence
from pages.components.teach.rooms.class_tally import class_tallies
from pages.components.teach.rooms.live import LiveRooms, live_rooms
from pages.components.teach.rooms.media_replies import map_of, slice_of
from pages.components.teach.rooms.replies import RefusalError, in_words, sent_json, told
from pages.components.teach.rooms.sent_answers import sent_answer
from pages.components.teach.rooms.told_values import answer_values, counts_values, told_values
from spine_core.library.errors import LibraryError
from spine_core.teaching.rooms.access import ClosedRoomError
from spine_core.teaching.rooms.codes import written_code
from spine_core.teaching.rooms.guests import WrongCodeError, join
from spine_core.teaching.rooms.join_limit import REFUSAL, JoinLimit
from spine_core.teaching.rooms.room_answers import give_answers, own_answers
from spine_core.teaching.rooms.told import Told
from spine_core.teaching.rooms.types import Guest, Stage

COOKIE = "spinelens-class-"
"""Followed by the code of the room: one browser may be in two rooms."""

LASTS = 12 * 3600
"""Seconds. A class is over by then."""

LIMIT = JoinLimit()


def token_of(request: Request) -> tuple[str, str]:
    """Code of the room, and the token that the browser has for it; empty where it has none."""
    code = request.path_params["code"]
    return code, request.cookies.get(COOKIE + code, "")


async def joining(request: Request) -> Response:
    """Takes a code and a nickname, gives a cookie."""
    return await _with_body(request, _join)


def _join(request: Request, sent: dict[str, Any]) -> Response:
    address = request.client.host if request.client is not None else ""
    if LIMIT.refuses(address):
        return told({"error": f"{REFUSAL[:1].upper()}{REFUSAL[1:]}."}, 429)
    code = written_code(str(sent["code"]))
    try:
        _, token = join(live_rooms().library, code, str(sent["nickname"]))
    except WrongCodeError as error:
        LIMIT.wrong(address)
        return told({"error": as_sentence(error)}, 404)
    answer = told({"code": code})
    answer.set_cookie(
        COOKIE + code, token, max_age=LASTS, path="/class", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


async def state(request: Request) -> Response:
    """The room as this learner may see it; its number alone where the browser knows this state already."""
    code, token = token_of(request)
    version = live_rooms().known_version(code, token)
    if version is not None and request.query_params.get("version") == str(version):
        return told({"version": version})
    return await run_in_threadpool(_state, request)


@in_words
def _state(request: Request) -> Response:
    live = live_rooms()
    guest, seen = _seen(live, request)
    if request.query_params.get("version") == str(seen.room.version):
        return told({"version": seen.room.version})
    media = live.media(seen.room, seen.room.place)
    values = told_values(seen, media) | {"nickname": guest.nickname, "number": guest.number}
    answers = own_answers(live.library, *token_of(request), seen.room.place)
    values["answers"] = {stage.value: answer_values(given, media) for stage, given in answers.items()}
    if seen.debriefing is not None:
        values["class"] = counts_values(class_tallies(live, seen))
    return told(values)


async def answering(request: Request) -> Response:
    """Takes all that the learner has answered at this stage so far."""
    return await _with_body(request, _answer)


def _answer(request: Request, sent: dict[str, Any]) -> Response:
    live = live_rooms()
    _, seen = _seen(live, request)
    place = sent["place"]
    if type(place) is not int or not 0 <= place < len(seen.exercise.cases):
        raise RefusalError(400, "There is no such case.")
    media = live.media(seen.room, place)
    answers = [sent_answer(one, media) for one in sent["answers"]]
    return told(
        {"saved": give_answers(live.library, *token_of(request), place, Stage(sent["stage"]), answers)}
    )


@in_words
def slices(request: Request) -> Response:
    """A slice of the current case."""
    live = live_rooms()
    _, seen = _seen(live, request)
    return slice_of(live, seen, request)


@in_words
def maps(request: Request) -> Response:
    """A map of the current case, after its reveal."""
    live = live_rooms()
    _, seen = _seen(live, request)
    return map_of(live, seen, request)


def _seen(live: LiveRooms, request: Request) -> tuple[Guest, Told]:
    code, token = token_of(request)
    try:
        guest = live.guest(code, token)
    except LibraryError as error:
        if isinstance(error, ClosedRoomError):
            raise
        raise RefusalError(401, as_sentence(error)) from None
    return guest, live.told(guest.room)


async def _with_body(request: Request, handler: Any) -> Response:
    try:
        sent = await sent_json(request)
    except RefusalError as error:
        return told({"error": str(error)}, error.status)
    return await run_in_threadpool(in_words(lambda request: handler(request, sent)), request)


ROUTES = [
    Route("/api/join", joining, methods=["POST"]),
    Route("/api/{code}/state", state),
    Route("/api/{code}/answers", answering, methods=["POST"]),
    Route("/api/{code}/slices/{place:int}/{series:int}/{index:int}", slices),
    Route("/api/{code}/maps/{place:int}/{finding:int}/{map:int}", maps),
]
