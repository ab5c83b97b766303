"""`verify` and `refresh` of a table from PostgreSQL in a SQLite target, beside reladiff and COUNT(*)."""
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from postgresql import Server

COLUMNS = ["n", "label", "amount", "at", "flag", "hash", "day"]

# Two equal tables in two databases, as in two systems: told apart by the server, reladiff compares them by a join.
RELADIFF = """
import json, sys, time
from reladiff import connect_to_table, diff_tables
host, port, user, columns = sys.argv[1:5]
def table(database):
    return connect_to_table({"driver": "postgresql", "host": host, "port": port, "user": user, "database": database},
                            "reference", "id", thread_count=4)
begin = time.monotonic()
found = list(diff_tables(table("postgres"), table("copy"), extra_columns=tuple(columns.split(",")), max_threadpool_size=4))
print(json.dumps({"wall": time.monotonic() - begin, "found": len(found)}))
"""


def measure(root, scmplan, rows, rounds):
    """Medians in seconds: verify, refresh of an unchanged table, reladiff, COUNT(*); and verify's peak memory in bytes."""
    with Server(Path(tempfile.gettempdir()) / f"scmplan-verification-{os.getpid()}", rows) as server:
        server.psql("CREATE DATABASE copy TEMPLATE postgres")
        folder = root / ".build/bench/verification"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "wf.json").write_text(json.dumps({"tables": [{
            "source": {"schemaName": "public", "tableName": "reference"}, "target": {"tableName": "reference"},
            "synchronization": {"strategy": "checksum"}}]}))
        (folder / "configuration.toml").write_text(
            f'[connections.source.postgresql]\nhost = "{server.folder}"\nport = {server.port}\ndatabase = "postgres"\n'
            f'username = "{server.user}"\nsslmode = "disable"\n[connections.target.sqlite]\npath = "target.db"\n')
        os.chmod(folder / "configuration.toml", 0o600)

        peaks = []

        def run(*command):
            begin = time.monotonic()
            child = subprocess.Popen([scmplan, *command], cwd=folder, stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise SystemExit(f"scmplan {command[0]} ended with {child.returncode}")
            if command[0] == "verify":
                peaks.append(used.ru_maxrss * 1024)
            return time.monotonic() - begin

        def reladiff():
            out = subprocess.run(
                [root / ".deps/peers/bin/python", "-c", RELADIFF, server.folder, server.port, server.user, ",".join(COLUMNS)],
                check=True, capture_output=True, text=True)
            measured = json.loads(out.stdout.splitlines()[-1])
            assert measured["found"] == 0
            return measured["wall"]

        def count():
            begin = time.monotonic()
            server.psql("SELECT count(*) AS rows FROM reference \\g /dev/null")
            return time.monotonic() - begin

        run("apply", "wf.json", "--auto-approve")
        programs = {"verify": lambda: run("verify", "wf.json"), "refresh": lambda: run("refresh", "wf.json"),
                    "reladiff": reladiff, "count": count}
        seconds = {name: [] for name in programs}
        for _ in range(rounds):
            for name, program in programs.items():
                seconds[name].append(program())
        shutil.rmtree(folder)
    return {name: statistics.median(values) for name, values in seconds.items()}, max(peaks)
