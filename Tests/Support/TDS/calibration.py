"""What calibrations have in common: a server for all of them, a user and a database for each.

They measure the bench by what none of us wrote: FreeTDS, through pyodbc, without a line of Swift.
`python -m unittest discover -s Tests/Support/TDS -p 'calibrate_*.py'` runs them.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from typing import Any

import pyodbc

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py")
pyodbc.pooling = False


class BenchTest(unittest.TestCase):
    """A server for all tests of the process, a user and a database for each."""

    facts: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        if not hasattr(BenchTest, "facts"):
            folder = tempfile.mkdtemp(prefix="scmplan-tds-")
            atexit.register(shutil.rmtree, folder, True)
            process = subprocess.Popen(
                [sys.executable, SCRIPT, "--folder", folder, "--watch", str(os.getpid())], stdout=subprocess.PIPE)
            BenchTest.facts = json.loads(process.stdout.readline())
            # Run in the opposite order.
            atexit.register(process.wait, 20)
            atexit.register(process.terminate)
            process.stdout.close()

    def setUp(self) -> None:
        self.name = f"T{time.monotonic_ns()}"
        self.control("POST", "users", {"name": self.name, "password": "secret"})
        self.control("POST", "script", {"sql": f"CREATE DATABASE {self.name}"})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"http://127.0.0.1:{self.facts['control']}/{path}"
        request = urllib.request.Request(url, json.dumps(body or {}).encode(), method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            self.fail(error.read().decode())

    def script(self, sql: str) -> list[list[str | None]]:
        """Runs a script in the test's database past the wire; the rows of its last result."""
        return self.control("POST", "script", {"sql": sql, "database": self.name})["rows"]

    def connect(self, port: str = "port", autocommit: bool = True, **wanted: str) -> pyodbc.Connection:
        given = {
            "Driver": "FreeTDS", "Server": "127.0.0.1", "Port": self.facts[port], "UID": self.name, "PWD": "secret",
            "Database": self.name, "TDS_Version": "7.4", "ClientCharset": "UTF-8", **wanted}
        connection = pyodbc.connect(
            ";".join(f"{key}={value}" for key, value in given.items()), autocommit=autocommit, timeout=60)
        connection.add_output_converter(-155, offset_of)
        self.addCleanup(self.close, connection)
        return connection

    @staticmethod
    def close(connection: pyodbc.Connection) -> None:
        try:
            connection.close()
        except pyodbc.Error:
            # The server had ended it.
            pass

    def fault(self, **fault: Any) -> str:
        return self.control("POST", "faults", {"user": self.name, **fault})["ids"][0]

    def fired(self, id: str) -> int:
        return next(one["fired"] for one in self.control("GET", "fired") if one["id"] == id)

    def refused(self, number: int, action: Any, *arguments: Any) -> str:
        """Runs what has to fail with a number of the server, and returns the words."""
        with self.assertRaises(pyodbc.Error) as caught:
            action(*arguments)
        words = str(caught.exception)
        self.assertIn(f"({number})", words)
        return words


def offset_of(raw: bytes) -> str:
    """SQL_SS_TIMESTAMPOFFSET_STRUCT as text."""
    import struct
    year, month, day, hour, minute, second, fraction, hours, minutes = struct.unpack("<hHHHHHIhh", raw[:20])
    sign = "-" if hours < 0 or minutes < 0 else "+"
    return (f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{fraction // 100:07} "
            f"{sign}{abs(hours):02}:{abs(minutes):02}")
