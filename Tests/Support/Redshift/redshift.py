"""Stands in for Amazon Redshift: a proxy in front of a PostgreSQL server that answers what is Redshift's own.

    redshift.py FOLDER BACKEND_HOST BACKEND_PORT

prints one line of JSON with its port and ends with its standard input. UNLOAD runs its query in the client's own session and
writes Parquet files and a manifest to the S3 that the environment names (S3_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).
FOLDER/fault holds the next fault, as a word; it is gone once the fault has fired.
"""

import json
import os
import re
import socket
import struct
import sys
import threading
from typing import Any

from unloading import Refused, unload

SSL_REQUEST, CANCEL_REQUEST = 80877103, 80877102
SETUP = (
    "SET search_path = standin, public, pg_catalog; SET standard_conforming_strings = off; SET escape_string_warning = off; "
    "SET backslash_quote = on")
REWRITES = [
    (re.compile(r"SET\s+(enable_case_sensitive_identifier\s+TO\s+\w+)", re.IGNORECASE), r"SET standin.\1"),
    (re.compile(r"\bAPPROXIMATE\s+COUNT\b", re.IGNORECASE), "COUNT"),
]


class Gone(Exception):
    """One of the two sides hung up."""


class Wire:
    """One side's socket, read message by message."""

    def __init__(self, sock: socket.socket):
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = sock.makefile("rb", 1 << 16)

    def take(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise Gone
        return data

    def first(self) -> bytes:
        """A message without a letter, as they come before the login."""
        length = struct.unpack("!I", head := self.take(4))[0]
        return head + self.take(length - 4)

    def message(self) -> tuple[bytes, bytes]:
        letter = self.take(1)
        return letter, self.take(struct.unpack("!I", self.take(4))[0] - 4)

    def send(self, letter: bytes, body: bytes) -> None:
        self.sock.sendall(letter + struct.pack("!I", len(body) + 4) + body)

    def close(self) -> None:
        # The stream keeps the socket open otherwise.
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._stream.close()
        self.sock.close()


class Session:
    """One client and its session of the server behind."""

    def __init__(self, proxy: "Proxy", client: socket.socket):
        self.proxy, self.client = proxy, Wire(client)
        self.server: Wire | None = None

    def run(self) -> None:
        try:
            if self.log_in():
                while self.one():
                    pass
        except (Gone, OSError):
            pass
        finally:
            self.client.close()
            if self.server is not None:
                self.server.close()

    def log_in(self) -> bool:
        """The start of a session; False for a request to cancel, which is passed on."""
        start = self.client.first()
        while struct.unpack("!I", start[4:8])[0] == SSL_REQUEST:
            self.client.sock.sendall(b"N")
            start = self.client.first()
        backend = self.proxy.connect()
        if struct.unpack("!I", start[4:8])[0] == CANCEL_REQUEST:
            backend.sendall(start)
            backend.close()
            return False
        self.server = Wire(backend)
        fields = start[8:].split(b"\0")
        values = dict(zip(fields[0::2], fields[1::2], strict=False))
        user = values[b"user"].decode()
        if user.startswith("IAM"):
            # AWS made the name and the password; only that there is one is looked at.
            self.client.send(b"R", struct.pack("!I", 3))
            letter, password = self.client.message()
            self.proxy.note({"login": user, "password": len(password) > 8 and letter == b"p"})
            values[b"user"] = self.proxy.user.encode()
        body = b"\0\3\0\0" + b"".join(
            key + b"\0" + value + b"\0" for key, value in values.items() if key) + b"\0"
        backend.sendall(struct.pack("!I", len(body) + 4) + body)
        while True:
            letter, body = self.server.message()
            if letter == b"Z":
                break
            self.client.send(letter, body)
            if letter == b"E":
                raise Gone
        self.ask(SETUP)
        self.client.send(b"Z", b"I")
        return True

    def one(self) -> bool:
        """Passes on one request and its answer."""
        letter, body = self.client.message()
        if letter == b"X":
            return False
        if letter != b"Q":
            raise Gone
        sql = body[:-1].decode()
        if re.match(r"\s*UNLOAD\b", sql, re.IGNORECASE):
            self.unload(sql)
            return True
        for pattern, text in REWRITES:
            sql = pattern.sub(text, sql)
        self.server.send(b"Q", sql.encode() + b"\0")
        cut = self.proxy.fault("cut ") if re.match(r"\s*(SELECT\s+\"|FETCH\s)", sql) else None
        left = int(cut) if cut else None
        while True:
            letter, body = self.server.message()
            if left is not None:
                left -= len(body) + 5
                if left < 0:
                    raise Gone
            self.client.send(letter, body)
            if letter == b"Z":
                return True

    def unload(self, sql: str) -> None:
        try:
            unload(self, sql)
        except Refused as error:
            # The transaction fails as it does after any error of the server.
            self.ask("SELECT 1/0")
            self.client.send(b"E", b"SERROR\0C" + error.state.encode() + b"\0M" + str(error).encode() + b"\0\0")
        else:
            self.client.send(b"C", b"UNLOAD\0")
        self.client.send(b"Z", self.status)

    def ask(self, sql: str) -> tuple[list[Any], list[list[str | None]]]:
        """Asks the server behind; columns as (type, modifier), rows as texts."""
        self.server.send(b"Q", sql.encode() + b"\0")
        columns: list[Any] = []
        rows: list[list[str | None]] = []
        failure = None
        while True:
            letter, body = self.server.message()
            if letter == b"T":
                columns = described(body)
            elif letter == b"D":
                rows.append(values_of(body))
            elif letter == b"E":
                failure = body
            elif letter == b"Z":
                self.status = body
                break
        if failure is not None and "1/0" not in sql:
            fields = {part[:1]: part[1:].decode() for part in failure.split(b"\0") if part}
            raise Refused(fields.get(b"M", ""), fields.get(b"C", "XX000"))
        return columns, rows


def described(body: bytes) -> list[Any]:
    count, place, found = struct.unpack("!H", body[:2])[0], 2, []
    for _ in range(count):
        end = body.index(b"\0", place)
        _, _, oid, _, modifier, _ = struct.unpack("!IHIhih", body[end + 1:end + 19])
        found.append((body[place:end].decode(), oid, modifier))
        place = end + 19
    return found


def values_of(body: bytes) -> list[str | None]:
    count, place, found = struct.unpack("!H", body[:2])[0], 2, []
    for _ in range(count):
        length = struct.unpack("!i", body[place:place + 4])[0]
        place += 4
        found.append(None if length < 0 else body[place:place + length].decode())
        place += max(length, 0)
    return found


class Proxy:
    def __init__(self, folder: str, host: str, port: int, user: str):
        self.folder, self.backend, self.user = folder, (host, port), user
        self._lock = threading.Lock()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.backend)

    def fault(self, word: str) -> str | None:
        """What follows the word of the fault that is set, when it is this one; the fault has fired then."""
        path = os.path.join(self.folder, "fault")
        with self._lock:
            try:
                with open(path) as file:
                    text = file.read().strip()
            except FileNotFoundError:
                return None
            if not text.startswith(word):
                return None
            os.remove(path)
            return text[len(word):] or "yes"

    def note(self, fact: dict[str, Any]) -> None:
        with self._lock, open(os.path.join(self.folder, "log"), "a") as log:
            log.write(json.dumps(fact) + "\n")

    def serve(self) -> None:
        server = socket.create_server(("127.0.0.1", 0))
        print(json.dumps({"port": server.getsockname()[1]}), flush=True)
        while True:
            client, _ = server.accept()
            threading.Thread(target=Session(self, client).run, daemon=True).start()


def main() -> None:
    proxy = Proxy(sys.argv[1], sys.argv[2], int(sys.argv[3]), "scmplan")
    threading.Thread(target=proxy.serve, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
