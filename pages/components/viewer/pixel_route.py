"""Pixels for the viewer over HTTP: each slice at an address that only the browser of its own session can read.

An address is signed with a secret of the session and made from the hash of the content, so that it cannot be guessed,
tells nothing, and stays the same while the session lives. It answers only to the browser whose cookie opened the
session, and is gone with the session: the table below holds no pixels itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.components.session.browser_cookie import comes_from

PATH = "pixels"
PASSING = 128
"""Maps that a session keeps at hand for its browser."""

TYPES = {"uint8", "int16", "uint16", "float32"}
"""What the browser can draw; a series is never anything else."""


@dataclass(frozen=True, eq=False)
class _Stack:
    browser: str
    pixels: npt.NDArray[np.generic]


_STACKS: WeakValueDictionary[str, _Stack] = WeakValueDictionary()


class PixelStore:
    """The arrays that one session shows. Nothing else holds them, so that they go when it goes."""

    def __init__(self, browser: str) -> None:
        """``browser``: the value of its cookie; where that is empty nothing is ever handed out."""
        self._browser = browser
        self._secret = secrets.token_bytes(32)
        self._stacks: dict[str, _Stack] = {}
        self._passing: dict[str, None] = {}
        self._offered = True

    def address(self, content: str, pixels: npt.NDArray[np.generic], *, passing: bool = False) -> str:
        """Where the slices of ``pixels`` (slices, rows, columns) are found: add ``/`` and the number of a slice.

        ``content`` is a hash over the pixels; equal ones share an address. Of ``passing`` ones, such as maps, only
        the last ``PASSING`` are kept.
        Raises ``ValueError`` for an array that the browser cannot draw.
        """
        if pixels.ndim != 3 or pixels.dtype.name not in TYPES:
            msg = f"the viewer draws stacks of {', '.join(sorted(TYPES))}, not {pixels.ndim}-D {pixels.dtype}"
            raise ValueError(msg)
        token = hmac.new(self._secret, content.encode(), hashlib.sha256).hexdigest()
        if token not in self._stacks:
            self._stacks[token] = _Stack(self._browser, pixels)
            if self._offered:
                _STACKS[token] = self._stacks[token]
        if passing:
            self._passing.pop(token, None)
            self._passing[token] = None
            while len(self._passing) > PASSING:
                oldest = next(iter(self._passing))
                del self._passing[oldest], self._stacks[oldest]
        return f"{PATH}/{token}"

    def withdraw(self) -> None:
        """No address answers until ``offer``."""
        self._offered = False
        for token in list(self._stacks):
            _STACKS.pop(token, None)

    def offer(self) -> None:
        """The same addresses answer again."""
        self._offered = True
        _STACKS.update(dict(self._stacks))

    def clear(self) -> None:
        """Takes every address back for good."""
        self._stacks.clear()
        self._passing.clear()


async def pixels(request: Request) -> Response:
    """One slice, row by row, little endian. 404 for all that is not there or belongs to another browser."""
    stack = _STACKS.get(request.path_params["token"])
    index = request.path_params["index"]
    if stack is None or not comes_from(request, stack.browser):
        return Response(status_code=404)
    if index >= len(stack.pixels):
        return Response(status_code=404)
    values = stack.pixels[index]
    return Response(
        np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes(),
        media_type="application/octet-stream",
        headers={
            # The viewer keeps slices in memory; nothing of a patient stays in the browser's folder on disk.
            "Cache-Control": "private, no-store",
            # Pixels hardly shrink, and compressing them would take longer than sending them.
            "Content-Encoding": "identity",
        },
    )


ROUTE = Route(f"/{PATH}/{{token:str}}/{{index:int}}", pixels)
