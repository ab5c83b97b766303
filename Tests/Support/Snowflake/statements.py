"""What a statement is: its kind, the tables it touches, and the few rewrites that fakesnow needs."""

import logging
import re
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

logging.getLogger("sqlglot").setLevel(logging.ERROR)

COMMENTS = re.compile(r"\s+|--[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
TOKENS = r"'(?:''|\\.|[^'\\])*'|\"(?:\"\"|[^\"])*\"|\$\$.*?\$\$|--[^\n]*|/\*.*?\*/"

KINDS = [
    ("begin", r"(BEGIN|START\s+TRANSACTION)\b"), ("commit", r"COMMIT\b"), ("rollback", r"ROLLBACK\b"),
    ("alter session", r"ALTER\s+SESSION\b"), ("put", r"PUT\b"), ("get", r"GET\b"), ("list", r"(LIST|LS)\b"),
    ("remove", r"(REMOVE|RM)\b"), ("copy", r"COPY\s+INTO\b"),
    ("create stage", r"CREATE\s+(OR\s+REPLACE\s+)?(TEMP(ORARY)?\s+)?STAGE\b"), ("drop stage", r"DROP\s+STAGE\b"),
    ("swap", r"ALTER\s+TABLE\s.*\sSWAP\s+WITH\s"), ("truncate", r"TRUNCATE\b"), ("use", r"USE\b"),
    ("create database", r"CREATE\s+(OR\s+REPLACE\s+)?(TRANSIENT\s+)?DATABASE\b"),
    ("show transactions", r"SHOW\s+TRANSACTIONS\b"), ("show locks", r"SHOW\s+LOCKS\b"),
    ("show grants", r"SHOW\s+GRANTS\b"), ("show warehouses", r"SHOW\s+WAREHOUSES\b"),
    ("show parameters", r"SHOW\s+PARAMETERS\b"), ("clock", r"SELECT\s+DATE_PART\(EPOCH_MILLISECOND,\s*SYSDATE\(\)\)"),
    ("facts", r"DESC(RIBE)?\s+(EXTERNAL\s+VOLUME|CATALOG\s+INTEGRATION|STAGE)\b"),
    ("show keys", r"SHOW\s+PRIMARY\s+KEYS\b"), ("describe", r"DESC(RIBE)?\s+TABLE\b"),
    ("insert", r"INSERT\b"), ("write", r"(UPDATE|DELETE|MERGE)\b"), ("ddl", r"(CREATE|ALTER|DROP|UNDROP|COMMENT)\b"),
    ("call", r"SELECT\s+SYSTEM\$\w+\s*\("), ("scan", r"SELECT\s+\*\s+FROM\s+TABLE\s*\(\s*RESULT_SCAN\s*\("),
    ("select", r"(SELECT|WITH|VALUES)\b"),
]
KINDS = [(kind, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, pattern in KINDS]

#: Kinds that end an open transaction before they run and are committed by themselves.
DDL = {"create stage", "drop stage", "swap", "create database", "ddl"}
#: Kinds that write rows and belong to the open transaction.
DML = {"insert", "write", "truncate", "copy"}


def kind_of(sql: str) -> str:
    """One of KINDS, or `other`."""
    text = bare(sql)
    return next((kind for kind, pattern in KINDS if pattern.match(text)), "other")


def bare(sql: str) -> str:
    """The statement without what comes before its first word, and without its semicolon."""
    position = 0
    while found := COMMENTS.match(sql, position):
        position = found.end()
    return sql[position:].rstrip().rstrip(";").rstrip()


def parse(sql: str) -> exp.Expression | None:
    """The statement's tree, or None when the parser does not know it."""
    try:
        tree = sqlglot.parse_one(sql, read="snowflake")
    except sqlglot.errors.SqlglotError:
        return None
    return None if isinstance(tree, exp.Command) else tree


@dataclass(frozen=True)
class Names:
    """The database and schema that unqualified names belong to."""

    database: str | None
    schema: str | None

    def table(self, table: exp.Table) -> str:
        """The full name, folded as the service folds names: DB.SCHEMA.TABLE."""
        parts = [fold(part) for part in (table.args.get("catalog"), table.args.get("db"), table.this) if part]
        defaults = [self.database or "", self.schema or ""]
        return ".".join(defaults[: 3 - len(parts)] + parts)

    def resolve(self, name: str) -> str:
        """The full name of a table written as SQL."""
        return self.table(sqlglot.exp.to_table(name, dialect="snowflake"))


def fold(identifier: exp.Expression) -> str:
    name = identifier.name
    return name if identifier.args.get("quoted") else name.upper()


WRITERS = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Copy, exp.Create, exp.Drop, exp.Alter)


@dataclass
class Touched:
    """The tables of a statement by full name."""

    target: str | None = None
    all: set[str] = field(default_factory=set)


def touched(tree: exp.Expression | None, names: Names) -> Touched:
    """The tables that a statement names; common table expressions count as tables, which does no harm."""
    if tree is None:
        return Touched()
    target = None
    this = tree.this if isinstance(tree, WRITERS) else None
    if isinstance(tree, exp.TruncateTable):
        this = tree.expressions[0]
    if isinstance(this, exp.Schema):
        this = this.this
    if isinstance(this, exp.Table) and isinstance(this.this, exp.Identifier):
        target = names.table(this)
    tables = {names.table(table) for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)}
    return Touched(target, tables)


