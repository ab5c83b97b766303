"""Runs statements by Snowflake's own Python connector: `connector.py < REQUEST`, JSON both ways.

The request has the facts of a bench and `statements`, perhaps `user`, `password`, `database` and `schema`, and the port
of a `proxy` for what is not on this machine. The answer
has for each statement its `columns` and `rows` (every value as text, bytes in hexadecimal), or its `error` and `code`;
after an error the others still run.
"""

import json
import os
import sys
from typing import Any

import snowflake.connector


def text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes | bytearray):
        return value.hex()
    return str(value)


def main() -> None:
    request = json.load(sys.stdin)
    os.environ["REQUESTS_CA_BUNDLE"] = request["authority"]
    if "proxy" in request:
        os.environ.update(HTTPS_PROXY=f"http://127.0.0.1:{request['proxy']}", NO_PROXY="127.0.0.1")
    connection = snowflake.connector.connect(
        account=request["account"], user=request["user"], password=request["password"], host="127.0.0.1",
        port=request["http"], protocol="http", database=request.get("database"), schema=request.get("schema"),
        login_timeout=20, network_timeout=60, session_parameters=request.get("parameters") or {})
    answers: list[dict[str, Any]] = []
    for statement in request["statements"]:
        cursor = connection.cursor()
        try:
            rows = cursor.execute(statement).fetchall()
            answers.append({
                "columns": [column.name for column in cursor.description or []],
                "rows": [[text(value) for value in row] for row in rows]})
        except snowflake.connector.errors.Error as error:
            answers.append({"error": str(error.raw_msg or error), "code": f"{error.errno or 0:06d}"})
    connection.close()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
