"""Before the first statement: PRELOGIN, encryption and LOGIN7 (MS-TDS, "PRELOGIN", "LOGIN7", "LOGINACK")."""

import struct
from dataclasses import dataclass

import collations
import tokenstream
import wire
from tsqltypes import DEFAULT_COLLATION

OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
#: 16.0.4125: the version that the server says it is.
PROGRAM = (16, 0, 4125)
VERSION_TEXT = ("Microsoft SQL Server 2022 (scmplan's bench) - 16.0.4125.3 (X64) \n\tEnterprise Edition: Core-based "
                "Licensing (64-bit) on Linux <X64>")
#: What the server answers, by its own setting and by what the client says of encryption.
ANSWERS = {
    "off": {OFF: OFF, ON: ON, NOT_SUPPORTED: NOT_SUPPORTED, REQUIRED: ON},
    "none": {OFF: NOT_SUPPORTED, ON: NOT_SUPPORTED, NOT_SUPPORTED: NOT_SUPPORTED, REQUIRED: NOT_SUPPORTED},
    "required": {OFF: REQUIRED, ON: ON, NOT_SUPPORTED: REQUIRED, REQUIRED: ON}}


def prelogin(request: bytes, encryption: str) -> tuple[int, int, bytes]:
    """What the client says of encryption, what the server answers, and the whole answer."""
    asked, at = NOT_SUPPORTED, 0
    while request[at] != 0xFF:
        option, offset, length = struct.unpack_from(">BHH", request, at)
        if option == 1 and length:
            asked = request[offset]
        at += 5
    answer = ANSWERS[encryption].get(asked & 3, NOT_SUPPORTED)
    options = [(0, struct.pack(">BBHH", *PROGRAM, 0)), (1, bytes([answer])), (2, b"\0"), (3, b""), (4, b"\0")]
    head, body, offset = b"", b"", 5 * len(options) + 1
    for number, data in options:
        head += struct.pack(">BHH", number, offset + len(body), len(data))
        body += data
    return asked, answer, head + b"\xff" + body


@dataclass(slots=True)
class Login:
    """What a LOGIN7 says."""

    version: int
    packet_size: int
    host: str
    user: str
    password: str
    application: str
    library: str
    language: str
    database: str
    read_only: bool

    @staticmethod
    def parse(data: bytes) -> "Login":
        version, packet_size = struct.unpack_from("<II", data, 4)

        def text(at: int, decode: bool = False) -> str:
            offset, length = struct.unpack_from("<HH", data, at)
            raw = data[offset:offset + 2 * length]
            if decode:
                raw = bytes((byte ^ 0xA5) >> 4 | ((byte ^ 0xA5) & 15) << 4 for byte in raw)
            return raw.decode("utf-16-le")

        return Login(version, packet_size, text(36), text(40), text(44, True), text(48), text(60), text(64), text(68),
                     bool(data[26] & 0x20))


def acknowledge(database: str, language: str, packet_size: int, old_size: int, server: str) -> bytes:
    """What a login that succeeded is answered with, without the DONE at its end."""
    name = wire.b_varchar("Microsoft SQL Server")
    program = struct.pack(">BBH", *PROGRAM)
    body = b"\x01" + b"\x74\x00\x00\x04" + name + program
    return b"".join([
        tokenstream.change_text(1, database, "master"),
        tokenstream.info(5701, f"Changed database context to '{database}'.", server, 0, 2),
        tokenstream.change_bytes(7, collations.find(DEFAULT_COLLATION).wire),
        tokenstream.change_text(2, language, ""),
        tokenstream.info(5703, f"Changed language setting to {language}.", server),
        struct.pack("<BH", 0xAD, len(body)) + body,
        tokenstream.change_text(4, str(packet_size), str(old_size))])
