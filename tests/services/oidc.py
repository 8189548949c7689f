"""An OpenID Connect provider on loopback: authorization code with PKCE, and one button for each of its users."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID = "spinelens"
PAGE = '<!DOCTYPE html><html lang="en"><title>Sign-in service</title><form method="post">{}</form></html>'


@dataclass
class Provider:
    """``users``: names by subject. ``redirect_uri``: the only address to which it sends anybody."""

    issuer: str
    users: dict[str, str]
    redirect_uri: str = ""
    client_secret: str = field(default_factory=secrets.token_urlsafe)
    _key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was asked for, and for whom, by authorization code."""

    def secrets_file(self) -> str:
        """Streamlit's secrets for an app that signs in here."""
        return (
            "[auth]\n"
            'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_urlsafe()}"\n'
            f'client_id = "{CLIENT_ID}"\n'
            f'client_secret = "{self.client_secret}"\n'
            f'server_metadata_url = "{self.issuer}/.well-known/openid-configuration"\n'
            'client_kwargs = { code_challenge_method = "S256" }\n'
        )

    def routes(self) -> list[Route]:
        """What it answers."""
        return [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/keys", self._keys),
            Route("/authorize", self._authorize, methods=["GET", "POST"]),
            Route("/token", self._token, methods=["POST"]),
        ]

    async def _metadata(self, request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def _authorize(self, request: Request) -> Response:
        """Shows the users; the one whose button was pressed is sent back with a code."""
        asked = dict(request.query_params)
        expected = {"client_id": CLIENT_ID, "redirect_uri": self.redirect_uri, "response_type": "code"}
        expected["code_challenge_method"] = "S256"
        if any(asked.get(name) != value for name, value in expected.items()) or "nonce" not in asked:
            return Response("wrong request", 400)
        if request.method == "GET":
            buttons = (
                f'<button name="sub" value="{escape(subject)}">{escape(name)}</button>'
                for subject, name in self.users.items()
            )
            return HTMLResponse(PAGE.format("".join(buttons)))
        code = secrets.token_urlsafe()
        self._asked[code] = asked | await _form(request)
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{self.redirect_uri}?{answer}", 303)

    async def _token(self, request: Request) -> Response:
        """Exchanges a code, once, for an ID token."""
        form = await _form(request)
        asked = self._asked.pop(form.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = _challenge(form.get("code_verifier", ""))
        if asked is None or (form["redirect_uri"], challenge) != (
            asked["redirect_uri"],
            asked["code_challenge"],
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"access_token": "unused", "token_type": "Bearer", "id_token": self._id_token(asked)}
        )

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"sub": asked["sub"], "name": self.users[asked["sub"]], "nonce": asked["nonce"]}
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self._key)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@contextmanager
def serving(users: dict[str, str]) -> Iterator[Provider]:
    """A provider on a free port of 127.0.0.1: for a browser another site than an app on localhost."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}", users)
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=provider.routes()), log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()
