"""Executes statements: transactions, locks and snapshots as the service has them, over fakesnow, which has them not."""

import json
import re
import threading
import time
from typing import TYPE_CHECKING

from sqlglot import exp

import rights
import systemcalls
from catalog import Catalog
from errors import SqlError
from merging import merge
from peer import Peer
from results import Result
from sessions import Query, Session, Sessions, Transaction
from stages import Stages
from statements import DDL, DML, Names, Touched, bare, digesting, kind_of, parse, substitute, touched
from storage import Storage
from transactions import Transactions

if TYPE_CHECKING:
    from clouds import Clouds

#: Definitions after which nothing has been loaded into the table yet.
FRESH = re.compile(r"(DROP|CREATE\s+OR\s+REPLACE)\s+(TRANSIENT\s+|TEMP\w*\s+|HYBRID\s+)*TABLE\b", re.IGNORECASE)


class Engine(Transactions):
    """Runs one statement of a session at a time, each on a thread of its own."""

    def __init__(
        self, peer: Peer, storage: Storage, clouds: "Clouds", sessions: Sessions, account: str, folder: str
    ):
        self.peer, self.sessions, self.account = peer, sessions, account
        super().__init__()
        self.catalog = Catalog(peer)
        self.stages = Stages(self, storage, clouds, folder)
        #: What a statement does after its transaction was ended by someone else: `autocommit` or `error`.
        self.after_abort = "autocommit"

    # Queries

    def start(self, query: Query) -> None:
        """Begins to execute a query; its `done` is set when it has."""
        threading.Thread(target=self._run, args=(query,), daemon=True, name=f"query {query.id}").start()

    def _run(self, query: Query) -> None:
        session = query.session
        with session.turn:
            session.running = query
            try:
                query.check_session()
                query.result = self.execute(session, query)
                query.result.database, query.result.schema = session.database, session.schema
            except SqlError as error:
                query.error = error
            except Exception as error:  # A statement must have an answer whatever the bench got wrong.
                query.error = SqlError("000603", "XX000", f"bench: {type(error).__name__}: {error}")
            session.running = None
            session.last_query = query.id
            query.ended = time.time()
        query.done.set()

    def execute(self, session: Session, query: Query) -> Result:
        sql = bare(query.sql)
        count = int((query.body.get("parameters") or {}).get("MULTI_STATEMENT_COUNT", 1))
        if count != 1:
            return self._several(session, query, count)
        return self._statement(session, query, sql)

    def _several(self, session: Session, query: Query, count: int) -> Result:
        import sqlglot

        texts = [tree.sql("snowflake") for tree in sqlglot.parse(query.sql, read="snowflake") if tree is not None]
        if count and len(texts) != count:
            raise SqlError(
                "000008", "0A000", f"Actual statement count {len(texts)} did not match the desired count {count}.")
        whole = Result.status("Multiple statements executed successfully.", type_id=0xA000)
        for text in texts:
            whole.parts.append(self._statement(session, query, text))
        return whole

    def _statement(self, session: Session, query: Query, sql: str) -> Result:
        kind = kind_of(sql)
        transaction = session.transaction
        if transaction is not None and transaction.aborted:
            session.transaction = None
            if self.after_abort == "error":
                raise SqlError("000603", "57014", "The session's transaction was ended by someone else")
        simple = {
            "begin": self._begin, "commit": self._commit_statement, "rollback": self._rollback_statement,
            "alter session": self._alter_session,
        }
        about = {
            "call": systemcalls.call, "scan": systemcalls.scan, "show transactions": systemcalls.show_transactions,
            "show locks": systemcalls.show_locks, "show grants": rights.show_grants, "clock": rights.clock,
            "show warehouses": rights.show_warehouses, "show parameters": rights.show_parameters,
            "facts": rights.describe,
        }
        if kind in simple:
            return simple[kind](session, sql)
        if kind in about:
            return about[kind](self, session, sql)
        if kind in ("put", "get", "list", "remove"):
            return self.stages.run(kind, session, query, sql)
        if kind in DDL:
            if session.transaction is not None:
                self.commit(session)
            return self.in_transaction(session, query, lambda one: self._ddl(one, query, kind, sql))
        if kind in DML:
            if session.transaction is None and not session.autocommit:
                session.transaction = Transaction(True, session)
            return self.in_transaction(session, query, lambda one: self._dml(one, query, kind, sql))
        return self._read(session, query, kind, sql)

    def missing(self, database: str | None, schema: str | None) -> set[str]:
        """Which of them does not exist."""
        rows = Result.from_peer(self.peer.query(
            self.peer.admin, "SELECT database_name AS d, schema_name AS s FROM system.main.duckdb_schemas")).text_rows()
        known = {(str(row[0]).upper(), str(row[1]).upper()) for row in rows}
        if database and database.upper() not in {one for one, _ in known}:
            return {"database", "schema"}
        return {"schema"} if schema and (str(database).upper(), schema.upper()) not in known else set()

    # Reading

    def _read(self, session: Session, query: Query, kind: str, sql: str) -> Result:
        names = Names(session.database, session.schema)
        if kind == "show keys":
            return self.catalog.show_keys(sql, names)
        transaction = session.transaction
        if kind == "use":
            return self._use(session, transaction, sql)
        if re.search(r"\bTABLE\s*\(\s*GENERATOR\b", sql, re.IGNORECASE):
            rights.need_compute(session)
        values = self._context(session)
        sql, literals = substitute(sql, values)
        if transaction is not None and transaction.sent:
            self.refresh(transaction, touched(parse(sql), names))
        data = self.send(session, digesting(sql), query.body)
        for item in data.get("rowtype") or []:
            item["name"] = literals.get(item["name"], item["name"])
        result = Result.from_peer(data)
        if re.match(r"SHOW\s+(TERSE\s+)?ICEBERG\b", sql, re.IGNORECASE):
            self.catalog.keep_iceberg(result)
        if kind == "describe":
            self.catalog.mend_description(result, sql, names)
        return result

    def _use(self, session: Session, transaction: Transaction | None, sql: str) -> Result:
        found = re.match(r"USE\s+(ROLE|WAREHOUSE|SECONDARY\s+ROLES)\s+(\S+)", sql, re.IGNORECASE)
        if found:
            name = found.group(2).strip('"') if found.group(2).startswith('"') else found.group(2).upper()
            if found.group(1).upper() == "ROLE":
                session.role = name
            elif found.group(1).upper() == "WAREHOUSE":
                session.warehouse = name
            return Result.status("Statement executed successfully.")
        data = self.send(session, sql)
        if transaction is not None and transaction.sent:
            transaction.statements.append((sql, {}))
        session.database, session.schema = data.get("finalDatabaseName"), data.get("finalSchemaName")
        return Result.from_peer(data)

    def _context(self, session: Session) -> dict[str, str]:
        transaction = session.transaction
        return {
            "CURRENT_SESSION": str(session.id), "CURRENT_TRANSACTION": str(transaction.id) if transaction else "",
            "CURRENT_USER": session.user, "CURRENT_ROLE": session.role or "", "CURRENT_ACCOUNT": self.account,
            "CURRENT_WAREHOUSE": session.warehouse or "",
            "CURRENT_REGION": session.account.region, "CURRENT_IP_ADDRESS": session.account.address,
            "CURRENT_SECONDARY_ROLES": json.dumps({"roles": session.account.secondary, "value": "ALL"}),
            "LAST_QUERY_ID": session.last_query or ""}

    # Writing

    def _dml(self, transaction: Transaction, query: Query, kind: str, sql: str) -> Result:
        session = transaction.session
        names = Names(session.database, session.schema)
        sql, _ = substitute(sql, self._context(session))
        tree = parse(sql)
        tables = touched(tree, names)
        if tables.target:
            self.lock(transaction, ("object", tables.target), False, query)
            if kind in ("write", "truncate") or re.match(r"INSERT\s+OVERWRITE", sql, re.IGNORECASE):
                self.lock(transaction, ("rows", tables.target), True, query)
        if kind == "copy":
            result = self.stages.copy(transaction, query, sql, tree, tables)
        elif isinstance(tree, exp.Merge) and not query.body.get("bindings"):
            result = merge(
                tree, lambda text: Result.from_peer(self.write(transaction, text, tables, {})),
                lambda text: Result.from_peer(self.ask(transaction, text, tables)))
        else:
            if kind == "truncate":
                transaction.loads[tables.target or ""] = None
            result = Result.from_peer(self.write(transaction, sql, tables, query.body))
        if tables.target:
            transaction.written.add(tables.target)
        return result

    def _ddl(self, transaction: Transaction, query: Query, kind: str, sql: str) -> Result:
        session = transaction.session
        names = Names(session.database, session.schema)
        if kind == "swap":
            return self._swap(transaction, query, sql, names)
        if kind in ("create stage", "drop stage"):
            return self.stages.define(transaction, sql, names)
        tree = parse(sql)
        tables = touched(tree, names)
        if tables.target:
            self.lock(transaction, ("object", tables.target), True, query)
            if FRESH.match(sql):
                transaction.loads[tables.target] = None
        text, declared = self.catalog.prepare(sql, tree)
        # fakesnow commits definitions by itself, and some of them cannot be in a transaction of DuckDB's.
        data = self.send(session, text, query.body)
        self.catalog.define(sql, tree, tables.target, declared, names)
        if kind == "create database":
            name = data.get("finalDatabaseName") or ""
            found = re.search(r"DATABASE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\"[^\"]+\"|\w+)", sql, re.IGNORECASE)
            name = found.group(1) if found else name
            self.send(session, f"CREATE SCHEMA IF NOT EXISTS {name}.PUBLIC")
            data = {**self.send(session, f"USE SCHEMA {name}.PUBLIC"), "rowtype": data["rowtype"],
                    "rowsetBase64": data.get("rowsetBase64"), "queryResultFormat": data.get("queryResultFormat")}
        session.database, session.schema = data.get("finalDatabaseName"), data.get("finalSchemaName")
        is_of_table = tree is not None and tables.target and str(tree.args.get("kind")).upper() == "TABLE"
        transaction.written.add(tables.target.split(".")[0] + ".*" if is_of_table else "*")
        return Result.from_peer(data)

    def _swap(self, transaction: Transaction, query: Query, sql: str, names: Names) -> Result:
        found = re.match(r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(\S+)\s+SWAP\s+WITH\s+(\S+)$", sql, re.IGNORECASE)
        if found is None:
            raise SqlError("001003", "42000", "SQL compilation error: ALTER TABLE a SWAP WITH b")
        one, other = (names.resolve(name) for name in found.groups())
        for name in sorted((one, other)):
            self.lock(transaction, ("object", name), True, query)
        quoted = [".".join(f'"{part}"' for part in name.split(".")) for name in (one, other)]
        last = [f'"{name.split(".")[-1]}"' for name in (one, other)]
        spare = f'"_SWAP_{transaction.id}"'
        schema = quoted[0].rpartition(".")[0]
        for source, target in ((quoted[0], spare), (quoted[1], last[0]), (f"{schema}.{spare}", last[1])):
            self.write(transaction, f"ALTER TABLE {source} RENAME TO {target}", Touched(), {})
        loads = self.stages.loads
        transaction.loads[one], transaction.loads[other] = loads.get(other, {}), loads.get(one, {})
        self.catalog.swap(one, other)
        transaction.written.update({one, other, one.split(".")[0] + ".*"})
        return Result.status("Statement executed successfully.")

    # Sessions

    def _begin(self, session: Session, sql: str) -> Result:
        if session.transaction is None:
            session.transaction = Transaction(True, session)
        return Result.status("Statement executed successfully.")

    def _commit_statement(self, session: Session, sql: str) -> Result:
        self.commit(session)
        return Result.status("Statement executed successfully.")

    def _rollback_statement(self, session: Session, sql: str) -> Result:
        transaction, session.transaction = session.transaction, None
        if transaction is not None:
            self._undo(transaction)
        return Result.status("Statement executed successfully.")

    def _alter_session(self, session: Session, sql: str) -> Result:
        found = re.match(r"ALTER\s+SESSION\s+(SET|UNSET)\s+(.*)$", sql, re.IGNORECASE | re.DOTALL)
        if found is None:
            raise SqlError("001003", "42000", "SQL compilation error: ALTER SESSION SET name = value")
        if found.group(1).upper() == "UNSET":
            for name in re.findall(r"\w+", found.group(2)):
                session.parameters.pop(name.upper(), None)
        for name, value in re.findall(r"(\w+)\s*=\s*('(?:''|[^'])*'|[\w.+-]+)", found.group(2)):
            session.parameters[name.upper()] = value[1:-1].replace("''", "'") if value[0] == "'" else value
        if session.autocommit and session.transaction is not None and "AUTOCOMMIT" in found.group(2).upper():
            self.commit(session)
        return Result.status("Statement executed successfully.")
