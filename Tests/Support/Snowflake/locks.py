"""Locks of transactions: held until commit or rollback, waited for, with deadlocks found."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from errors import SqlError


class Locks:
    """Shared and exclusive locks on anything hashable, owned by transactions."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[Hashable, dict[Any, bool]] = {}
        self._waiting: dict[Any, tuple[Hashable, bool]] = {}

    def acquire(
        self, owner: Any, key: Hashable, exclusive: bool, seconds: float, check: Callable[[], None]
    ) -> None:
        """Waits until `owner` holds the lock. `check` raises when the wait is to be given up; see `poke`.

        Raises SqlError when the time is up or the wait would never end; whoever closes the circle is the victim.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._blockers(owner, key, exclusive):
                check()
                self._waiting[owner] = (key, exclusive)
                try:
                    if self._circles(owner):
                        raise SqlError("000625", "57014", f"Statement aborted: deadlock on {key}")
                    if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                        raise SqlError("000625", "57014", f"Statement aborted: lock timeout on {key}")
                finally:
                    del self._waiting[owner]
            holders = self._held.setdefault(key, {})
            holders[owner] = exclusive or holders.get(owner, False)

    def release(self, owner: Any) -> None:
        """Gives back everything that `owner` holds."""
        with self._changed:
            for key in [key for key, holders in self._held.items() if owner in holders]:
                del self._held[key][owner]
                if not self._held[key]:
                    del self._held[key]
            self._changed.notify_all()

    def poke(self) -> None:
        """Lets everyone who waits run its check."""
        with self._changed:
            self._changed.notify_all()

    def waiting(self, owner: Any) -> bool:
        with self._changed:
            return owner in self._waiting

    def facts(self) -> list[tuple[Hashable, Any, str]]:
        """All locks: what, whose, `HOLDING` or `WAITING`."""
        with self._changed:
            held = [(key, owner, "HOLDING") for key, holders in self._held.items() for owner in holders]
            return held + [(key, owner, "WAITING") for owner, (key, _) in self._waiting.items()]

    def _blockers(self, owner: Any, key: Hashable, exclusive: bool) -> set[Any]:
        return {
            other for other, held in self._held.get(key, {}).items() if other is not owner and (exclusive or held)}

    def _circles(self, owner: Any) -> bool:
        seen: set[Any] = set()
        stack = [owner]
        while stack:
            at = stack.pop()
            if at not in self._waiting:
                continue
            for other in self._blockers(at, *self._waiting[at]):
                if other is owner:
                    return True
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return False
