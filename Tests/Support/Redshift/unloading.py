"""UNLOAD … FORMAT PARQUET MANIFEST VERBOSE, as Redshift's documentation describes its files."""

import decimal
import io
import json
import os
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pyarrow.parquet
from botocore.client import Config

if TYPE_CHECKING:
    from redshift import Session

STATEMENT = re.compile(
    r"\s*UNLOAD\s*\(\s*'(?P<query>(?:[^'\\]|''|\\.)*)'\s*\)\s*TO\s*'s3://(?P<bucket>[^/']+)/(?P<prefix>[^']*)'\s*"
    r"IAM_ROLE\s*'(?P<role>[^']*)'\s*FORMAT\s+(?:AS\s+)?PARQUET\s+MANIFEST\s+VERBOSE\s+MAXFILESIZE\s+(?:AS\s+)?\d+\s*MB\s*$",
    re.IGNORECASE | re.DOTALL)
#: Rows of one file: few, so that a test has several.
ROWS = 400


class Refused(Exception):
    def __init__(self, message: str, state: str = "XX000"):
        super().__init__(message)
        self.state = state


def unload(session: "Session", sql: str) -> None:
    proxy = session.proxy
    found = STATEMENT.match(sql)
    if found is None:
        raise Refused("syntax error in UNLOAD, or a form that the stand-in does not know", "42601")
    proxy.note({"unload": f"s3://{found['bucket']}/{found['prefix']}", "role": found["role"]})
    if proxy.fault("denied"):
        raise Refused("S3ServiceException:Access Denied,Status 403,Error AccessDenied")
    query = re.sub(r"\\(.)|''", lambda match: match.group(1) or "'", found["query"], flags=re.DOTALL)
    columns, rows = session.ask(query)
    table = pa.table(
        [pa.array([convert(row[index], column) for row in rows], arrow(column)) for index, column in enumerate(columns)],
        names=[column[0] for column in columns])
    s3 = boto3.client(
        "s3", endpoint_url=os.environ["S3_URL"], region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}))
    if s3.list_objects_v2(Bucket=found["bucket"], Prefix=found["prefix"]).get("KeyCount"):
        raise Refused("Specified unload destination on S3 is not empty. Consider using a different bucket / prefix")
    half, short = proxy.fault("half"), proxy.fault("short-file")
    entries: list[dict[str, Any]] = []
    for number, start in enumerate(range(0, table.num_rows, ROWS)):
        piece = table.slice(start, ROWS)
        output = io.BytesIO()
        pyarrow.parquet.write_table(piece, output, compression="snappy")
        body, key = output.getvalue(), f"{found['prefix']}{number:04d}_part_00.parquet"
        s3.put_object(Bucket=found["bucket"], Key=key, Body=body[:-10] if short else body)
        entries.append({
            "url": f"s3://{found['bucket']}/{key}",
            "meta": {"content_length": len(body), "record_count": piece.num_rows}})
        if half:
            raise Refused("S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown")
    if proxy.fault("cut-unload"):
        session.client.close()
        return
    if proxy.fault("wrong-count"):
        entries[0]["meta"]["record_count"] += 1
    manifest = {
        "entries": entries, "schema": {"elements": [{"name": column[0]} for column in columns]},
        "meta": {name: sum(entry["meta"][name] for entry in entries) for name in ("content_length", "record_count")},
        "author": {"name": "Amazon Redshift", "version": "1.0.0"}}
    text = json.dumps(manifest)
    if proxy.fault("bad-manifest"):
        text = text[:len(text) // 2]
    if not proxy.fault("no-manifest"):
        s3.put_object(Bucket=found["bucket"], Key=found["prefix"] + "manifest", Body=text.encode())


def arrow(column: tuple[str, int, int]) -> pa.DataType:
    _, oid, modifier = column
    if oid == 1700:
        return pa.decimal128((modifier - 4) >> 16, (modifier - 4) & 0xFFFF) if modifier >= 4 else pa.decimal128(38, 0)
    return {
        16: pa.bool_(), 20: pa.int64(), 21: pa.int32(), 23: pa.int32(), 700: pa.float32(), 701: pa.float64(),
        1082: pa.date32()}.get(oid, pa.string())


def convert(text: str | None, column: tuple[str, int, int]) -> Any:
    if text is None:
        return None
    oid = column[1]
    if oid == 16:
        return text == "t"
    if oid in (20, 21, 23):
        return int(text)
    if oid in (700, 701):
        return float(text)
    if oid == 1700:
        return decimal.Decimal(text)
    return date.fromisoformat(text) if oid == 1082 else text
