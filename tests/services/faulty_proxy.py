"""Proxies between the product and an archive that stall, cut and lie."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Faults:
    """What goes wrong from now on. ``stall``: nothing is answered until ``released``. ``cut``: half of a body is sent.

    ``no_multipart``: 406 where multipart is asked for. ``plain``: a file without multipart around it. ``twice``: every
    answer of a query is there twice. ``html``: a page of somebody's sign-in. ``drop``: the last part is left out.
    """

    stall: bool = False
    cut: bool = False
    no_multipart: bool = False
    plain: bool = False
    twice: bool = False
    html: bool = False
    drop: bool = False
    asked: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def http_proxy(upstream: str) -> Iterator[tuple[str, Faults]]:
    """The address of a proxy in front of ``upstream``, and its faults."""
    faults = Faults()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            faults.asked.append(self.headers.get("Accept", ""))
            retrieves = "multipart" in self.headers.get("Accept", "")
            if faults.stall and faults.released.wait(30):
                return
            if faults.html:
                self._answer(200, "text/html", b"<html>Please sign in</html>")
            elif faults.no_multipart and retrieves:
                self._answer(406, "text/plain", b"")
            else:
                self._answer(*_changed(*self._upstream(), faults))

        def _upstream(self) -> tuple[int, str, bytes]:
            headers = {
                name: value for name, value in self.headers.items() if name in ("Accept", "Authorization")
            }
            # The upstream knows multipart only.
            if headers.get("Accept") == "application/dicom":
                headers["Accept"] = 'multipart/related; type="application/dicom"'
                faults.plain = True
            request = urllib.request.Request(upstream + self.path, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as found:
                    return found.status, found.headers["Content-Type"] or "", found.read()
            except urllib.error.HTTPError as error:
                return error.code, "text/plain", b""

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = faults.cut and "multipart" in kind
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Nothing of a test belongs on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults
    finally:
        faults.released.set()
        server.shutdown()
        server.server_close()


def _changed(status: int, kind: str, body: bytes, faults: Faults) -> tuple[int, str, bytes]:
    if "json" in kind and faults.twice:
        answers = json.loads(body or b"[]")
        return status, kind, json.dumps(answers + answers).encode()
    if "multipart" in kind and (faults.plain or faults.drop):
        boundary = b"--" + kind.split("boundary=")[1].split(";")[0].strip('"').encode()
        parts = body.split(boundary)
        if faults.plain:
            return status, "application/dicom", parts[1].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
        return status, kind, boundary.join([*parts[:-2], parts[-1]])
    return status, kind, body


@contextmanager
def tcp_proxy(port: int, limit: int | None) -> Iterator[int]:
    """The port of a proxy in front of ``port``: after ``limit`` bytes of answers it closes; None: it never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    sockets: list[socket.socket] = [listener]

    def pump(source: socket.socket, target: socket.socket, left: int | None) -> None:
        try:
            while data := source.recv(4096):
                target.sendall(data)
                if left is not None and (left := left - len(data)) < 0:
                    break
        except OSError:
            pass
        for one in (source, target):
            _close(one)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            sockets.append(client)
            if limit is None:
                continue
            server = socket.create_connection(("127.0.0.1", port))
            sockets.append(server)
            threading.Thread(target=pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=pump, args=(server, client, limit), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        for one in sockets:
            _close(one)
        thread.join(5)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
