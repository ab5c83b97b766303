"""One connection: signing in, then request after request until its end."""

import ssl
import struct
import threading
from typing import Any

import channel
import login
import tokenstream
from channel import Channel, Closed, Reply
from errors import SqlError
from login import Login
from replies import Cancelled, Wire
from rpc import Calls
from runner import Runner
from transactions import Transactions

SERVER = "BENCH"


class State:
    """What a session is to the statements that it runs."""

    def __init__(self, server: Any, spid: int, database: str):
        self.server, self.spid, self.database = server, spid, database
        self.user, self.application, self.host = "sa", "", ""
        self.cursor = server.duckdb.cursor()
        self.transactions = Transactions(self)
        self.no_count = False
        self.lock_timeout = -1
        self.row_count = self.last_error = 0
        self.identity: int | None = None
        self.identity_insert: int | None = None
        self._wake, self._ending, self._ended = threading.Event(), threading.Lock(), False

    def peek(self, sql: str) -> list[tuple]:
        """Rows that a catalog view needs before its query runs."""
        return self.server.duckdb.cursor().execute(sql).fetchall()

    def constant(self, sql: str) -> Any:
        """What an expression without columns is worth."""
        return self.peek(f"SELECT {sql}")[0][0]

    def pause(self, seconds: float) -> None:
        self._wake.clear()
        self._wake.wait(seconds)

    def interrupt(self) -> None:
        self._wake.set()
        self.server.faults.wake()
        with self._ending:
            if not self._ended:
                self.cursor.interrupt()

    def end(self) -> None:
        self.transactions.undo()
        with self._ending:
            self._ended = True
            self.cursor.close()


