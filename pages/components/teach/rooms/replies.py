"""How the pages of a class are answered: JSON, PNG and one sentence where something cannot be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pages.components.error_text import as_sentence
from spine_core.library.errors import LibraryError
from spine_core.teaching.rooms.access import ClosedRoomError

MOST_BYTES = 64 * 1024
"""Of what a browser may send: fifty findings with places have 8 kB."""

NO_STORE = {"Cache-Control": "no-store"}

FAULT = "This could not be done because of a fault in SpineLens."


class RefusalError(Exception):
    """A request is answered with this status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def told(values: Any, status: int = 200) -> Response:
    """JSON that is stored nowhere."""
    return JSONResponse(values, status, headers=NO_STORE)


def picture(data: bytes) -> Response:
    """A PNG. Nothing of a case stays in the browser's folder on disk; the page holds what it shows in memory."""
    return Response(data, media_type="image/png", headers=NO_STORE | {"X-Content-Type-Options": "nosniff"})


def in_words(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Answers with one sentence where a handler refuses. Nothing of an unforeseen error is told."""

    @wraps(handler)
    def answering(request: Request) -> Response:
        try:
            return handler(request)
        except RefusalError as error:
            return told({"error": str(error)}, error.status)
        except ClosedRoomError as error:
            return told({"error": as_sentence(error), "closed": True}, 410)
        except LibraryError as error:
            return told({"error": as_sentence(error)}, 400)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError):
            return told({"error": FAULT}, 400)

    return answering


async def sent_json(request: Request) -> Any:
    """What a browser sent. Raises ``RefusalError`` for what is too long or no JSON object."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise RefusalError(413, "This is too long.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RefusalError(400, FAULT)
    return found
