"""The service's own endpoints: login, queries, polling, tokens, chunks."""

import gzip
import json
import re
import uuid
from typing import Any

from accounts import Accounts
from control import Control
from engine import Engine
from errors import AuthError, SqlError
from faults import Fault
from results import Chunks, Result, inline_and_chunks
from sessions import Query, Session, Sessions
from wire import Handler, Reply

KINDS = {
    "/session/v1/login-request": "login", "/session/token-request": "renew", "/session/heartbeat": "heartbeat",
    "/session": "logout", "/queries/v1/query-request": "query", "/queries/v1/abort-request": "abort",
    "/telemetry/send": "telemetry"}
PARAMETERS = [("AUTOCOMMIT", True), ("CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", 3600),
              ("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", 0), ("TIMEZONE", "Etc/UTC")]
ARROW_CLIENTS = ("PythonConnector", "Go", "JDBC", "ODBC", "C API")


class Front(Handler):
    """One connection of a client of the service."""

    accounts: Accounts
    sessions: Sessions
    engine: Engine
    chunks: Chunks
    control: Control
    secure: bool

    def describe(self) -> tuple[str, str, str]:
        self.body: dict[str, Any] = {}
        if self.route.startswith("/_bench/"):
            return "", "", ""
        kind = KINDS.get(self.route) or (
            "chunk" if self.route.startswith("/_chunks/") else "poll" if self.route.endswith("/result")
            else "monitor" if self.route.startswith("/monitoring/") else "other")
        raw = b"".join(self.pieces())
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        if raw and kind != "telemetry":
            self.body = json.loads(raw)
        self.token = (self.headers.get("Authorization") or "").removeprefix('Snowflake Token="').removesuffix('"')
        user = ((self.body.get("data") or {}).get("LOGIN_NAME") or "").upper()
        if kind not in ("login", "chunk"):
            user = next((one.user for one in self.sessions.of_user(None) if self.token in (one.token, one.master)), "")
        self.offset = self.accounts.clock(user)
        text = self.body.get("sqlText") or self.route
        if kind == "poll":
            text = self._known(self.route.split("/")[-2]) or text
        self.control.note(
            kind, user, f"{self.command} {self.route}", self.body.get("sqlText"), self.query,
            (self.body.get("parameters") or {}).get("QUERY_TAG"))
        return kind, text, user

    def _known(self, id: str) -> str | None:
        query = self.sessions.queries.get(id)
        return query.sql if query else None

    def answer(self, kind: str, fault: Fault | None) -> Reply:
        if not kind:
            return self.control.answer(self)
        try:
            return self._answer(kind, fault)
        except AuthError as error:
            return Reply.json({"data": error.data, "code": error.code, "message": error.message, "success": False})
        except SqlError as error:
            return Reply.json(failure(error, None))

    def _answer(self, kind: str, fault: Fault | None) -> Reply:
        act = fault.act if fault else ""
        if act == "error":
            raise SqlError(fault.code, "XX000", fault.message)
        if act == "storage_expired":
            self.engine.stages.storage.expire_credentials()
        if kind == "login":
            return self._login()
        if kind == "chunk":
            return self._chunk()
        if kind == "telemetry":
            return ok(None)
        session = self.sessions.by_token(self.token, master=kind == "renew")
        if act in ("session_expired", "session_gone"):
            session.token_expired = act == "session_expired"
            if act == "session_gone":
                self.engine.end(session)
            self.sessions.by_token(self.token, master=kind == "renew")
        if kind == "renew":
            return self._renew(session)
        if kind == "heartbeat":
            return ok(None)
        if kind == "logout":
            self.engine.end(session)
            return ok(None)
        if kind == "query":
            return self._query(session, fault)
        if kind == "poll":
            return self._poll(session, fault)
        if kind == "monitor":
            return self._monitor(session)
        if kind == "abort":
            return self._abort(session)
        return Reply(404, b"Not Found")

    # Sessions

    def _login(self) -> Reply:
        data = self.body["data"]
        user = self.accounts.authenticate(data)
        wanted = {name: self.query.get(name) for name in ("databaseName", "schemaName", "roleName", "warehouse")}
        folded = {name: fold(value) if value else None for name, value in wanted.items()}
        parameters = {name.upper(): value for name, value in (data.get("SESSION_PARAMETERS") or {}).items()}
        role = folded["roleName"] or user.role or user.roles[0]
        if role not in user.roles:
            raise AuthError("390189", f"Role '{role}' specified in the connect string is not granted to this user.")
        warehouse, database, schema = folded["warehouse"], folded["databaseName"], folded["schemaName"]
        missing = self.engine.missing(database, schema)
        strict = str(parameters.get("CLIENT_VALIDATE_DEFAULT_PARAMETERS", False)).lower() == "true"
        if strict and (missing or (warehouse and warehouse not in user.warehouses)):
            raise AuthError("390201", "The requested database, schema or warehouse does not exist or not authorized.")
        if "database" in missing:
            database = schema = None
        elif "schema" in missing:
            schema = None
        session = Session(
            user.name, f"{data.get('CLIENT_APP_VERSION')}", self.engine.peer.login(database, schema), database, schema,
            role, warehouse if warehouse in user.warehouses else user.warehouse, parameters=parameters)
        session.key_bits, session.cloud, session.account = user.key_bits, user.cloud, user
        session.parameters["CLIENT_APP_ID"] = data.get("CLIENT_APP_ID") or ""
        self.sessions.add(session)
        return ok({
            "token": session.token, "masterToken": session.master, "validityInSeconds": self.control.validity,
            "masterValidityInSeconds": self.control.master_validity, "displayUserName": user.name,
            "serverVersion": "10.0.0", "firstLogin": False,
            "remMeToken": None, "remMeValidityInSeconds": 0, "healthCheckInterval": 45,
            "newClientForUpgrade": None, "sessionId": session.id,
            "parameters": [{"name": name, "value": value} for name, value in PARAMETERS],
            "sessionInfo": {"databaseName": database, "schemaName": schema, "warehouseName": session.warehouse,
                            "roleName": role},
            "idToken": None, "idTokenValidityInSeconds": 0, "mfaToken": None, "mfaTokenValidityInSeconds": 0,
            "responseData": None})

    def _renew(self, session: Session) -> Reply:
        if self.body.get("requestType") != "RENEW" or self.body.get("oldSessionToken") != session.token:
            raise AuthError("390400", "Bad request on renew.")
        session.renew()
        return ok({
            "sessionToken": session.token, "validityInSecondsST": self.control.validity, "masterToken": session.master,
            "validityInSecondsMT": self.control.master_validity, "sessionId": session.id})

    # Queries

    def _query(self, session: Session, fault: Fault | None) -> Reply:
        request = self.query.get("requestId") or str(uuid.uuid4())
        query, fresh = self.sessions.open(session, request, self.body["sqlText"], self.body)
        if fresh:
            query.detached = bool(self.body.get("asyncExec"))
            self.engine.start(query)
        if fault is not None and fault.act == "defer":
            query.polls = fault.polls
            return self._pending(query)
        if query.detached:
            return self._pending(query)
        return self._wait(query)

    def _poll(self, session: Session, fault: Fault | None) -> Reply:
        query = self.sessions.queries.get(self.route.split("/")[-2])
        if query is None or query.session.user != session.user:
            raise SqlError("000709", "02000", "Statement not found")
        if fault is not None and fault.act == "defer":
            query.polls = fault.polls
        if query.polls > 0:
            query.polls -= 1
            return self._pending(query)
        return self._wait(query)

    def _wait(self, query: Query) -> Reply:
        if not query.done.wait(self.control.patience):
            return self._pending(query)
        if query.error is not None:
            return Reply.json(failure(query.error, query.id))
        return ok(self._data(query, query.result))

    def _pending(self, query: Query) -> Reply:
        code = "333334" if query.detached else "333333"
        return Reply.json({
            "data": {"getResultUrl": f"/queries/{query.id}/result", "queryId": query.id, "queryAbortsAfterSecs": 300,
                     "progressDesc": None},
            "code": code, "message": "Query execution in progress.", "success": True})

    def _data(self, query: Query, result: Result) -> dict[str, Any]:
        session = query.session
        if result.transfer is not None:
            return result.transfer
        arrow = result.type_id == 0x1000 and self._wants_arrow(query)
        secure = "https" if self.secure else "http"
        data = {
            "parameters": [{"name": "TIMEZONE", "value": session.parameters.get("TIMEZONE", "Etc/UTC")}],
            "rowtype": result.rowtype, "total": result.total, "returned": result.total, "queryId": query.id,
            "sqlState": None, "databaseProvider": None, "finalDatabaseName": result.database or session.database,
            "finalSchemaName": result.schema or session.schema, "finalWarehouseName": session.warehouse,
            "finalRoleName": session.role, "statementTypeId": result.type_id, "version": 1,
            **inline_and_chunks(
                result, arrow, self.control.inline_rows, self.control.chunk_rows,
                f"{secure}://{self.headers.get('Host')}", self.chunks, self.control.chunk_key)}
        if result.binds is not None:
            data["numberOfBinds"] = result.binds
        if result.parts:
            children = [self._child(query, part) for part in result.parts]
            data["resultIds"] = ",".join(child.id for child in children)
            data["resultTypes"] = ",".join(str(part.type_id) for part in result.parts)
        return data

    def _child(self, query: Query, part: Result) -> Query:
        """The result of one of several statements, under an id of its own."""
        child = Query(query.session, "", query.sql, query.body, result=part)
        child.done.set()
        self.sessions.queries[child.id] = child
        return child

    def _wants_arrow(self, query: Query) -> bool:
        given = {**query.session.parameters, **(query.body.get("parameters") or {})}
        for name, wanted in given.items():
            if name.upper().endswith("QUERY_RESULT_FORMAT"):
                return str(wanted).upper().startswith("ARROW")
        return given.get("CLIENT_APP_ID") in ARROW_CLIENTS

    def _monitor(self, session: Session) -> Reply:
        query = self.sessions.queries.get(self.route.rstrip("/").split("/")[-1])
        if query is None or query.session.user != session.user:
            return ok({"queries": []})
        error = query.error
        waits = query.session.transaction is not None and self.engine.locks.waiting(query.session.transaction)
        return ok({"queries": [{
            "id": query.id, "status": "BLOCKED" if waits and not query.done.is_set() else query.status,
            "sqlText": query.sql, "startTime": int(query.started * 1000), "endTime": int(query.ended * 1000),
            "errorCode": error.code if error else None, "errorMessage": error.message if error else None,
            "sessionId": query.session.id, "stats": {}}]})

    def _abort(self, session: Session) -> Reply:
        query = session.queries.get(self.body.get("requestId") or "")
        if query is None or not self.engine.cancel(query):
            raise SqlError("000605", "57014", "Identified SQL statement is not currently executing.")
        return ok(None)

    def _chunk(self) -> Reply:
        if self.headers.get("Authorization"):
            return Reply(400, b"<Error><Code>InvalidArgument</Code></Error>")
        name = re.sub(r"^/_chunks/", "", self.route)
        status, body = self.chunks.get(name, self.headers.get("x-amz-server-side-encryption-customer-key"))
        return Reply(status, body, [("Content-Type", "application/octet-stream")])


def ok(data: Any) -> Reply:
    return Reply.json({"data": data, "code": None, "message": None, "success": True})


def failure(error: SqlError, id: str | None) -> dict[str, Any]:
    return {
        "data": {"internalError": False, "errorCode": error.code, "age": 0, "sqlState": error.state, "queryId": id,
                 "line": -1, "pos": -1, "type": "COMPILATION"},
        "code": error.code, "message": error.message, "success": False, "headers": None}


def fold(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.upper()
