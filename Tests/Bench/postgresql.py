"""A PostgreSQL server for benchmarks, from the machine's packages, in a folder of its own."""
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

REFERENCE = """
CREATE TABLE reference (id bigint PRIMARY KEY, n integer NOT NULL, label text NOT NULL, amount numeric(12,2) NOT NULL,
  at timestamp NOT NULL, flag boolean NOT NULL, hash text NOT NULL, day date NOT NULL);
INSERT INTO reference SELECT i, (i * 7919) % 1000000, 'label ' || (i * 31) % 100000, ((i * 104729) % 1000000000) / 100.0,
  timestamp '2020-01-01' + i * interval '61.000123 s', i % 3 = 0, md5(i::text), date '2000-01-01' + (i % 9000)::int
  FROM generate_series(1::bigint, {rows}) AS i;
VACUUM (ANALYZE) reference;
"""


class Server:
    """Runs while the block does; holds `reference`, eight columns wide, in the database `postgres`."""

    user = "bench"
    port = "5432"

    def __init__(self, folder, rows):
        self.folder, self.rows = Path(folder), rows

    def __enter__(self):
        root = Path("/usr/lib/postgresql")
        tools = max(root.glob("*/bin"), key=lambda path: int(path.parent.name))
        shutil.rmtree(self.folder, ignore_errors=True)
        # Unix sockets have short names.
        self.folder.mkdir(parents=True)
        prefix = []
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            prefix = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        data = self.folder / "data"
        subprocess.run([*prefix, tools / "initdb", "-D", data, "-U", self.user, "-A", "trust", "-E", "UTF8",
                        "--locale=C.UTF-8", "--no-sync"], check=True, capture_output=True)
        self.server = subprocess.Popen(
            [*prefix, tools / "postgres", "-D", data, "-p", self.port, "-c", "listen_addresses=",
             "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off", "-c", "shared_buffers=512MB",
             "-c", "max_wal_size=4GB", "-c", "autovacuum=off"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while subprocess.run([tools / "pg_isready", "-q", "-h", self.folder, "-p", self.port]).returncode:
            if self.server.poll() is not None:
                raise SystemExit("PostgreSQL did not start")
            time.sleep(0.1)
        self.psql(REFERENCE.format(rows=self.rows))
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def copy_to_nowhere(self):
        """The command that has `psql` read the table and keep nothing: the limit."""
        return ["psql", "-X", "-q", "-h", self.folder, "-p", self.port, "-U", self.user, "-d", "postgres", "-c",
                "\\copy (SELECT id, n, label, amount, at, flag, hash, day FROM reference) TO '/dev/null' (FORMAT binary)"]

    def psql(self, sql):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", self.port, "-U", self.user,
                        "-d", "postgres", "-f", "-"], input=sql, text=True, check=True)
