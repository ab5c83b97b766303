"""A test bench that stands in for an account: `bench.py --folder DIR [--watch PID] [--account NAME]`.

Starts fakesnow and moto, and in front of them what docs/snowflake-bench.md tells. Prints one line of JSON with
addresses, the certificate authority's file and a first user when everything listens; ends with process PID, or when it
is told to, and takes DIR away then.
"""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading

FOLDER = os.path.dirname(os.path.abspath(__file__))


def start(script: str, folder: str, arguments: list[str], environment: dict[str, str]) -> tuple[subprocess.Popen, int]:
    """Starts a peer and waits for its port; what it says otherwise goes to a file beside."""
    log = open(os.path.join(folder, script + ".log"), "wb")
    process = subprocess.Popen(
        [sys.executable, os.path.join(FOLDER, script), str(os.getpid()), *arguments], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=log, env={**os.environ, **environment})
    line = process.stdout.readline()
    if not line:
        with open(log.name, errors="replace") as said:
            sys.exit(f"{script} ended with {process.wait()}:\n{said.read()[-2000:]}")
    return process, json.loads(line)["port"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--watch", type=int)
    parser.add_argument("--account", default="TESTORG-BENCH")
    wanted = parser.parse_args()
    folder = os.path.realpath(wanted.folder)
    os.makedirs(os.path.join(folder, "plain"), exist_ok=True)
    os.makedirs(os.path.join(folder, "temporary"), exist_ok=True)

    from lifeline import announce, end_with

    if wanted.watch:
        end_with(wanted.watch, lambda: shutil.rmtree(folder, ignore_errors=True))
    temporary = {"TMPDIR": os.path.join(folder, "temporary"), "HOME": folder, "AWS_EC2_METADATA_DISABLED": "true"}
    peers = []
    moto, moto_port = start("moto_peer.py", folder, [], {
        **temporary, "INITIAL_NO_AUTH_ACTION_COUNT": "1000", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"})
    peers.append(moto)

    from accounts import Accounts
    from certificates import make_context
    from clouds import NAMES, Cloud, Clouds, Proxy
    from control import Control
    from engine import Engine
    from faults import Faults
    from front import Front
    from peer import Peer
    from results import Chunks
    from sessions import Sessions
    from storage import Storage
    from storefront import Storefront
    from wire import serve

    storage = Storage(moto_port)
    fakesnow, fakesnow_port = start("fakesnow_peer.py", folder, [storage.endpoint], {
        **temporary, "AWS_ACCESS_KEY_ID": storage.key_id, "AWS_SECRET_ACCESS_KEY": storage.secret,
        "AWS_DEFAULT_REGION": "us-east-1"})
    peers.append(fakesnow)

    accounts, sessions, faults, chunks = Accounts(wanted.account), Sessions(), Faults(), Chunks()
    clouds = Clouds()
    engine = Engine(Peer(fakesnow_port), storage, clouds, sessions, accounts.account, os.path.join(folder, "plain"))
    context, authority = make_context(folder, NAMES)
    facts = {
        "account": accounts.account, "user": "BENCH", "password": secrets.token_urlsafe(12), "authority": authority}
    accounts.put({"name": facts["user"], "password": facts["password"]})
    control = Control(accounts, sessions, engine, chunks, faults, facts)
    shared = {"accounts": accounts, "sessions": sessions, "engine": engine, "chunks": chunks, "control": control,
              "faults": faults}
    facts["http"] = serve(type("Plain", (Front,), {**shared, "secure": False}), None)
    facts["https"] = serve(type("Secure", (Front,), {**shared, "secure": True}), context)
    store = {"storage": storage, "control": control, "faults": faults, "moto": moto_port}
    engine.stages.port = facts["storage"] = serve(type("Store", (Storefront,), store), context)
    proxied = type("Cloud_", (Cloud,), {"clouds": clouds, "control": control, "faults": faults})
    facts["proxy"] = serve(type("Proxy_", (Proxy,), {"context": context, "cloud": proxied, "faults": faults}), None)
    facts.update(moto=moto_port, storageKey=storage.key_id, storageSecret=storage.secret)
    announce(facts)

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
    for process in peers:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


main()
