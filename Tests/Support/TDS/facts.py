"""Functions and variables that tell of the server, the session and the catalog."""

from typing import Any

from conversions import Expression
from errors import SqlError
from login import VERSION_TEXT
from parser import Parser
from shapes import TYPE_IDS, USER_TYPES
from tsqltypes import DEFAULT_COLLATION, INT, SYSNAME, Type, text
from values import to_sql

SERVER = {
    "productversion": "16.0.4125.3", "productlevel": "RTM",
    "edition": "Enterprise Edition: Core-based Licensing (64-bit)", "engineedition": 3, "servername": "BENCH",
    "machinename": "BENCH", "instancename": None, "collation": DEFAULT_COLLATION, "productmajorversion": "16",
    "ishadrenabled": 0, "isclustered": 0, "isxtpsupported": 1, "lcid": 1033}


class Facts:
    """Needs `session`."""

    def known(self, value: Any, kind: Type = SYSNAME) -> Expression:
        return Expression(to_sql(value, kind), kind)

    def global_variable(self, name: str) -> Expression:
        session = self.session
        facts = {
            "VERSION": (VERSION_TEXT, text("nvarchar", 300)), "SPID": (session.spid, Type("smallint")),
            "TRANCOUNT": (session.transactions.depth, INT), "SERVERNAME": ("BENCH", text(
                "nvarchar", 128)), "ROWCOUNT": (session.row_count, INT), "ERROR": (session.last_error, INT),
            "LANGUAGE": ("us_english",
                         SYSNAME), "DBTS": (session.server.rowversions.last.to_bytes(8, "big"), Type("varbinary", 8)),
            "MICROSOFTVERSION": (16 << 24 | 4125, INT), "OPTIONS": (5432, INT), "MAX_PRECISION": (38, Type("tinyint")),
            "LOCK_TIMEOUT": (session.lock_timeout, INT), "IDENTITY": (session.identity, Type("numeric", precision=38))}
        if name not in facts:
            raise SqlError(137, f'Must declare the scalar variable "@@{name}".', 15, 2)
        return self.known(*facts[name])

    def _f_serverproperty(self, name: Expression) -> Expression:
        value = SERVER.get((name.literal or "").lower())
        held = None if value is None else f"int|{value}" if isinstance(value, int) else f"nvarchar(128)|{value}"
        return self.known(held, Type("sql_variant"))

    def _f_databasepropertyex(self, database: Expression, name: Expression) -> Expression:
        settings = self.session.server.catalog.database(database.literal or self.session.database).settings
        value = {"collation": settings["collation_name"], "status": "ONLINE", "updateability":
                 "READ_ONLY" if settings["is_read_only"] else "READ_WRITE"}.get((name.literal or "").lower())
        return self.known(None if value is None else f"nvarchar(128)|{value}", Type("sql_variant"))

    def _f_sql_variant_property(self, value: Expression, name: Expression) -> Expression:
        kind = f"regexp_extract({value.sql}, '^[a-z0-9_]+')"
        if (name.literal or "").lower() != "basetype":
            raise SqlError(195, "the bench knows BaseType alone", 15)
        return Expression(f"('nvarchar(128)|' || {kind})", Type("sql_variant"))

    def _f_db_name(self, number: Expression | None = None) -> Expression:
        return self.known(self.session.database)

    def _f_db_id(self, name: Expression | None = None) -> Expression:
        database = self.session.server.catalog.databases.get(
            (name.literal if name else self.session.database or "").lower())
        return self.known(database.number if database else None, Type("smallint"))

    def _f_suser_sname(self, *_: Expression) -> Expression: return self.known(self.session.user)
    def _f_suser_name(self, *_: Expression) -> Expression: return self.known(self.session.user)
    def _f_original_login(self) -> Expression: return self.known(self.session.user)
    def _f_user_name(self, *_: Expression) -> Expression: return self.known("dbo")
    def _f_app_name(self) -> Expression: return self.known(self.session.application)
    def _f_host_name(self) -> Expression: return self.known(self.session.host)
    def _f_schema_name(self, *number: Expression) -> Expression: return self.known("dbo") if not number else Expression(
        "CASE " + " ".join(f"WHEN {number[0].sql} = {at} THEN '{name}'" for name, at in self.database_of("").schemas.items())
        + " END", SYSNAME)

    def database_of(self, name: str) -> Any:
        return self.session.server.catalog.database(name or self.session.database)

    def _f_object_id(self, name: Expression, *_: Expression) -> Expression:
        try:
            found = self.session.server.catalog.table(Parser(name.literal or "").names(),
                                                      self.session.database)[1].object_id
        except SqlError:
            found = None
        return self.known(found, INT)

    def _f_type_name(self, number: Expression) -> Expression:
        names = {
            **{at: name
               for name, at in TYPE_IDS.items()}, **{at: name
                                                     for name, at in USER_TYPES.items()}, 256: "sysname"}
        whens = " ".join(f"WHEN {at} THEN '{name}'" for at, name in names.items())
        return Expression(f"CASE {number.sql} {whens} END", SYSNAME)

    def _f_has_perms_by_name(
            self, thing: Expression, kind: Expression, permission: Expression, *_: Expression) -> Expression:
        wanted, session = (permission.literal or "").upper(), self.session
        if thing.literal is not None or (kind.literal or "").upper() != "OBJECT":
            return self.known(0 if session.server.denied(session, wanted, thing.literal or "") else 1, INT)
        # The name is made in the query: each table has an answer of its own.
        names = [f"{one.schema}.{one.name}" for one in self.database_of("").tables.values()]
        refused = [name for name in names if session.server.denied(session, wanted, name)]
        whens = " ".join(f"WHEN {to_sql(name.lower(), SYSNAME)} THEN 0" for name in refused)
        plain = f"lower(replace(replace({thing.sql}, '[', ''), ']', ''))"
        return Expression(f"CASE {plain} {whens} ELSE 1 END" if whens else "1", INT)

    def _f_is_srvrolemember(self, *_: Expression) -> Expression: return self.known(1, INT)
    def _f_is_member(self, *_: Expression) -> Expression: return self.known(1, INT)
    def _f_scope_identity(self) -> Expression: return self.known(self.session.identity, Type("numeric", precision=38))

    def _f_min_active_rowversion(self) -> Expression:
        return self.known(self.session.server.rowversions.lowest_active().to_bytes(8, "big"), Type("varbinary", 8))

    def _f_object_name(self, number: Expression, *_: Expression) -> Expression:
        names = " ".join(f"WHEN {one.object_id} THEN '{one.name.replace(chr(39), chr(39) * 2)}'"
                         for one in self.database_of("").tables.values())
        return Expression(f"CASE {number.sql} {names} END" if names else "CAST(NULL AS VARCHAR)", SYSNAME)
