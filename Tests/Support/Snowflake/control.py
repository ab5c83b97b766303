"""What tests do to the bench: users, faults, settings, tokens that expire, and a look at what it was asked."""

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from wire import Handler, Reply

if TYPE_CHECKING:
    from accounts import Accounts
    from engine import Engine
    from faults import Faults
    from results import Chunks
    from sessions import Sessions

#: Settings that tests may change, with what they are without them.
SETTINGS = {
    "patience": 5.0,  # seconds until a query that still runs is answered with 333333
    "inline_rows": 100000, "chunk_rows": 100000, "chunk_key": "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmU=",
    "validity": 3600, "master_validity": 14400}


class Control:
    """The endpoints under /_bench, and the settings of the whole bench."""

    patience: float
    inline_rows: int
    chunk_rows: int
    chunk_key: str
    validity: int
    master_validity: int

    def __init__(
        self, accounts: "Accounts", sessions: "Sessions", engine: "Engine", chunks: "Chunks", faults: "Faults",
        facts: dict[str, Any]
    ):
        self.accounts, self.sessions, self.engine, self.chunks, self.faults = accounts, sessions, engine, chunks, faults
        self.facts = facts
        self._lock = threading.Lock()
        self._log: list[dict[str, Any]] = []
        self.__dict__.update(SETTINGS)

    def note(
        self, kind: str, user: str, request: str, sql: str | None, query: dict[str, str], tag: str | None = None
    ) -> None:
        """Writes a request down: no header and no body but the SQL text and its query tag."""
        ids = {name: query[name] for name in ("requestId", "request_guid", "retryCount", "partNumber") if name in query}
        with self._lock:
            self._log.append({"time": time.time(), "kind": kind, "user": user, "request": request, "sql": sql, "tag": tag, **ids})

    def answer(self, handler: Handler) -> Reply:
        body = json.loads(b"".join(handler.pieces()) or b"{}")
        name = f"{handler.command} {handler.route.removeprefix('/_bench/')}"
        try:
            action = getattr(self, "_" + name.lower().replace(" ", "_"), None)
            return Reply.json(action(body, handler.query)) if action else Reply.json({"error": name}, 404)
        except Exception as error:
            return Reply.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _get_facts(self, body: Any, query: dict[str, str]) -> Any:
        return self.facts

    def _post_users(self, body: Any, query: dict[str, str]) -> Any:
        self.accounts.put(body)
        return {}

    def _get_refusals(self, body: Any, query: dict[str, str]) -> Any:
        """Why tokens were refused, by the id in the message that the client got."""
        return self.accounts.reasons

    def _post_faults(self, body: Any, query: dict[str, str]) -> Any:
        return {"ids": [self.faults.add(one) for one in (body if isinstance(body, list) else [body])]}

    def _delete_faults(self, body: Any, query: dict[str, str]) -> Any:
        self.faults.clear(query.get("user"), query.get("id"))
        return {}

    def _get_fired(self, body: Any, query: dict[str, str]) -> Any:
        return self.faults.facts()

    def _get_wait(self, body: Any, query: dict[str, str]) -> Any:
        """Waits until a fault has fired `count` times."""
        return {"fired": self.faults.wait(query["id"], int(query.get("count", 1)), float(query.get("seconds", 60)))}

    def _post_release(self, body: Any, query: dict[str, str]) -> Any:
        self.faults.release(body.get("id"))
        return {}

    def _post_settings(self, body: Any, query: dict[str, str]) -> Any:
        for name, value in body.items():
            if name == "after_abort":
                self.engine.after_abort = value
            elif name in SETTINGS:
                setattr(self, name, type(SETTINGS[name])(value))
            else:
                raise ValueError(f"no setting is called {name}")
        return {}

    def _post_expire(self, body: Any, query: dict[str, str]) -> Any:
        """`what`: session, master, gone (each for `user` or for all), storage or chunks."""
        what = body["what"]
        if what == "storage":
            self.engine.stages.storage.expire_credentials()
        elif what == "chunks":
            self.chunks.expire()
        elif what in ("session", "master", "gone"):
            for session in self.sessions.of_user(body.get("user")):
                session.token_expired = session.token_expired or what != "gone"
                session.master_expired = session.master_expired or what == "master"
                if what == "gone":
                    self.engine.end(session)
        else:
            raise ValueError(f"{what} does not expire")
        return {}

    def _post_sql(self, body: Any, query: dict[str, str]) -> Any:
        """Runs a statement in fakesnow itself, past everything that the bench does; rows of text."""
        from results import Result

        result = Result.from_peer(self.engine.peer.query(self.engine.peer.admin, body["sql"]))
        return {"columns": [item["name"] for item in result.rowtype], "rows": result.text_rows()}

    def _get_log(self, body: Any, query: dict[str, str]) -> Any:
        with self._lock:
            return [
                one for one in self._log if all(query[key] == one.get(key) for key in ("kind", "user") if key in query)]
