"""A server that stands in for SQL Server, for benchmarks: Tests/Support/TDS with a table of rows to read.

    sqlserver.py PORT USER TABLE FILE     reads the table with arrow-odbc and writes it with pyarrow; the password is in
                                          BENCH_PASSWORD; prints CPU seconds and peak bytes as `measure` does

The server is slow beside the clients, so that only their CPU time says something.
"""
import json
import os
import resource
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DRIVER = "FreeTDS"

REFERENCE = """
CREATE DATABASE bench;
GO
USE bench;
CREATE TABLE digits (d int); INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE reference (id bigint NOT NULL PRIMARY KEY, n int NOT NULL, label nvarchar(40) NOT NULL,
  amount numeric(12,2) NOT NULL, at datetime2(6) NOT NULL, flag bit NOT NULL, hash varchar(32) NOT NULL, day date NOT NULL);
INSERT INTO reference SELECT i, i * 79 % 1000000, CONCAT('label ', i * 31 % 100000), CAST(i * 1047 % 1000000 AS numeric(12,2)) / 100,
  DATEADD(second, i * 61, CAST('2020-01-01' AS datetime2(6))), CASE WHEN i % 3 = 0 THEN 1 ELSE 0 END,
  RIGHT(CONCAT('0123456789abcdef0123456789abcdef', i), 32), DATEADD(day, i % 9000, CAST('2000-01-01' AS date))
  FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS i FROM digits a CROSS JOIN digits b
    CROSS JOIN digits c CROSS JOIN digits e CROSS JOIN digits f CROSS JOIN digits g) AS numbers WHERE i < {rows};
CREATE TABLE long (id int NOT NULL PRIMARY KEY, body nvarchar(max) NOT NULL);
INSERT INTO long SELECT a.d + 10 * b.d + 100 * c.d, REPLICATE(CAST('a long text, ' AS nvarchar(max)), 4000 + a.d)
  FROM digits a CROSS JOIN digits b CROSS JOIN digits c;
"""


class Server:
    """Runs while the block does; holds `reference`, eight columns wide, and `long`, a thousand texts of 100 KB."""

    def __init__(self, folder, rows):
        self.folder, self.rows = Path(folder), rows

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.server = subprocess.Popen(
            [ROOT / ".deps/tds/bin/python", ROOT / "Tests/Support/TDS/bench.py", "--folder", self.folder, "--watch",
             str(os.getpid())], stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.server.stdout.readline())
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.facts['control']}/script",
            data=json.dumps({"sql": REFERENCE.format(rows=self.rows)}).encode(), method="POST")
        urllib.request.urlopen(request, timeout=1200).read()
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    @property
    def environment(self):
        return {**os.environ, "BENCH_PASSWORD": self.facts["password"]}


def arrow_odbc(port, user, table, path):
    import pyarrow.parquet as pq
    from arrow_odbc import read_arrow_batches_from_odbc
    before = resource.getrusage(resource.RUSAGE_SELF)
    reader = read_arrow_batches_from_odbc(
        f"SELECT * FROM {table}", f"Driver={DRIVER};Server=127.0.0.1;Port={port};Database=bench;TDS_Version=7.4;ClientCharset=UTF-8;"
                                  f"UID={user};PWD={os.environ['BENCH_PASSWORD']}", batch_size=65535, max_text_size=64)
    count = 0
    with pq.ParquetWriter(path, reader.schema, compression="zstd", compression_level=1) as writer:
        for batch in reader:
            writer.write_batch(batch)
            count += batch.num_rows
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # Without the time that Python takes to begin.
    cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"count": count, "cpuSeconds": cpu, "peakBytes": usage.ru_maxrss * 1024}))


if __name__ == "__main__":
    arrow_odbc(*sys.argv[1:])
