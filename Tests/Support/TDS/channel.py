"""Packets of one connection, with or without TLS (MS-TDS, "Packets", "PRELOGIN": the handshake within packets)."""

import socket
import ssl
import struct
import threading
from queue import SimpleQueue

BATCH, RPC, REPLY, ATTENTION, LOGIN, TRANSACTION, PRELOGIN = 1, 3, 4, 6, 16, 14, 18
END, RESET = 1, 8


class Closed(Exception):
    """The client is gone, or the connection is to be."""


class Channel:
    """Messages in both directions; from `listen` on a thread of its own reads, so that an attention is seen at once."""

    def __init__(self, connection: socket.socket, spid: int):
        self.socket, self.spid = connection, spid
        self.packet_size = 4096
        self.messages: SimpleQueue[tuple[int, bytes, bool] | None] = SimpleQueue()
        #: Attentions that came, and those that were answered.
        self.attentions = self.answered = 0
        self.interrupt = self.insist = lambda: None
        self.closed = threading.Event()
        self._tls: ssl.SSLObject | None = None
        self._lock = threading.Lock()
        self._sending = threading.Lock()

    # Bytes

    def _receive(self, count: int) -> bytes:
        parts = []
        while count:
            piece = self._some(count)
            if not piece:
                raise Closed
            parts.append(piece)
            count -= len(piece)
        return b"".join(parts)

    def _some(self, count: int) -> bytes:
        while self._tls is not None:
            with self._lock:
                try:
                    return self._tls.read(count)
                except ssl.SSLWantReadError:
                    pass
            data = self.socket.recv(65536)
            if not data:
                raise Closed
            with self._lock:
                self._in.write(data)
        return self.socket.recv(count)

    def send_bytes(self, data: bytes) -> None:
        with self._sending:
            if self._tls is not None:
                with self._lock:
                    self._tls.write(data)
                    data = self._out.read()
            self.socket.sendall(data)

    # Packets

    def read_packet(self) -> tuple[int, int, bytes]:
        kind, status, length = struct.unpack(">BBH", (head := self._receive(8))[:4])
        if length < 8:
            raise Closed(head)
        return kind, status, self._receive(length - 8)

    def read_message(self) -> tuple[int, bytes, bool]:
        """A whole message: kind, content, and whether the session is to be reset first."""
        parts, reset = [], False
        while True:
            kind, status, data = self.read_packet()
            reset = reset or bool(status & RESET)
            parts.append(data)
            if status & END:
                return kind, b"".join(parts), reset

    def packet(self, data: bytes, last: bool, number: int, kind: int = REPLY) -> bytes:
        return struct.pack(">BBHHBB", kind, END if last else 0, len(data) + 8, self.spid, number & 255, 0) + data

    def send(self, data: bytes) -> None:
        """A whole message."""
        size = self.packet_size - 8
        pieces = [data[at:at + size] for at in range(0, len(data), size)] or [b""]
        self.send_bytes(b"".join(self.packet(piece, i == len(pieces), i) for i, piece in enumerate(pieces, 1)))

    # TLS

    def start_tls(self, context: ssl.SSLContext) -> None:
        """The handshake, whose records stand in packets of kind PRELOGIN; behind it packets stand in records."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._in, self._out, server_side=True)
        number = 0
        while True:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            except ssl.SSLError:
                raise Closed from None
            if said := self._out.read():
                number += 1
                self.socket.sendall(self.packet(said, True, number, PRELOGIN))
            if done:
                break
            self._in.write(self.read_packet()[2])
        self._tls = tls

    def end_tls(self) -> None:
        """Plain packets again: a client that wants its login encrypted and nothing else."""
        self._tls = None

    @property
    def is_encrypted(self) -> bool:
        return self._tls is not None

    # Reading ahead

    def listen(self) -> None:
        def run() -> None:
            try:
                while True:
                    message = self.read_message()
                    if message[0] == ATTENTION:
                        self.attentions += 1
                        self.interrupt()
                        threading.Thread(target=self.insist, daemon=True, name="attention").start()
                    self.messages.put(message)
            except (Closed, OSError, ssl.SSLError, ValueError):
                self.closed.set()
                self.interrupt()
                self.messages.put(None)

        threading.Thread(target=run, daemon=True, name="listener").start()

    @property
    def is_cancelled(self) -> bool:
        return self.attentions > self.answered

    # Ends

    def reset(self) -> None:
        """Ends the connection in the rudest way: the client sees a reset."""
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The listener's own call keeps the socket open until it returns.
            self.socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.socket.close()
        self.closed.set()

    def close(self) -> None:
        try:
            # A listener that reads would keep the socket open.
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self.closed.set()


class Reply:
    """A message of tokens that goes out packet by packet, as the server sends it; `cut` ends it after so many bytes."""

    def __init__(self, channel: Channel):
        self.channel, self.buffer, self.sent, self.number = channel, bytearray(), 0, 0
        self.cut: int | None = None
        self.on_cut = lambda: None

    def add(self, token: bytes) -> None:
        self.buffer += token
        room = self.channel.packet_size - 8
        while len(self.buffer) > room:
            self._send(bytes(self.buffer[:room]), False)
            del self.buffer[:room]

    def finish(self) -> None:
        self._send(bytes(self.buffer), True)
        self.buffer.clear()

    def flush_half(self) -> None:
        """Half of a packet whose head says that it is whole, and then the end."""
        whole = self.channel.packet(bytes(self.buffer) or b"\0" * 8, True, self.number + 1)
        self._out(whole[:max(4, len(whole) // 2)])
        raise Closed

    def flush(self) -> None:
        if self.buffer:
            self._send(bytes(self.buffer), False)
            self.buffer.clear()

    def _send(self, data: bytes, last: bool) -> None:
        self.number += 1
        self._out(self.channel.packet(data, last, self.number))

    def _out(self, packet: bytes) -> None:
        if self.cut is not None and self.sent + len(packet) >= self.cut:
            self.on_cut()
            self.channel.send_bytes(packet[:self.cut - self.sent])
            self.channel.reset()
            raise Closed
        self.sent += len(packet)
        self.channel.send_bytes(packet)


