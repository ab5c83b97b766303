"""Faults on demand: for the n-th request that matches, something goes wrong in a way that is told apart afterwards."""

import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from errors import SqlError

ACTS = {
    "error": "an error of the server with `number`; at a class of 20 and more, and of a login, the connection ends too",
    "reset": "the connection is reset: before anything is done, behind `rows` rows, or behind `bytes` bytes of the reply",
    "half": "half of a packet, then the connection closes", "silent": "no answer to anything, ever, on this connection",
    "hold": "waits until released, before anything is done or behind `rows` rows; an attention ends it",
    "garble": "the texts of the row behind `rows` rows are invalid in their encoding",
    "truncate": "the row behind `rows` rows is cut, and the reply ends as if all were well",
    "failover": "a reset, and the next `logins` logins are refused with `number`"}
KINDS = ("login", "statement", "table")
#: Class, state and words of the errors that tests ask for by number alone; `{}` is what it is about.
WORDS = {
    229: (14, 5, "The SELECT permission was denied on the object '{}', database '{database}', schema 'dbo'."),
    297: (16, 1, "The user does not have permission to perform this action."),
    300: (14, 1, "VIEW SERVER STATE permission was denied on object 'server', database 'master'."),
    596: (21, 1, "Cannot continue the execution because the session is in the kill state."),
    911: (16, 1, "Database '{database}' does not exist. Make sure that the name is entered correctly."), 983: (
        14, 1,
        "Unable to access availability database '{database}' because the database replica is not in the PRIMARY or "
        "SECONDARY role. Connections to an availability database is permitted only when the database replica is in "
        "the PRIMARY or SECONDARY role. Try the operation again later."),
    1105: (
        17, 2, "Could not allocate space for object 'dbo.SORT temporary run storage' in database 'tempdb' because the "
        "'PRIMARY' filegroup is full. Create disk space by deleting unneeded files, dropping objects in the "
        "filegroup, adding additional files to the filegroup, or setting autogrowth on for existing files."), 1205: (
            13, 45,
            "Transaction (Process ID {spid}) was deadlocked on lock resources with another process and has been chosen "
            "as the deadlock victim. Rerun the transaction."), 1222: (16, 51, "Lock request time out period exceeded."),
    4060: (11, 1, "Cannot open database \"{database}\" requested by the login. The login failed."),
    18456: (14, 1, "Login failed for user '{user}'."), 40613: (
        17, 1,
        "Database '{database}' on server 'BENCH' is not currently available. Please retry the connection later. If "
        "the problem persists, contact customer support.")}


@dataclass
class Fault:
    """One fault; see ACTS. `kind`: of what; `text`: a regular expression for a statement's text or a table's name."""

    id: str
    act: str
    kind: str = "statement"
    text: str = ""
    user: str = ""
    nth: int = 1
    times: int = 1
    number: int = 0
    message: str = ""
    rows: int | None = None
    bytes: int | None = None
    logins: int = 1
    seen: int = 0
    fired: int = 0
    released: bool = False

    def matches(self, kind: str, text: str, user: str) -> bool:
        return (
            self.kind == kind and (not self.user or user.lower() == self.user.lower())
            and (not self.text or re.search(self.text, text, re.IGNORECASE | re.DOTALL) is not None))

    def error(self, session: Any, about: str = "") -> SqlError:
        severity, state, words = WORDS.get(self.number, (16, 1, f"injected {self.number}"))
        words = self.message or words.format(
            about.split(".")[-1], database=session.database, spid=session.spid, user=session.user)
        return SqlError(self.number, words, severity, state, dooms=self.number in (1205, 3960, 596))

    def facts(self) -> dict[str, Any]:
        return {"id": self.id, "act": self.act, "seen": self.seen, "fired": self.fired}


class Faults:
    """All faults that are set, and which of them fired."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._faults: dict[str, Fault] = {}

    def add(self, wanted: dict[str, Any]) -> str:
        names = set(Fault.__dataclass_fields__) - {"seen", "fired", "released"}
        if wanted.get("act") not in ACTS or not set(wanted) <= names or wanted.get("kind", KINDS[0]) not in KINDS:
            raise ValueError(
                f"a fault has {sorted(names)}, one of the acts {sorted(ACTS)} and one of the kinds {KINDS}")
        re.compile(wanted.get("text", ""))
        with self._changed:
            fault = Fault(**{"id": f"fault-{next(self._numbers)}", **wanted})
            self._faults[fault.id] = fault
            return fault.id

    def take(self, kind: str, text: str, user: str) -> Fault | None:
        """The fault for what is about to happen; every fault that matches counts it, the first whose turn it is fires.

        One that goes off behind rows or bytes of a reply is only chosen here, and fires by `fire`.
        """
        with self._changed:
            chosen = None
            for fault in self._faults.values():
                if not fault.matches(kind, text, user):
                    continue
                fault.seen += 1
                if chosen is None and fault.nth <= fault.seen < fault.nth + fault.times:
                    chosen = fault
            if chosen is not None and chosen.rows is None and chosen.bytes is None:
                self._fire(chosen)
            return chosen

    def _fire(self, fault: Fault) -> None:
        fault.fired += 1
        self._changed.notify_all()

    def fire(self, fault: Fault) -> None:
        """Counts a fault that went off behind rows or bytes."""
        with self._changed:
            self._fire(fault)

    def all(self) -> list[Fault]:
        with self._changed:
            return list(self._faults.values())

    def facts(self) -> list[dict[str, Any]]:
        with self._changed:
            return [fault.facts() for fault in self._faults.values()]

    def wait(self, id: str, count: int, seconds: float) -> bool:
        """Waits until a fault has fired `count` times; false when it has not by then."""
        with self._changed:
            return self._changed.wait_for(lambda: self._faults[id].fired >= count, seconds)

    def release(self, id: str | None) -> None:
        with self._changed:
            for fault in self._faults.values():
                if id is None or fault.id == id:
                    fault.released = True
            self._changed.notify_all()

    def hold(self, fault: Fault, is_over: Callable[[], bool]) -> None:
        """Waits for the release of a fault, or until `is_over`; who makes that true calls `wake`."""
        with self._changed:
            self._changed.wait_for(lambda: fault.released or is_over())

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def clear(self, user: str | None) -> None:
        """Takes away all faults, or those of a user, and lets go whatever they hold."""
        with self._changed:
            gone = [fault for fault in self._faults.values() if user is None or fault.user.lower() == user.lower()]
            for fault in gone:
                fault.released = True
                del self._faults[fault.id]
            self._changed.notify_all()
