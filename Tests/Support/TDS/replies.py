"""What a client is told of its statements, and the faults that go off while it is told."""

import struct
from typing import Any

import tokenstream
from channel import Closed, Reply
from errors import SqlError
from faults import Fault
from runner import Runner, Sink
from tokenstream import COUNT, ERROR, IN_TRANSACTION, MORE, Column, Rows
from tsqltypes import Type

SERVER = "BENCH"


class Cancelled(Exception):
    """An attention came."""


class Garbled(str):
    """A text whose bytes are no text: half a pair of UTF-16, or a byte that stands alone nowhere."""

    def encode(self, codec: str = "utf-8", errors: str = "strict") -> bytes:
        return super().encode(codec, errors) + (b"\x00\xd8" if codec == "utf-16-le" else b"\xff")


class Wire(Sink):
    """Tokens of one reply. A DONE waits until it is known whether it is the last."""

    def __init__(self, session: Any, reply: Reply):
        self.session, self.reply = session, reply
        self.runner: Runner | None = None
        self.in_procedure = False
        self._pending: tuple[int, int, int, int] | None = None
        self._fault: Fault | None = None
        self._rows: Rows | None = None
        self._count = 0

    # Faults

    def begin(self, sql: str) -> None:
        """Lets a fault that stands for this statement go off, or remembers it for its row."""
        faults = self.session.server.faults
        fault = faults.take("statement", sql, self.session.user)
        if fault is None:
            return
        if fault.bytes is not None:
            self.reply.cut, self.reply.on_cut = fault.bytes, lambda: faults.fire(fault)
        elif fault.rows is None:
            self._go_off(fault)
        else:
            self._fault = fault

    def _go_off(self, fault: Fault) -> None:
        session = self.session
        if fault.act == "error":
            raise fault.error(session)
        if fault.act == "hold":
            session.server.faults.hold(fault, lambda: session.channel.is_cancelled or session.channel.closed.is_set())
            return self.check()
        if fault.act == "silent":
            session.channel.closed.wait()
            raise Closed
        if fault.act == "half":
            self.reply.flush_half()
        if fault.act == "failover":
            session.server.faults.add({
                "act": "error", "kind": "login", "user": fault.user, "number": fault.number or 40613,
                "times": fault.logins})
        session.channel.reset()
        raise Closed

    def _at_row(self, row: tuple) -> bytes:
        """The bytes of the row at which a fault waits."""
        fault, self._fault = self._fault, None
        self.session.server.faults.fire(fault)
        if fault.act == "garble":
            return self._rows.row(tuple(Garbled(value) if isinstance(value, str) else value for value in row))
        if fault.act == "truncate":
            whole = self._rows.row(row)
            return whole[:len(whole) // 2]
        self.reply.flush()
        self._go_off(fault)
        return self._rows.row(row)

    # What the runner tells

    def check(self) -> None:
        if self.session.channel.closed.is_set():
            raise Closed
        if self.session.channel.is_cancelled:
            raise Cancelled

    def columns(self, columns: list[Column]) -> None:
        self._settle(True)
        self._rows, self._count = Rows(columns), 0
        self.reply.add(tokenstream.metadata(columns, self.session.database))

    def row(self, row: tuple) -> None:
        if self._fault is not None and self._count == self._fault.rows:
            self.reply.add(self._at_row(row))
        else:
            self.reply.add(self._rows.row(row))
        self._count += 1

    def done(self, rows: int | None, command: int = 0xC1) -> None:
        if self.session.no_count and command != 0xC1:
            return
        if self._fault is not None and command == 0xC1 and self._count <= self._fault.rows:
            # There are fewer rows than the fault waits for: it goes off behind the last.
            fault, self._fault = self._fault, None
            if fault.act in ("error", "reset", "hold", "half", "silent", "failover"):
                self.session.server.faults.fire(fault)
                self.reply.flush()
                self._go_off(fault)
        self._settle(True)
        token = tokenstream.DONEINPROC if self.in_procedure else tokenstream.DONE
        self._pending = (token, COUNT if rows is not None and not self.session.no_count else 0, rows or 0, command)

    def info(self, number: int, words: str, line: int) -> None:
        self._settle(True)
        self.reply.add(tokenstream.info(number, words, SERVER, line=line))

    def change(self, kind: int, new: Any, old: Any) -> None:
        self._settle(True)
        if kind == 1:
            return self.reply.add(tokenstream.change_text(kind, new, old))
        parts = [struct.pack("<Q", one) if one else b"" for one in (new, old)]
        self.reply.add(tokenstream.change_bytes(kind, *parts))

    def error(self, failed: SqlError) -> None:
        self._settle(True)
        self.reply.add(tokenstream.error(failed, SERVER, self.runner.line if self.runner else 1))
        token = tokenstream.DONEINPROC if self.in_procedure else tokenstream.DONE
        self._pending = (token, ERROR, 0, 0)

    def returned(self, name: str, ordinal: int, kind: Type, value: Any) -> None:
        self._settle(True)
        self.reply.add(tokenstream.return_value(name, ordinal, kind, value))

    def status(self, value: int) -> None:
        """The end of a procedure: RETURNSTATUS and DONEPROC."""
        failed = self._pending[1] & ERROR if self._pending else 0
        self._settle(True)
        self.reply.add(b"\x79" + struct.pack("<i", value))
        self._pending = (tokenstream.DONEPROC, failed, 0, 0xE0)

    def _settle(self, more: bool) -> None:
        if self._pending is None:
            return
        token, status, rows, command = self._pending
        status |= (MORE if more else 0) | (IN_TRANSACTION if self.session.transactions.depth else 0)
        self.reply.add(tokenstream.done(token, status, rows, command))
        self._pending = None

    def finish(self) -> None:
        if self._pending is None:
            self._pending = (tokenstream.DONE, 0, 0, 0)
        self._settle(False)
        self.reply.finish()
