"""What tests do to the bench, over HTTP: users, faults, scripts, settings, and a look at what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from scripts import load
from server import Server


class Control(BaseHTTPRequestHandler):
    """One request; answers are JSON."""

    protocol_version = "HTTP/1.1"
    server_: Server
    facts: dict[str, Any]

    def answer(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        action = getattr(self, f"{self.command.lower()}_{parts.path.strip('/')}", None)
        try:
            status, value = (200, action(body, query)) if action else (404, {"error": self.path})
        except Exception as error:
            status, value = 400, {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = answer

    def get_facts(self, body: Any, query: dict[str, str]) -> Any:
        return self.facts

    def post_users(self, body: Any, query: dict[str, str]) -> Any:
        self.server_.users[body["name"].lower()] = body["password"]
        return {}

    def post_faults(self, body: Any, query: dict[str, str]) -> Any:
        return {"ids": [self.server_.faults.add(one) for one in (body if isinstance(body, list) else [body])]}

    def delete_faults(self, body: Any, query: dict[str, str]) -> Any:
        self.server_.faults.clear(query.get("user"))
        return {}

    def get_fired(self, body: Any, query: dict[str, str]) -> Any:
        return self.server_.faults.facts()

    def get_wait(self, body: Any, query: dict[str, str]) -> Any:
        """Waits until a fault has fired `count` times."""
        return {
            "fired": self.server_.faults.wait(query["id"], int(query.get("count", 1)), float(query.get("seconds", 60)))}

    def post_release(self, body: Any, query: dict[str, str]) -> Any:
        self.server_.faults.release(body.get("id"))
        return {}

    def post_script(self, body: Any, query: dict[str, str]) -> Any:
        """Runs a script with its GO lines as an administrator; the rows of its last result as text."""
        return load(self.server_, body["sql"], body.get("database", "master"))

    def post_settings(self, body: Any, query: dict[str, str]) -> Any:
        """Settings of a database, by their names in sys.databases; flags of a table, by theirs in sys.tables."""
        database = self.server_.catalog.database(body.pop("database"))
        held = database.settings
        if "table" in body:
            held = self.server_.catalog.table(body.pop("table").split("."), database.name)[1].flags
        held.update(body)
        return {}

    def get_log(self, body: Any, query: dict[str, str]) -> Any:
        return self.server_.log(query)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(server: Server, facts: dict[str, Any]) -> int:
    """Answers on a free port of 127.0.0.1 from now on, and tells which."""
    handler = type("BenchControl", (Control,), {"server_": server, "facts": facts})
    listener = type("BenchListener", (ThreadingHTTPServer,), {"request_queue_size": 128})(("127.0.0.1", 0), handler)
    listener.daemon_threads = True
    threading.Thread(target=listener.serve_forever, daemon=True, name="control").start()
    return listener.server_address[1]
