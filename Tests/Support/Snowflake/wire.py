"""HTTP as both fronts of the bench speak it: read a request, perhaps spoil it, answer."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from faults import Fault, Faults

PIECE = 1 << 18


@dataclass
class Reply:
    """An answer; `body` may be an iterator of `length` bytes, so that objects are never held whole."""

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int = 0

    @staticmethod
    def json(value: Any, status: int = 200) -> "Reply":
        return Reply(status, json.dumps(value).encode(), [("Content-Type", "application/json")])


class Cut(Exception):
    """The connection is to be closed with no more said."""


class Handler(BaseHTTPRequestHandler):
    """One connection. A front gives `describe` (kind, text, user) and `answer`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    faults: Faults
    #: Seconds that the clock which answers is off.
    offset: float = 0

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + self.offset if timestamp is None else timestamp)

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().setup()

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        self.route = parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.left = int(self.headers.get("Content-Length") or 0)
        try:
            self.serve()
        except (Cut, ConnectionError, ssl.SSLError):
            self.cut()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def serve(self) -> None:
        kind, text, user = self.describe()
        fault = self.faults.take(kind, text, user) if kind else None
        act = fault.act if fault else ""
        if act == "cut":
            for _ in self.pieces(limit=fault.after):
                pass
            raise Cut
        if act == "status" and not fault.execute:
            # Read to its end: a client that still sends would find the connection closed and not see the status.
            for _ in self.pieces():
                pass
            return self.send(self.refusal(fault))
        if act == "hold" and fault.when == "before":
            fault.released.wait()
        reply = self.answer(kind, fault)
        if act == "lost":
            raise Cut
        if act == "status":
            reply = self.refusal(fault)
        if act == "hold" and fault.when == "after":
            fault.released.wait()
        self.send(reply, half=act == "half")

    def describe(self) -> tuple[str, str, str]:
        raise NotImplementedError

    def answer(self, kind: str, fault: Fault | None) -> Reply:
        raise NotImplementedError

    def refusal(self, fault: Fault) -> Reply:
        return Reply(fault.status, b"injected", [("Content-Type", "text/plain")])

    def pieces(self, limit: int | None = None) -> Iterator[bytes]:
        """The request's body piece by piece, each once."""
        while self.left > 0 and (limit is None or limit > 0):
            piece = self.rfile.read(min(PIECE, self.left, limit or PIECE))
            if not piece:
                raise Cut
            self.left -= len(piece)
            if limit is not None:
                limit -= len(piece)
            yield piece

    def send(self, reply: Reply, half: bool = False) -> None:
        length = len(reply.body) if isinstance(reply.body, bytes) else reply.length
        if half and (length < 2 or self.command == "HEAD"):
            # There is no body to cut: the cut goes through the headers.
            self.wfile.write(f"HTTP/1.1 {reply.status} OK\r\nContent-Le".encode())
            self.wfile.flush()
            raise Cut
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in reply.headers):
            self.send_header("Content-Length", str(length))
        if self.left > 0:
            # What was refused unread would be taken for the next request.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        left = length // 2 if half else length
        if self.command != "HEAD":
            for piece in [reply.body] if isinstance(reply.body, bytes) else reply.body:
                self.wfile.write(piece[:left])
                left -= len(piece[:left])
                if left <= 0:
                    break
        self.wfile.flush()
        if half:
            raise Cut

    def cut(self) -> None:
        self.close_connection = True
        self.left = 0
        try:
            # Not the socket's own shutdown of TLS, which would be a polite end.
            socket.socket.shutdown(self.request, socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or did not trust the certificate, is no error of the bench."""


def serve(handler: type[Handler], context: ssl.SSLContext | None) -> int:
    """Serves on a free port of 127.0.0.1 from now on, and tells which."""
    server = Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True, name="front").start()
    return server.server_address[1]
