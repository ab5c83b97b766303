"""Requests to fakesnow."""

import http.client
import json
import threading
from contextlib import nullcontext
from typing import Any

from errors import SqlError, from_peer


class Peer:
    """The fakesnow server behind the bench; a session of it belongs to one session of the bench."""

    def __init__(self, port: int):
        self.port = port
        self._admin_turn = threading.Lock()
        self.admin = self.login(None, None)

    def login(self, database: str | None, schema: str | None) -> str:
        query = "&".join(
            f"{name}={value}" for name, value in (("databaseName", database), ("schemaName", schema)) if value)
        answer, _ = self._call("POST", f"/session/v1/login-request?{query}", None, {"data": {"SESSION_PARAMETERS": {}}})
        return answer["data"]["token"]

    def logout(self, token: str) -> None:
        self._call("POST", "/session?delete=true", token, {})

    def interrupt(self, token: str) -> None:
        self._call("POST", f"/_peer/interrupt?token={token}", None, {})

    def query(self, token: str, sql: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of the answer to a statement. Raises SqlError when it failed."""
        body = {"sqlText": sql, **(extra or {})}
        # A session of fakesnow bears one statement at a time; the bench's own sessions see to that by themselves.
        with self._admin_turn if token == self.admin else nullcontext():
            answer, reason = self._call("POST", "/queries/v1/query-request", token, body)
        if answer.get("success"):
            return answer["data"]
        data = answer.get("data") or {}
        raise from_peer(
            str(answer.get("code") or "000603"), data.get("sqlState") or "XX000", answer.get("message") or "failed",
            reason)

    def _call(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            headers = {"Content-Type": "application/json"}
            if token:
                headers["Authorization"] = f'Snowflake Token="{token}"'
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            reason = response.getheader("x-peer-error") or ""
            try:
                return json.loads(text), reason
            except ValueError:
                said = reason or text[:200].decode(errors="replace")
                raise SqlError("000603", "XX000", f"fakesnow: {said}") from None
        finally:
            connection.close()
