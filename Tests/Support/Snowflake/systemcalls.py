"""Statements about sessions and transactions: SYSTEM$ functions, SHOW TRANSACTIONS, SHOW LOCKS, RESULT_SCAN."""

import re
from typing import TYPE_CHECKING

import rights
from errors import SqlError
from results import Result, column, number
from sessions import Session

if TYPE_CHECKING:
    from engine import Engine


def call(engine: "Engine", session: Session, sql: str) -> Result:
    found = re.match(r"SELECT\s+(SYSTEM\$(\w+)\s*\(\s*'?([\w-]*)'?[^)]*\))", sql, re.IGNORECASE)
    name, argument = (found.group(2).upper(), found.group(3)) if found else ("", "")
    if name in ("ABORT_SESSION", "ABORT_TRANSACTION"):
        with engine.sessions.lock:
            everyone = list(engine.sessions.all.values())
        for other in everyone:
            if name == "ABORT_SESSION" and str(other.id) == argument and not other.ended:
                engine.end(other)
                return _called(found.group(1), "session aborted.")
            open_one = other.transaction
            if name == "ABORT_TRANSACTION" and open_one is not None and str(open_one.id) == argument:
                engine.abort(other)
                return _called(found.group(1), "transaction aborted.")
        if name == "ABORT_SESSION":
            return _called(found.group(1), "session not found or already ended.")
        raise SqlError("000701", "57014", f"Transaction {argument} does not exist or has ended.")
    if name == "VERIFY_EXTERNAL_VOLUME":
        return _called(found.group(1), rights.verify_volume(session, argument))
    if name == "CANCEL_QUERY":
        query = engine.sessions.queries.get(argument)
        if query is None or not engine.cancel(query):
            return _called(found.group(1), "Identified SQL statement is not currently executing.")
        return _called(found.group(1), "query cancelled.")
    raise SqlError("002141", "42601", f"SQL compilation error: Unknown function SYSTEM${name}")


def _called(text: str, answer: str) -> Result:
    return Result([column(text.upper())], [[answer]], type_id=0x1000)


def show_transactions(engine: "Engine", session: Session, sql: str) -> Result:
    rowtype = [number("id"), column("user"), number("session"), column("name"), column("started_on"),
               column("state"), column("scope")]
    with engine.sessions.lock:
        open_ones = [one.transaction for one in engine.sessions.all.values() if one.transaction is not None]
    return Result(rowtype, [
        [str(one.id), one.session.user, str(one.session.id), str(one.id), f"{one.started:.3f}", "running", "0"]
        for one in open_ones if not one.aborted])


def show_locks(engine: "Engine", session: Session, sql: str) -> Result:
    rowtype = [column("resource"), column("type"), number("transaction"), column("transaction_started_on"),
               column("status"), column("acquired_on"), column("query_id"), number("session")]
    return Result(rowtype, [
        [str(key[1]), "PARTITIONS", str(owner.id), f"{owner.started:.3f}", state, None, None, str(owner.session.id)]
        for key, owner, state in engine.locks.facts() if key[0] == "rows"])


def scan(engine: "Engine", session: Session, sql: str) -> Result:
    found = re.search(r"RESULT_SCAN\s*\(\s*(?:'([^']*)'|LAST_QUERY_ID\s*\(\s*\))", sql, re.IGNORECASE)
    query = engine.sessions.queries.get((found.group(1) or session.last_query or "") if found else "")
    if query is None or query.result is None or query.session.user != session.user:
        raise SqlError("000709", "02000", f"Statement {found.group(1) if found else ''} not found")
    return query.result
