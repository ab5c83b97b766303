"""Sessions with their tokens, the transactions in them, and the queries they ran."""

import itertools
import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from errors import AuthError, SqlError

numbers = itertools.count(int(time.time()) << 20)


@dataclass(eq=False)
class Transaction:
    """What a transaction has done so far. fakesnow hears of it with its first statement only (`sent`), so that the
    snapshot is as late as it may be."""

    explicit: bool
    session: "Session"
    id: int = field(default_factory=lambda: next(numbers))
    started: float = field(default_factory=time.time)
    sent: bool = False
    snapshot: int = 0
    statements: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    loads: dict[str, dict[str, str] | None] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    aborted: bool = False


@dataclass(eq=False)
class Query:
    """A statement with its fate; `done` is set once it has one."""

    session: "Session"
    request_id: str
    sql: str
    body: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.time)
    ended: float = 0.0
    detached: bool = False
    polls: int = 0
    cancelled: bool = False
    result: Any = None
    error: SqlError | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        if self.cancelled:
            raise SqlError("000604", "57014", "SQL execution canceled")
        transaction = self.session.transaction
        if self.session.ended or (transaction is not None and transaction.aborted):
            raise SqlError("000603", "57014", "The transaction of this statement was ended by someone else")

    def check_session(self) -> None:
        if self.session.ended:
            raise SqlError("000603", "57014", "The session of this statement was ended by someone else")

    @property
    def status(self) -> str:
        if not self.done.is_set():
            return "RUNNING"
        if self.error is None:
            return "SUCCESS"
        return "ABORTED" if self.error.code == "000604" else "FAILED_WITH_ERROR"


@dataclass(eq=False)
class Session:
    """One login. `turn` lets one statement at a time execute."""

    user: str
    client: str
    peer: str
    database: str | None = None
    schema: str | None = None
    role: str | None = None
    warehouse: str | None = None
    key_bits: int = 128
    cloud: str = "S3"
    account: Any = None
    parameters: dict[str, Any] = field(default_factory=dict)
    id: int = field(default_factory=lambda: next(numbers))
    token: str = ""
    master: str = ""
    token_expired: bool = False
    master_expired: bool = False
    ended: bool = False
    transaction: Transaction | None = None
    turn: threading.RLock = field(default_factory=threading.RLock)
    queries: dict[str, Query] = field(default_factory=dict)
    running: Query | None = None
    last_query: str | None = None

    def renew(self) -> None:
        self.token = "st-" + secrets.token_urlsafe(24)
        self.master = "mt-" + secrets.token_urlsafe(24)
        self.token_expired = self.master_expired = False

    @property
    def autocommit(self) -> bool:
        return str(self.parameters.get("AUTOCOMMIT", True)).lower() != "false"


class Sessions:
    """All sessions by their tokens, all queries by their ids."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.all: dict[int, Session] = {}
        self.queries: dict[str, Query] = {}

    def add(self, session: Session) -> None:
        session.renew()
        with self.lock:
            self.all[session.id] = session

    def by_token(self, token: str, master: bool = False) -> Session:
        """The session of a token. Raises AuthError with the code for what is wrong with it."""
        if not token:
            raise AuthError("390103", "Session token not found in the request data.")
        with self.lock:
            for session in self.all.values():
                if (session.master if master else session.token) == token:
                    break
            else:
                raise AuthError(
                    *(("390115", "Master token is invalid.") if master else ("390104", "Session token is invalid.")))
        if session.ended:
            raise AuthError("390111", "Session no longer exists. New login required to access the service.")
        if master and session.master_expired:
            raise AuthError("390114", "Authentication token has expired. The user must authenticate again.")
        if not master and session.token_expired:
            raise AuthError("390112", "Your session has expired. Please login again.")
        return session

    def of_user(self, user: str | None) -> list[Session]:
        with self.lock:
            return [
                session for session in self.all.values()
                if not session.ended and (user is None or session.user == user.upper())]

    def open(self, session: Session, request_id: str, sql: str, body: dict[str, Any]) -> tuple[Query, bool]:
        """The query of a request id, and whether it is new: a request that comes again never executes again."""
        with self.lock:
            known = session.queries.get(request_id)
            if known is not None:
                return known, False
            query = Query(session, request_id, sql, body)
            session.queries[request_id] = query
            self.queries[query.id] = query
            return query, True
