"""What an account says of itself when it is looked over: grants, warehouses, policies, its clock, volumes, integrations.

None of it binds anybody: a role without a grant may do everything in fakesnow, so a test that wants a statement refused
sets a fault for it. Each user sees an account of its own, as its facts say (`User` in accounts.py).
"""

import json
import re
import time
from typing import TYPE_CHECKING

from errors import SqlError
from results import Result, column, number
from sessions import Session
from statements import Names, stage_reference

if TYPE_CHECKING:
    from engine import Engine

NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
GRANTS = ("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")
WAREHOUSES = (
    "name", "state", "type", "size", "running", "queued", "is_default", "is_current", "auto_suspend", "auto_resume")


def stored(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.upper()


def quoted(name: str) -> str:
    """A name as results of SHOW GRANTS spell it."""
    return name if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", name) else '"' + name.replace('"', '""') + '"'


def show_grants(engine: "Engine", session: Session, sql: str) -> Result:
    """SHOW GRANTS TO ROLE r. Where the user's `grants` name no role at all, every role owns whatever there is; else roles
    that they do not name have no grants, or are not to be seen when they are not the user's own."""
    found = re.match(rf"SHOW\s+GRANTS\s+TO\s+(DATABASE\s+)?ROLE\s+({NAME}(?:\.{NAME})?)\s*$", sql, re.IGNORECASE)
    if found is None:
        raise SqlError("001003", "42000", "SQL compilation error: the bench knows SHOW GRANTS TO [DATABASE] ROLE name")
    role = ".".join(stored(part) for part in re.findall(NAME, found.group(2)))
    grants = session.account.grants.get(role)
    if grants is None and session.account.grants:
        if role not in session.account.roles:
            raise missing("Role", role)
        grants = []
    if grants is None:
        rows = Result.from_peer(engine.peer.query(
            engine.peer.admin,
            "SELECT DISTINCT database_name AS d, schema_name AS s, '' AS t FROM system.main.duckdb_schemas UNION "
            "SELECT DISTINCT database_name, schema_name, table_name FROM system.main.duckdb_tables")).text_rows()
        kinds = ("DATABASE", "SCHEMA", "TABLE")
        names = {tuple(part for part in row[:depth] if part) for row in rows for depth in (1, 2, 3)}
        grants = [["OWNERSHIP", kinds[len(one) - 1], ".".join(quoted(str(part)) for part in one)] for one in names]
    return Result([column(name) for name in GRANTS], [
        ["0", privilege, on, name, "ROLE", role, "false", "ACCOUNTADMIN"] for privilege, on, name in sorted(grants)])


def show_warehouses(engine: "Engine", session: Session, sql: str) -> Result:
    """SHOW WAREHOUSES [LIKE 'name']: the user's own; `suspended` is one that does not start by itself."""
    found = re.search(r"LIKE\s+'([^']*)'", sql, re.IGNORECASE)
    wanted = found.group(1).upper() if found else None
    suspended = session.account.suspended
    return Result([column(name) for name in WAREHOUSES], [
        [name, "SUSPENDED" if suspended else "STARTED", "STANDARD", "X-Small", "0", "0", "N",
         "Y" if name == session.warehouse else "N", "60", "false" if suspended else "true"]
        for name in session.account.warehouses if wanted in (None, name.upper())])


def need_compute(session: Session) -> None:
    if session.warehouse is None or session.account.suspended:
        raise SqlError(
            "000606", "57P03", "No active warehouse selected in the current session.  Select an active warehouse with "
            "the 'use warehouse' command.")


def show_parameters(engine: "Engine", session: Session, sql: str) -> Result:
    """SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN ACCOUNT | FOR USER u: the user's `network_policy`, level and name."""
    level, name = session.account.network_policy or ("", "")
    asked = "USER" if re.search(r"\bFOR\s+USER\b", sql, re.IGNORECASE) else "ACCOUNT"
    seen = level if level in (asked, "ACCOUNT") else ""
    return Result(
        [column(one) for one in ("key", "value", "default", "level", "description", "type")],
        [["NETWORK_POLICY", name if seen else "", "", seen, "Network policy assigned for the given target.", "STRING"]])


def clock(engine: "Engine", session: Session, sql: str) -> Result:
    """The server's time in milliseconds, as far off as the user's `clock` says, in seconds."""
    return Result([number("T")], [[str(int((time.time() + session.account.clock) * 1000))]], type_id=0x1000)


def describe(engine: "Engine", session: Session, sql: str) -> Result:
    """DESCRIBE EXTERNAL VOLUME, CATALOG INTEGRATION and STAGE."""
    found = re.match(r"DESC(?:RIBE)?\s+(EXTERNAL\s+VOLUME|CATALOG\s+INTEGRATION|STAGE)\s+(\S+)\s*$", sql, re.IGNORECASE)
    if found is None:
        raise SqlError("001003", "42000", "SQL compilation error: DESCRIBE kind name")
    kind = " ".join(found.group(1).upper().split())
    if kind == "STAGE":
        full, _ = stage_reference("@" + found.group(2), Names(session.database, session.schema)) or ("", "")
        if not engine.stages.knows(full):
            raise missing("Stage", full)
        url = engine.stages.url(full)
        return properties([("STAGE_LOCATION", "URL", "String", json.dumps([url]) if url else ""), ("DIRECTORY", "ENABLE", "Boolean", "false")])
    name = stored(found.group(2))
    if kind == "EXTERNAL VOLUME":
        volume = session.account.volumes.get(name)
        if volume is None:
            raise missing("External volume", name)
        return properties([
            ("", "ALLOW_WRITES", "Boolean", str(volume.get("allow_writes", True)).lower()),
            ("STORAGE_LOCATIONS", "STORAGE_LOCATION_1", "String", "{}")])
    integration = session.account.integrations.get(name)
    if integration is None:
        raise missing("Integration", name)
    rows = [["ENABLED", "Boolean", str(integration.get("enabled", True)).lower(), "false"],
            ["CATALOG_SOURCE", "String", "GLUE", ""]]
    return Result([column(one) for one in ("property", "property_type", "property_value", "property_default")], rows)


def verify_volume(session: Session, name: str) -> str:
    """What SYSTEM$VERIFY_EXTERNAL_VOLUME answers; a volume's `broken` names what fails: writeResult, readResult…"""
    volume = session.account.volumes.get(name)
    if volume is None:
        raise missing("External volume", name)
    broken = volume.get("broken")
    facts = {one: "PASSED" for one in ("writeResult", "readResult", "listResult", "deleteResult")}
    if broken:
        facts[broken] = "FAILED"
    return json.dumps({
        "success": not broken, "storageLocationSelectionResult": "PASSED", "storageLocationName": "here", **facts})


def properties(rows: list[tuple[str, str, str, str]]) -> Result:
    names = ("parent_property", "property", "property_type", "property_value", "property_default")
    return Result([column(one) for one in names], [[*row, ""] for row in rows])


def missing(what: str, name: str) -> SqlError:
    return SqlError("002003", "02000", f"SQL compilation error:\n{what} '{name}' does not exist or not authorized.")
