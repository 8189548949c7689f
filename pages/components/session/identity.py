"""Who the reader is in the library: every page, callback and job asks here.

With ``[auth]`` in Streamlit's secrets it is who signed in, and nothing that a session holds can change it. Without, it
is the name that was picked in this tab.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from pages.components.session.state import SessionState
    from spine_core.library.store import Library
    from spine_core.library.types import Person

LASTS = 12 * 3600
"""Seconds that a sign-in counts. Streamlit's cookie lasts thirty days, and computers of a ward are shared."""

REDIRECT = "sign-in-redirect"
REDIRECTING = 10.0
"""Seconds in which a browser leaves the page. One that comes back later is not sent away again."""

NAME_CLAIMS = ("name", "preferred_username", "email")

NO_SIGN_IN = (
    "the people of this library sign in, and sign-in is not configured any more: see “People and sign-in” in "
    "docs/library.md"
)

_signed_out: set[tuple[str, ...]] = set()
"""Sign-ins that were ended: other tabs of the browser go on in sessions that Streamlit does not tell about it."""


def sign_in_configured() -> bool:
    """Whether people sign in. A page then shows nothing of the library before they have."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def selectable_people(library: Library) -> tuple[Person, ...]:
    """Names that anybody may pick, by name. Raises ``LibraryError`` where people have signed in: none is for picking.

    A lost file of secrets must not open the library of a hospital to whoever picks a name.
    """
    from spine_core.library.errors import LibraryError
    from spine_core.library.people import people

    if sign_in_configured() or people(library, identified=True):
        raise LibraryError(NO_SIGN_IN)
    return people(library, identified=False)


def current_person(store: SessionState, library: Library) -> Person | None:
    """Who the reader is now; None where nobody signed in, or picked a name of several. Raises ``LibraryError``."""
    from spine_core.library.people import identified_person, identity_hash

    if not sign_in_configured():
        known = selectable_people(library)
        # Who is alone in the library need not say who they are, on whatever page they begin.
        alone = known[0] if len(known) == 1 else None
        return next((one for one in known if one.id == store.person_id), alone)
    claims = _claims()
    if claims is None:
        return None
    name = next((str(claims[one]) for one in NAME_CLAIMS if claims.get(one)), "")
    return identified_person(library, identity_hash(claims["iss"], claims["sub"]), name)


def required_person(store: SessionState, library: Library) -> Person:
    """As ``current_person``. Raises ``LibraryError`` where there is none."""
    from spine_core.library.errors import LibraryError

    person = current_person(store, library)
    if person is None:
        asked = "sign in" if sign_in_configured() else "choose who you are"
        msg = f"{asked} on the page Library first"
        raise LibraryError(msg)
    return person


def sign_in() -> None:
    """Asks for a sign-in; ``redirect`` sends the browser there."""
    st.session_state[REDIRECT] = st.login, time.monotonic() + REDIRECTING


def sign_out() -> None:
    """Ends the sign-in in all tabs of the browser; ``redirect`` removes its cookie."""
    _signed_out.add(_sign_in(st.user.to_dict()))
    st.session_state[REDIRECT] = st.logout, time.monotonic() + REDIRECTING


def redirect() -> None:
    """Sends the browser to sign-in or sign-out where that was asked for. To be called in every run of any page.

    Streamlit may break a run off wherever it writes, callbacks included: what only one run sends can be lost.
    """
    go, until = st.session_state.get(REDIRECT, (None, 0.0))
    if go is not None and time.monotonic() < until:
        go()


def _claims() -> dict[str, Any] | None:
    """What the sign-in service says of the reader; None where nobody is signed in, or not any more."""
    claims = st.user.to_dict()
    issued = claims.get("iat")
    if claims.get("is_logged_in") is not True or not claims.get("iss") or not claims.get("sub"):
        return None
    if not isinstance(issued, int | float) or time.time() - issued > LASTS or _sign_in(claims) in _signed_out:
        return None
    return claims


def _sign_in(claims: dict[str, Any]) -> tuple[str, ...]:
    """Tells one sign-in from another of the same person."""
    return tuple(str(claims.get(one, "")) for one in ("iss", "sub", "iat", "nonce"))
