"""Tokens of a reply other than rows' values (MS-TDS, "Packet Data Token Stream Definition")."""

import struct
from dataclasses import dataclass

import wire
from errors import SqlError
from tsqltypes import Type

DONE, DONEPROC, DONEINPROC = 0xFD, 0xFE, 0xFF
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION = 1, 2, 4, 0x10, 0x20


@dataclass(slots=True)
class Column:
    """A column of a result; `origin` is the table of a text, ntext or image column."""

    name: str
    type: Type
    nullable: bool = True
    identity: bool = False
    computed: bool = False
    origin: tuple[str, ...] = ()


def done(token: int, status: int, rows: int = 0, command: int = 0xC1) -> bytes:
    return struct.pack("<BHHQ", token, status, command, rows)


def message(token: int, number: int, state: int, severity: int, text: str, server: str, line: int) -> bytes:
    body = struct.pack("<iBB", number, state, severity) + wire.us_varchar(text) + wire.b_varchar(server)
    body += wire.b_varchar("") + struct.pack("<I", line)
    return struct.pack("<BH", token, len(body)) + body


def error(failed: SqlError, server: str, line: int = 1) -> bytes:
    return message(0xAA, failed.number, failed.state, failed.severity, failed.message, server, line)


def info(number: int, text: str, server: str, severity: int = 0, state: int = 1, line: int = 1) -> bytes:
    return message(0xAB, number, state, severity, text, server, line)


def change(kind: int, new: bytes, old: bytes) -> bytes:
    """ENVCHANGE."""
    body = bytes([kind]) + new + old
    return struct.pack("<BH", 0xE3, len(body)) + body


def change_text(kind: int, new: str, old: str) -> bytes:
    return change(kind, wire.b_varchar(new), wire.b_varchar(old))


def change_bytes(kind: int, new: bytes, old: bytes = b"") -> bytes:
    return change(kind, bytes([len(new)]) + new, bytes([len(old)]) + old)


def metadata(columns: list[Column], database: str) -> bytes:
    """COLMETADATA."""
    parts = [struct.pack("<BH", 0x81, len(columns))]
    for column in columns:
        flags = int(column.nullable) | (0x10 if column.identity else 0) | (0x20 if column.computed else 0x08)
        user = 80 if column.type.name == "timestamp" else 0
        parts.append(struct.pack("<IH", user, flags) + wire.type_info(column.type, column.nullable, database))
        if column.type.name in wire.LARGE:
            parts.append(bytes([len(column.origin)]) + b"".join(wire.us_varchar(part) for part in column.origin))
        parts.append(wire.b_varchar(column.name))
    return b"".join(parts)


class Rows:
    """Makes rows of a result: NBCROW where something is NULL, ROW otherwise."""

    def __init__(self, columns: list[Column]):
        self.encoders = [wire.encoder(column.type, column.nullable) for column in columns]
        self.bitmap = (len(columns) + 7) // 8

    def row(self, values: tuple) -> bytes:
        if None not in values:
            return b"\xd1" + b"".join([pack(value) for pack, value in zip(self.encoders, values)])
        absent = sum(1 << index for index, value in enumerate(values) if value is None)
        present = [pack(value) for pack, value in zip(self.encoders, values) if value is not None]
        return b"\xd2" + absent.to_bytes(self.bitmap, "little") + b"".join(present)


def return_value(name: str, ordinal: int, kind: Type, value: object) -> bytes:
    """RETURNVALUE of an output parameter."""
    packed = wire.null(kind) if value is None else wire.encoder(kind, True)(value)
    return struct.pack("<BH", 0xAC, ordinal) + wire.b_varchar(name) + struct.pack("<BIH", 1, 0, 0) + wire.type_info(
        kind, True) + packed
