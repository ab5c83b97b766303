"""What all sessions share: databases, users, faults, rowversions, a log; and the port on which they begin."""

import itertools
import os
import socket
import ssl
import subprocess
import threading
import time
from typing import Any

import duckdb

import macros
from catalog import Catalog
from channel import Channel
from faults import Faults


class Rowversions:
    """The one counter of a server for rowversion columns (@@DBTS), and who has not committed yet."""

    def __init__(self) -> None:
        self.last = 2000
        self._active: dict[int, int] = {}
        self._lock = threading.Lock()

    def take(self, count: int, spid: int, in_transaction: bool) -> int:
        """The first of so many new ones."""
        with self._lock:
            first = self.last + 1
            self.last += count
            if in_transaction:
                self._active.setdefault(spid, first)
            return first

    def settled(self, spid: int) -> None:
        with self._lock:
            self._active.pop(spid, None)

    def lowest_active(self) -> int:
        with self._lock:
            return min(self._active.values(), default=self.last + 1)


class Server:
    """One instance: sessions on threads of their own over one DuckDB."""

    def __init__(self, folder: str):
        self.folder = folder
        self.catalog, self.faults, self.rowversions = Catalog(), Faults(), Rowversions()
        self.users: dict[str, str] = {}
        self.duckdb = duckdb.connect(":memory:", config={"threads": 2})
        macros.create(self.duckdb)
        self.definitions = threading.RLock()
        self.spids = itertools.count(51)
        self.context = make_context(folder)
        self._log: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        for name in ("master", "tempdb", "model", "msdb"):
            self.create_database(name)

    def create_database(self, name: str) -> Any:
        with self.definitions:
            database = self.catalog.create(name)
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = self.duckdb.cursor()
            cursor.execute(f"ATTACH ':memory:' AS {quoted}")
            cursor.execute(f"CREATE SCHEMA {quoted}.dbo")
            cursor.close()
            return database

    def drop_database(self, name: str) -> None:
        with self.definitions:
            self.catalog.database(name)
            cursor = self.duckdb.cursor()
            cursor.execute('DETACH "' + name.replace('"', '""') + '"')
            cursor.close()
            del self.catalog.databases[name.lower()]

    def note(self, kind: str, session: Any, text: str, **more: Any) -> None:
        """Writes down what came: logins without their passwords, statements with their text."""
        with self._lock:
            self._log.append({"time": time.time(), "kind": kind, "user": session.user, "spid": session.spid,
                              "database": session.database, "text": text, **more})

    def log(self, wanted: dict[str, str]) -> list[dict[str, Any]]:
        with self._lock:
            return [one for one in self._log if all(str(one.get(name)) == value for name, value in wanted.items())]

    def denied(self, session: Any, permission: str, thing: str) -> bool:
        """Whether a fault of kind `table` stands for a permission that is asked about."""
        views = {"VIEW DATABASE STATE": "sys.dm_db_partition_stats", "VIEW SERVER STATE": "sys.dm_os_sys_info",
                 "VIEW DATABASE PERFORMANCE STATE": "sys.dm_db_partition_stats", "UNMASK": "unmask"}
        name = views.get(permission, thing.replace("[", "").replace("]", "").lower())
        return any(fault.matches("table", name, session.user) for fault in self.faults.all())

    def serve(self, encryption: str) -> int:
        """Takes sessions on a free port of 127.0.0.1 from now on, and tells which."""
        from session import Session
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)

        def run() -> None:
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                spid = next(self.spids)
                session = Session(self, Channel(connection, spid), spid, encryption)
                threading.Thread(target=session.run, daemon=True, name=f"session {spid}").start()

        threading.Thread(target=run, daemon=True, name="listener").start()
        return listener.getsockname()[1]


def make_context(folder: str) -> ssl.SSLContext:
    """TLS with a certificate that nobody signed but itself, as a fresh server has; TDS 7 knows no TLS 1.3."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run([
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True,
                   capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
