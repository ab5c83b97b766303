"""Faults on demand: for the n-th request that matches, something goes wrong in a way that is told apart afterwards."""

import itertools
import re
import threading
from dataclasses import dataclass, field
from typing import Any

ACTS = {
    "cut": "close the connection before anything is executed",
    "lost": "execute, then close the connection without a reply",
    "half": "execute, then send half of the reply and close the connection",
    "status": "answer with an HTTP status; `execute` says whether the request is executed first",
    "hold": "wait until released, before execution or (`when` = after) before the reply",
    "error": "answer with an error of the service (`code`, `message`), without execution",
    "defer": "answer a query as still running, `polls` times",
    "session_expired": "let the session token expire first (390112)",
    "session_gone": "end the session first (390111)",
    "storage_expired": "let storage credentials expire first (400 ExpiredToken): those of a storage request, else all",
}


@dataclass
class Fault:
    """One fault; see ACTS. `kind` is a kind of request or a prefix that ends before a dot; `text` a regular expression
    for the SQL text or, of storage, `METHOD path?query`. Of the requests that match, the n-th is spoilt, and then each one
    that comes `every` requests later, `times` in all."""

    id: str
    act: str
    kind: str = ""
    text: str = ""
    user: str = ""
    nth: int = 1
    every: int = 1
    times: int = 1
    status: int = 503
    execute: bool = False
    when: str = "before"
    code: str = "000603"
    message: str = "injected"
    polls: int = 1
    after: int = 0
    seen: int = 0
    fired: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def matches(self, kind: str, text: str, user: str) -> bool:
        return (
            (not self.kind or kind == self.kind or kind.startswith(self.kind + "."))
            and (not self.user or user == self.user.upper())
            and (not self.text or re.search(self.text, text, re.IGNORECASE | re.DOTALL) is not None))

    def is_due(self) -> bool:
        past = self.seen - self.nth
        return past >= 0 and past % self.every == 0 and past // self.every < self.times

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
        if wanted.get("act") not in ACTS or not set(wanted) <= names:
            raise ValueError(f"a fault has {sorted(names)} and one of the acts {sorted(ACTS)}")
        re.compile(wanted.get("text", ""))
        with self._changed:
            fault = Fault(**{"id": f"fault-{next(self._numbers)}", **wanted})
            self._faults[fault.id] = fault
            return fault.id

    def take(self, kind: str, text: str, user: str) -> Fault | None:
        """The fault for a request; every fault that matches counts it, and the first whose turn it is fires."""
        with self._changed:
            chosen = None
            for fault in self._faults.values():
                if not fault.matches(kind, text, user):
                    continue
                fault.seen += 1
                if chosen is None and fault.is_due():
                    fault.fired += 1
                    chosen = fault
            if chosen is not None:
                self._changed.notify_all()
            return chosen

    def wait(self, id: str, count: int, seconds: float) -> bool:
        """Waits until a fault has fired `count` times; false when it has not by then."""
        with self._changed:
            return self._changed.wait_for(lambda: self._faults[id].fired >= count, seconds)

    def release(self, id: str | None) -> None:
        with self._changed:
            for fault in self._faults.values():
                if id is None or fault.id == id:
                    fault.released.set()

    def clear(self, user: str | None, id: str | None = None) -> None:
        """Takes away all faults, those of a user, or one, and lets go whatever they hold."""
        with self._changed:
            gone = [
                fault for fault in self._faults.values()
                if (user is None or fault.user.upper() == user.upper()) and (id is None or fault.id == id)]
            for fault in gone:
                fault.released.set()
                del self._faults[fault.id]

    def facts(self) -> list[dict[str, Any]]:
        with self._changed:
            return [fault.facts() for fault in self._faults.values()]
