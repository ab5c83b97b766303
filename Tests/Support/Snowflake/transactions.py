"""Transactions as the service has them, over DuckDB, which has them otherwise."""

import shutil
import threading
from typing import Any

from locks import Locks
from peer import Peer
from results import Result
from sessions import Query, Session, Transaction
from stages import Stages
from statements import Touched, without_lengths


class Transactions:
    """The part of the engine that knows what belongs together: snapshots, undoing a statement, commit."""

    peer: Peer
    stages: Stages

    def __init__(self) -> None:
        self.locks = Locks()
        self._commits: dict[str, int] = {}
        self._commit_lock = threading.Lock()
        self._commit_count = 0

    def in_transaction(self, session: Session, query: Query, body: Any) -> Result:
        """Runs `body` in the open transaction, or in one of its own; a failure undoes this statement alone."""
        transaction = session.transaction or Transaction(False, session)
        mark = dict(transaction.loads)
        try:
            result = body(transaction)
            query.check()
        except BaseException:
            transaction.loads = mark
            if transaction.explicit and not transaction.aborted:
                self._replay(transaction)
            else:
                self._undo(transaction)
            raise
        if not transaction.explicit:
            self._finish(transaction)
        return result

    def write(self, transaction: Transaction, sql: str, tables: Touched, body: dict[str, Any]) -> dict[str, Any]:
        """Sends a statement of a transaction to fakesnow and remembers it, in case the transaction is built anew."""
        self.refresh(transaction, tables)
        if not transaction.sent:
            transaction.snapshot = self._commit_count
            self.send(transaction.session, "BEGIN")
            transaction.sent = True
        extra = {"bindings": body["bindings"]} if body.get("bindings") else {}
        data = self.send(transaction.session, sql, extra)
        transaction.statements.append((sql, extra))
        return data

    def ask(self, transaction: Transaction, sql: str, tables: Touched) -> dict[str, Any]:
        """Reads what a transaction sees; nothing to remember."""
        self.refresh(transaction, tables)
        return self.send(transaction.session, sql)

    def refresh(self, transaction: Transaction, tables: Touched) -> None:
        """A statement sees what was committed before it began: a transaction with an older snapshot is built anew."""
        names = {*tables.all, tables.target or ""}
        # What definitions changed is noted of a database, or of all.
        names |= {name.split(".")[0] + ".*" for name in names} | {"*"}
        with self._commit_lock:
            stale = any(self._commits.get(name, 0) > transaction.snapshot for name in names)
        if transaction.sent and stale:
            self._replay(transaction)

    def _replay(self, transaction: Transaction) -> None:
        """DuckDB has no savepoints: rolls back and executes again what the transaction did before."""
        if not transaction.sent:
            return
        self.send(transaction.session, "ROLLBACK")
        transaction.snapshot = self._commit_count
        self.send(transaction.session, "BEGIN")
        for sql, extra in transaction.statements:
            self.send(transaction.session, sql, extra)

    def commit(self, session: Session) -> None:
        transaction, session.transaction = session.transaction, None
        if transaction is not None:
            self._finish(transaction)

    def _finish(self, transaction: Transaction) -> None:
        try:
            if transaction.sent:
                self.send(transaction.session, "COMMIT")
            self.stages.commit(transaction)
            with self._commit_lock:
                self._commit_count += 1
                for name in transaction.written:
                    self._commits[name] = self._commit_count
        finally:
            self._clear(transaction)

    def _undo(self, transaction: Transaction) -> None:
        try:
            if transaction.sent:
                self.send(transaction.session, "ROLLBACK")
        finally:
            transaction.sent = False
            self._clear(transaction)

    def _clear(self, transaction: Transaction) -> None:
        self.locks.release(transaction)
        for folder in transaction.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def lock(self, transaction: Transaction, key: Any, exclusive: bool, query: Query) -> None:
        timeout = float(transaction.session.parameters.get("LOCK_TIMEOUT", 43200))
        self.locks.acquire(transaction, key, exclusive, timeout, query.check)

    def send(self, session: Session, sql: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        extra = {name: body[name] for name in ("bindings", "describeOnly") if (body or {}).get(name)}
        return self.peer.query(session.peer, without_lengths(sql), extra)

    # Ended from outside

    def end(self, session: Session) -> None:
        """Ends a session: what runs is interrupted, its transaction rolled back, nothing of it is left in fakesnow."""
        session.ended = True
        self.abort(session)
        with session.turn:
            transaction, session.transaction = session.transaction, None
            if transaction is not None and transaction.sent:
                self._undo(transaction)
            self.peer.logout(session.peer)

    def abort(self, session: Session) -> None:
        """Ends the open transaction of a session from outside."""
        transaction = session.transaction
        if transaction is not None:
            transaction.aborted = True
        self.locks.poke()
        if session.running is not None and not self.locks.waiting(transaction):
            self.peer.interrupt(session.peer)
        with session.turn:
            if transaction is not None:
                self._undo(transaction)

    def cancel(self, query: Query) -> bool:
        """Cancels a query; false when it does not run."""
        if query.done.is_set():
            return False
        query.cancelled = True
        self.locks.poke()
        if query.session.running is query:
            self.peer.interrupt(query.session.peer)
        return True
