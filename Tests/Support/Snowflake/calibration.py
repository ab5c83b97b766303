"""What calibrations have in common: a bench for all of them, a user and a database for each.

They measure the bench by what none of us wrote: Snowflake's own connector, boto3 and pyarrow, without the Swift client.
`python -m unittest discover -s Tests/Support/Snowflake -p 'calibrate_*.py'` runs them.
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
import urllib.request
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import snowflake.connector

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench.py")


class BenchTest(unittest.TestCase):
    """A bench for all tests of the process, a user and a database for each."""

    facts: dict[str, Any]
    folder: str

    @classmethod
    def setUpClass(cls) -> None:
        if not hasattr(BenchTest, "facts"):
            BenchTest.folder = tempfile.mkdtemp(prefix="scmplan-bench-")
            atexit.register(shutil.rmtree, BenchTest.folder)
            process = subprocess.Popen(
                [sys.executable, SCRIPT, "--folder", BenchTest.folder + "/bench", "--watch", str(os.getpid())],
                stdout=subprocess.PIPE)
            BenchTest.facts = json.loads(process.stdout.readline())
            os.environ["REQUESTS_CA_BUNDLE"] = BenchTest.facts["authority"]
            # Run in the opposite order.
            atexit.register(process.wait, 20)
            atexit.register(process.terminate)
            process.stdout.close()

    def setUp(self) -> None:
        self.name = f"T{time.monotonic_ns()}"
        self.put_user()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"http://127.0.0.1:{self.facts['http']}/_bench/{path}"
        request = urllib.request.Request(url, json.dumps(body or {}).encode(), method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def put_user(self, **facts: Any) -> None:
        self.control("POST", "users", {"name": self.name, "password": "secret", **facts})

    def connect(self, **wanted: Any) -> snowflake.connector.SnowflakeConnection:
        given = {"password": "secret", **wanted}
        given = {name: value for name, value in given.items() if value is not None}
        connection = snowflake.connector.connect(
            account=self.facts["account"], user=self.name, host="127.0.0.1", port=self.facts["http"], protocol="http",
            login_timeout=15, network_timeout=60, **given)
        self.addCleanup(connection.close)
        return connection

    def fault(self, **fault: Any) -> str:
        return self.control("POST", "faults", {"user": self.name, **fault})["ids"][0]

    def fired(self, id: str) -> int:
        return next(one["fired"] for one in self.control("GET", "fired") if one["id"] == id)

    def database(self) -> Any:
        """A cursor in a database of the test's own, with a stage ST."""
        cursor = self.connect().cursor()
        cursor.execute(f"CREATE DATABASE {self.name}")
        cursor.execute("CREATE STAGE ST")
        return cursor

    def parquet(self, name: str, **columns: list[Any]) -> str:
        path = os.path.join(self.folder, self.name + name)
        pq.write_table(pa.table(columns), path)
        return path
