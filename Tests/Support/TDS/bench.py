"""A server that stands in for SQL Server: `bench.py --folder DIR [--watch PID]`.

Prints one line of JSON with ports, user, password and certificate when everything listens; ends with process PID, or when
it is told to, and takes DIR away then. See docs/tds-bench.md.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
import threading

FOLDER = os.path.dirname(os.path.abspath(__file__))
# What the benches share (lifeline.py) lies with the first of them; modules of the same name are found here first.
sys.path.append(os.path.join(os.path.dirname(FOLDER), "Snowflake"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--watch", type=int)
    wanted = parser.parse_args()
    folder = os.path.realpath(wanted.folder)
    os.makedirs(folder, exist_ok=True)

    from lifeline import announce, end_with

    if wanted.watch:
        end_with(wanted.watch, lambda: shutil.rmtree(folder, ignore_errors=True))

    import control
    from server import Server

    sys.setrecursionlimit(20000)
    server = Server(folder)
    facts = {
        "user": "bench", "password": secrets.token_urlsafe(12), "certificate": os.path.join(folder, "certificate.pem")}
    server.users[facts["user"]] = facts["password"]
    facts["port"] = server.serve("off")
    facts["plainPort"] = server.serve("none")
    facts["securePort"] = server.serve("required")
    facts["control"] = control.serve(server, facts)
    announce(facts)

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    shutil.rmtree(folder, ignore_errors=True)
    # Sessions may still run; DuckDB would complain of them.
    os._exit(0)


main()