class Session(State):
    """A client's session."""

    def __init__(self, server: Any, connection: Channel, spid: int, encryption: str):
        super().__init__(server, spid, "master")
        self.channel, self.encryption = connection, encryption
        self.calls = Calls(self)

    def run(self) -> None:
        try:
            self.sign_in()
            self.channel.interrupt, self.channel.insist = self.interrupt, self.insist
            self.channel.listen()
            while (message := self.channel.messages.get()) is not None:
                self.answer(*message)
        except (Closed, OSError, ssl.SSLError):
            pass
        finally:
            self.end()
            self.channel.close()

    def insist(self) -> None:
        """Interrupts again and again until an attention is answered: DuckDB forgets one that comes before its query."""
        while not self.channel.closed.wait(0.05):
            with self._ending:
                if not self.channel.is_cancelled:
                    return
                self.cursor.interrupt()

    # Signing in

    def sign_in(self) -> None:
        kind, request, _ = self.channel.read_message()
        if kind != channel.PRELOGIN:
            raise Closed
        asked, answer, reply = login.prelogin(request, self.encryption)
        self.channel.send(reply)
        if answer == login.REQUIRED and asked == login.NOT_SUPPORTED or answer == login.NOT_SUPPORTED and asked == login.ON:
            raise Closed
        if answer != login.NOT_SUPPORTED:
            self.channel.start_tls(self.server.context)
        kind, request, _ = self.channel.read_message()
        if kind != channel.LOGIN:
            raise Closed
        wanted = Login.parse(request)
        secured = self.channel.is_encrypted
        if answer == login.OFF:
            self.channel.end_tls()
        self.user, self.application, self.host = wanted.user, wanted.application, wanted.host
        self.server.note(
            "login",
            self,
            wanted.database,
            application=wanted.application,
            host=wanted.host,
            readOnly=wanted.read_only,
            encryptedLogin=secured,
            encrypted=self.channel.is_encrypted,
            tds=f"{wanted.version:#x}",
            packet=wanted.packet_size)
        try:
            self._accept(wanted)
        except SqlError as error:
            self.channel.send(tokenstream.error(error, SERVER) + tokenstream.done(tokenstream.DONE, tokenstream.ERROR))
            raise Closed from None

    def _accept(self, wanted: Login) -> None:
        fault = self.server.faults.take("login", f"{wanted.database} {wanted.application}", wanted.user)
        self.database = wanted.database or "master"
        if fault is not None:
            if fault.act == "error":
                raise fault.error(self, wanted.database)
            if fault.act == "silent":
                self.channel.listen()
                self.channel.closed.wait()
            if fault.act == "hold":
                self.server.faults.hold(fault, lambda: False)
            else:
                self.channel.reset()
                raise Closed
        if self.server.users.get(wanted.user.lower()) != wanted.password:
            raise SqlError(18456, f"Login failed for user '{wanted.user}'.", 14)
        if wanted.version < 0x73000000 + 3:
            raise SqlError(18456, "the bench speaks TDS 7.3 and 7.4 alone", 14)
        if wanted.database and wanted.database.lower() not in self.server.catalog.databases:
            raise SqlError(
                4060, f'Cannot open database "{wanted.database}" requested by the login. The login failed.', 11)
        self.database = self.server.catalog.database(self.database).name
        old, size = self.channel.packet_size, wanted.packet_size if 512 <= wanted.packet_size <= 32767 else 4096
        reply = login.acknowledge(self.database, wanted.language or "us_english", size, old, SERVER)
        self.channel.send(reply + tokenstream.done(tokenstream.DONE, 0))
        self.channel.packet_size = size

    # Requests

    def answer(self, kind: int, request: bytes, reset: bool) -> None:
        if kind == channel.ATTENTION:
            if self.channel.is_cancelled:
                self._acknowledge(Reply(self.channel))
            return
        if reset:
            self.transactions.undo()
            self.transactions.isolation, self.no_count = "READ COMMITTED", False
        headers = struct.unpack_from("<I", request)[0]
        body = request[headers:]
        wire = Wire(self, Reply(self.channel))
        try:
            if kind == channel.BATCH:
                self._batch(body.decode("utf-16-le", "surrogatepass"), wire)
            elif kind == channel.RPC:
                self.calls.answer(body, wire)
            elif kind == channel.TRANSACTION:
                self._transaction(body, wire)
            else:
                raise SqlError(50000, f"the bench knows no messages of kind {kind}")
        except Cancelled:
            return self._acknowledge(wire.reply)
        except SqlError as error:
            if self.channel.is_cancelled:
                return self._acknowledge(wire.reply)
            self.fail(error, wire)
        wire.finish()

    def fail(self, error: SqlError, wire: Wire) -> None:
        """ERROR, and what it does to transaction and connection."""
        self.last_error = error.number
        if error.dooms and self.transactions.depth:
            descriptor = self.transactions.descriptor
            self.transactions.undo()
            wire.change(10, 0, descriptor)
        wire.error(error)
        if error.severity >= 20:
            wire.finish()
            raise Closed

    def _acknowledge(self, reply: Reply) -> None:
        """The end of a reply that an attention cut short: DONE with its flag, and no other."""
        with self._ending:
            self.channel.answered = self.channel.attentions
        reply.add(tokenstream.done(tokenstream.DONE, tokenstream.ATTENTION))
        reply.finish()

    def _batch(self, sql: str, wire: Wire) -> None:
        self.server.note("batch", self, sql)
        wire.begin(sql)
        runner = Runner(self, wire)
        wire.runner = runner
        runner.batch(sql)

    def _transaction(self, body: bytes, wire: Wire) -> None:
        """MS-TDS, "Transaction Manager Request": begin, commit and rollback, each perhaps with a begin behind it."""
        request = struct.unpack_from("<H", body)[0]
        words = {5: "BEGIN TRANSACTION", 7: "COMMIT TRANSACTION", 8: "ROLLBACK TRANSACTION"}.get(request)
        if words is None:
            raise SqlError(50000, f"the bench knows no transaction request {request}")
        self.server.note("transaction", self, words)
        wire.begin(words)
        Runner(self, wire).batch(words)
        at = 3 + body[2]
        if request != 5 and len(body) > at and body[at] & 1:
            Runner(self, wire).batch("BEGIN TRANSACTION")
