"""Results as the service sends them: rows as JSON text or Arrow, inline and in chunks."""

import base64
import gzip
import json
import secrets
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa


def column(name: str, type: str = "text", scale: int | None = None, precision: int | None = None) -> dict[str, Any]:
    """A column of `rowtype`."""
    length = 16777216 if type == "text" else None
    return {
        "name": name, "database": "", "schema": "", "table": "", "nullable": True, "type": type, "byteLength": length,
        "length": length, "scale": scale, "precision": precision, "collation": None}


def number(name: str) -> dict[str, Any]:
    return column(name, "fixed", 0, 38)


@dataclass
class Result:
    """What a statement gave: `rows` of text, or an Arrow `table`, or the `transfer` of a PUT or GET."""

    rowtype: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[str | None]] | None = None
    table: pa.Table | None = None
    transfer: dict[str, Any] | None = None
    type_id: int = 0
    binds: int | None = None
    database: str | None = None
    schema: str | None = None
    peer_id: str | None = None
    parts: list["Result"] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.table.num_rows if self.table is not None else len(self.rows or [])

    def text_rows(self) -> list[list[str | None]]:
        if self.table is None:
            return self.rows or []
        columns = [
            [as_text(value, kind) for value in values.to_pylist()]
            for values, kind in zip(self.table.columns, self.rowtype, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]

    @staticmethod
    def status(text: str, type_id: int = 0) -> "Result":
        return Result([column("status")], [[text]], type_id=type_id)

    @staticmethod
    def from_peer(data: dict[str, Any]) -> "Result":
        result = Result(
            data.get("rowtype") or [], type_id=data.get("statementTypeId") or 0, binds=data.get("numberOfBinds"),
            peer_id=data.get("queryId"))
        if data.get("queryResultFormat") == "json":
            result.rows = data.get("rowset") or []
        elif data.get("rowsetBase64"):
            result.table = pa.ipc.open_stream(base64.b64decode(data["rowsetBase64"])).read_all()
        else:
            result.rows = []
        return result


def as_text(value: Any, kind: dict[str, Any]) -> str | None:
    """A value as a JSON rowset writes it; see the rowset encodings in docs/snowflake-bench.md."""
    if value is None:
        return None
    type = kind["type"]
    if type == "boolean":
        return "1" if value else "0"
    if type == "date":
        return str((value - value.__class__(1970, 1, 1)).days)
    if type == "time":
        nanos = value if isinstance(value, int) else (
            ((value.hour * 60 + value.minute) * 60 + value.second) * 10**9 + value.microsecond * 1000)
        return seconds(nanos, kind.get("scale"))
    if type.startswith("timestamp"):
        text = seconds(value["epoch"] * 10**9 + value["fraction"], kind.get("scale"))
        return f"{text} {value['timezone']}" if type == "timestamp_tz" else text
    if type == "binary":
        return value.hex().upper()
    if type == "real":
        return repr(value) if value == value and abs(value) != float("inf") else str(value).replace("nan", "NaN")
    if type == "fixed":
        # Whole numbers stand for decimals of the column's scale.
        scaled = Decimal(value).scaleb(-(kind.get("scale") or 0)) if isinstance(value, int) else value
        return format(scaled, "f")
    return str(value)


def seconds(nanos: int, scale: int | None) -> str:
    """Nanoseconds as signed seconds with `scale` digits behind the point."""
    scale = 9 if scale is None else scale
    whole, fraction = divmod(abs(nanos), 10**9)
    digits = f".{fraction:09d}"[: scale + 1] if scale else ""
    return f"{'-' if nanos < 0 else ''}{whole}{digits}"


def to_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


class Chunks:
    """Parts of results behind URLs of their own, which stop working when told to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: dict[str, tuple[bytes, str, int]] = {}
        self._age = 0

    def add(self, body: bytes, key: str) -> str:
        with self._lock:
            name = secrets.token_urlsafe(12)
            self._chunks[name] = (body, key, self._age)
            return f"/_chunks/{name}?X-Amz-Expires=21599&X-Amz-Signature={secrets.token_hex(8)}"

    def expire(self) -> None:
        with self._lock:
            self._age += 1

    def get(self, name: str, key: str | None) -> tuple[int, bytes]:
        """Status and body for a request for a chunk that came with this key."""
        with self._lock:
            body, wanted, age = self._chunks.get(name, (b"", "", -1))
            if age != self._age:
                return 403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
            if key != wanted:
                return 400, b"<Error><Code>InvalidRequest</Code><Message>the key is wrong</Message></Error>"
            return 200, body


def inline_and_chunks(
    result: Result, arrow: bool, inline: int, size: int, base: str, chunks: Chunks, key: str
) -> dict[str, Any]:
    """The fields of `data` that carry rows: the first `inline` of them, and chunks of `size` rows for the rest."""
    arrow = arrow and result.table is not None
    rows = [] if arrow else result.text_rows()
    first = inline if result.total > inline else result.total
    found = []
    for start in range(first, result.total, size):
        count = min(size, result.total - start)
        if arrow:
            plain = to_ipc(result.table.slice(start, count))
        else:
            plain = json.dumps(rows[start : start + count])[1:-1].encode()
        packed = gzip.compress(plain, 1)
        found.append({
            "url": base + chunks.add(packed, key), "rowCount": count, "uncompressedSize": len(plain),
            "compressedSize": len(packed)})
    fields: dict[str, Any] = {"queryResultFormat": "arrow" if arrow else "json"}
    if arrow:
        fields["rowsetBase64"] = base64.b64encode(to_ipc(result.table.slice(0, first))).decode() if first else ""
    else:
        fields["rowset"] = rows[:first]
    if found:
        fields.update(chunks=found, qrmk=key, chunkHeaders={
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
            "x-amz-server-side-encryption-customer-key": key})
    return fields