def substitute(sql: str, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Puts string literals in the place of context functions such as CURRENT_SESSION().

    Returns the text, and which literal stands for which function, so that column names can be mended.
    """
    literals: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group(0)
        literal = "'" + values[name.upper()].replace("'", "''") + "'"
        literals[literal] = name.upper() + "()"
        return literal

    pattern = TOKENS + r"|\b(" + "|".join(values) + r")\s*\(\s*\)"
    return re.sub(pattern, replace, sql, flags=re.IGNORECASE | re.DOTALL), literals


def without_lengths(sql: str) -> str:
    """BINARY without a length, which fakesnow does not know."""
    return re.sub(
        TOKENS + r"|\b((?:VAR)?BINARY)\s*\(\s*\d+\s*\)", lambda one: one.group(1) or one.group(0), sql,
        flags=re.IGNORECASE | re.DOTALL)


#: A call's argument with at most two levels of parentheses inside.
ARGUMENT = r"((?:[^()']|'(?:''|[^'])*'|\((?:[^()]|\([^()]*\))*\))+)"
#: Functions of the service that fakesnow lacks, or answers wrongly, and how DuckDB comes to the same.
FUNCTIONS = [
    (r"\bOCTET_LENGTH\s*\(", r"STRLEN("),
    (rf"\bTO_NUMBER\s*\({ARGUMENT},\s*'X{{1,15}}'\)", r"CAST('0x' || \1 AS BIGINT)"),
    (rf"\bTO_VARCHAR\s*\({ARGUMENT},\s*'9\.(9+)EEEEE'\)",
     lambda one: scientific(one.group(1), len(one.group(2)))),
]


def digesting(sql: str) -> str:
    """The statement with these functions as fakesnow takes them."""
    for pattern, replacement in FUNCTIONS:
        sql = re.sub(pattern, replacement, sql, flags=re.IGNORECASE)
    return sql


def scientific(value: str, places: int) -> str:
    """A real with these places and an exponent of three digits; the C library writes two where two are enough."""
    text = f"UPPER(PRINTF('%.{places}e', {value}))"
    mark = places + 3
    return f"(LEFT({text}, {mark + 1}) || LPAD(SUBSTR({text}, {mark + 2}), 3, '0'))"


STAGE = re.compile(r"""@((?:(?:"(?:[^"]|"")+"|[\w$%~]+)\.){0,2}(?:"(?:[^"]|"")+"|[\w$%~]+))(/.*)?$""", re.DOTALL)


def stage_reference(text: str, names: Names) -> tuple[str, str] | None:
    """Full stage name and path of `@db.schema.stage/path`, in quotes or not; None for anything else."""
    text = text.strip()
    if text.startswith("'"):
        text = text[1:-1].replace("''", "'")
    found = STAGE.match(text)
    if found is None:
        return None
    parts = [
        part[1:-1].replace('""', '"') if part.startswith('"') else part.upper()
        for part in re.findall(r'"(?:[^"]|"")+"|[^.]+', found.group(1))]
    full = [names.database or "", names.schema or ""][: 3 - len(parts)] + parts
    if parts == ["~"]:
        full = ["~"]
    return ".".join(full), (found.group(2) or "").lstrip("/")


def options(text: str) -> dict[str, str]:
    """`NAME = value` pairs, names in upper case, values without quotes."""
    found = re.findall(r"(\w+)\s*=\s*('(?:''|\\.|[^'\\])*'|\w+)", text, re.DOTALL)
    return {name.upper(): literal(value) if value[0] == "'" else value for name, value in found}


def literal(text: str) -> str:
    """What a string literal says: two apostrophes are one, and a backslash takes the next character as it is."""
    return re.sub(r"''|\\(.)", lambda one: one.group(1) or "'", text[1:-1], flags=re.DOTALL)
