"""Slices and maps as answers, for whoever may see the room: the current case alone, maps after its reveal."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from pages.components.teach.rooms.case_media import methods_of
from pages.components.teach.rooms.live import LiveRooms
from pages.components.teach.rooms.replies import RefusalError, picture
from spine_core.teaching.rooms.told import Told


def slice_of(live: LiveRooms, seen: Told, request: Request) -> Response:
    """A slice, for who may see the room. 404 for any other case than the current one."""
    place, series, index = (request.path_params[one] for one in ("place", "series", "index"))
    if place != seen.room.place:
        raise RefusalError(404, "The class has gone on.")
    media = live.media(seen.room, place)
    if series >= len(media.series) or index >= media.series[series].slices:
        raise RefusalError(404, "There is no such slice.")
    return picture(media.slice_png(series, index))


def map_of(live: LiveRooms, seen: Told, request: Request) -> Response:
    """A map, for who may see the room. 404 before the reveal, as for one that does not exist."""
    place, finding, number = (request.path_params[one] for one in ("place", "finding", "map"))
    released = seen.released or ()
    if place != seen.room.place or finding >= len(released) or number >= len(released[finding].maps):
        raise RefusalError(404, "There is no such map.")
    chosen = released[finding]
    return picture(live.media(seen.room, place).map_png(live.library, chosen, methods_of(chosen)[number]))
