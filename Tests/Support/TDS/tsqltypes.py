"""Types of T-SQL, and how DuckDB holds their values without loss.

| T-SQL | DuckDB |
|---|---|
| bit, tinyint … bigint, decimal, real, float | the same; money and smallmoney as DECIMAL with four places |
| date, datetime, smalldatetime, datetime2 | BIGINT: units of 100 ns since the year 1; time: since midnight |
| datetimeoffset | HUGEINT: units of 100 ns of UTC since the year 1, times 4096, plus minutes of offset plus 2048 |
| uniqueidentifier | BLOB of 16 bytes in the order in which the server compares them |
| text | VARCHAR; binary, rowversion and CLR types: BLOB |
| sql_variant | VARCHAR: the type's name, a bar, the value as text |
"""

from dataclasses import dataclass, replace

from errors import SqlError

INTEGERS = {
    "bit": (1, 0, 1), "tinyint": (3, 0, 255), "smallint": (5, -2**15, 2**15 - 1), "int": (10, -2**31, 2**31 - 1),
    "bigint": (19, -2**63, 2**63 - 1)}
FAMILIES = {
    **dict.fromkeys(INTEGERS, "int"), **dict.fromkeys(("decimal", "numeric", "money", "smallmoney"), "decimal"),
    **dict.fromkeys(("real", "float"), "float"), "date": "moment", "time": "time", "datetimeoffset": "zoned",
    **dict.fromkeys(("datetime", "smalldatetime", "datetime2"), "moment"), "uniqueidentifier": "guid",
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar", "text", "ntext", "xml"), "text"),
    **dict.fromkeys(("binary", "varbinary", "image", "timestamp"), "binary"), "sql_variant": "variant",
    **dict.fromkeys(("hierarchyid", "geometry", "geography"), "clr")}
#: Type precedence, highest first ("Data type precedence" of the T-SQL reference).
PRECEDENCE = [
    "hierarchyid", "geometry", "geography", "sql_variant", "xml", "datetimeoffset", "datetime2", "datetime",
    "smalldatetime", "date", "time", "float", "real", "decimal", "numeric", "money", "smallmoney", "bigint", "int",
    "smallint", "tinyint", "bit", "ntext", "text", "image", "timestamp", "uniqueidentifier", "nvarchar", "nchar",
    "varchar", "char", "varbinary", "binary"]
SYNONYMS = {
    "integer": "int", "dec": "decimal", "rowversion": "timestamp", "character": "char", "varcharacter": "varchar"}
DUCKDB = {"bit": "UTINYINT", "tinyint": "UTINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
          "money": "DECIMAL(19,4)", "smallmoney": "DECIMAL(10,4)", "real": "FLOAT", "float": "DOUBLE"}
BY_FAMILY = {"moment": "BIGINT", "time": "BIGINT", "zoned": "HUGEINT", "guid": "BLOB", "text": "VARCHAR",
             "binary": "BLOB", "variant": "VARCHAR", "clr": "BLOB"}
DEFAULT_COLLATION = "SQL_Latin1_General_CP1_CI_AS"


@dataclass(frozen=True, slots=True)
class Type:
    """`length`: characters or bytes, -1 for max; `scale`: decimal places, or digits of a second."""

    name: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    collation: str = ""

    @property
    def family(self) -> str:
        return FAMILIES[self.name]

    @property
    def duckdb(self) -> str:
        if self.name in ("decimal", "numeric"):
            return f"DECIMAL({self.precision},{self.scale})"
        return DUCKDB.get(self.name) or BY_FAMILY[self.family]

    @property
    def is_wide(self) -> bool:
        return self.name in ("nchar", "nvarchar", "ntext", "xml")

    @property
    def is_fixed(self) -> bool:
        return self.name in ("char", "nchar", "binary")

    def collated(self, collation: str) -> "Type":
        return replace(self, collation=collation) if self.family == "text" else self

    def __str__(self) -> str:
        if self.name in ("decimal", "numeric"):
            return f"{self.name}({self.precision},{self.scale})"
        if self.name in ("time", "datetime2", "datetimeoffset"):
            return f"{self.name}({self.scale})"
        if self.name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
            return f"{self.name}({'max' if self.length < 0 else self.length})"
        return self.name


INT, BIGINT, BIT, FLOAT = Type("int"), Type("bigint"), Type("bit"), Type("float")
SYSNAME, VARBINARY = Type("nvarchar", 128, collation=DEFAULT_COLLATION), Type("varbinary", -1)


def text(name: str, length: int, collation: str = DEFAULT_COLLATION) -> Type:
    return Type(name, length, collation=collation)


def named(name: str, sizes: list[int], default: int = 30) -> Type:
    """The type of a declaration; `default` is the length of a text without one (1 in a column, 30 in a cast)."""
    name = SYNONYMS.get(name.lower(), name.lower())
    if name == "sysname":
        return SYSNAME
    if name not in FAMILIES:
        raise SqlError(243, f"Type {name} is not a defined system type.")
    if name in ("decimal", "numeric"):
        precision, scale = (sizes + [0])[:2] if sizes else (18, 0)
        if not 1 <= precision <= 38 or not 0 <= scale <= precision:
            raise SqlError(1001, "Line 1: Length or precision specification is invalid.", 15)
        return Type(name, precision=precision, scale=scale)
    if name in ("time", "datetime2", "datetimeoffset"):
        return Type(name, scale=sizes[0] if sizes else 7)
    if name == "float" and sizes and sizes[0] <= 24:
        return Type("real")
    if name in ("char", "varchar", "nchar", "nvarchar"):
        return text(name, sizes[0] if sizes else default)
    if name in ("text", "ntext", "xml"):
        return text(name, -1)
    if name in ("binary", "varbinary"):
        return Type(name, sizes[0] if sizes else default)
    return Type(
        name, 8 if name == "timestamp" else -1 if name in ("image", "hierarchyid", "geometry", "geography") else 0)


def as_decimal(kind: Type) -> Type:
    """The decimal that holds every value of a whole or decimal type."""
    if kind.name in INTEGERS:
        return Type("decimal", precision=INTEGERS[kind.name][0])
    if kind.name in ("money", "smallmoney"):
        return Type("decimal", precision=19 if kind.name == "money" else 10, scale=4)
    return kind


def common(left: Type, right: Type) -> Type:
    """The type that both become in one column, one CASE or one comparison."""
    if left.name == right.name and left == right:
        return left
    high, low = sorted((left, right), key=lambda kind: PRECEDENCE.index(kind.name))
    if high.name in ("decimal", "numeric"):
        if low.family not in ("int", "decimal"):
            return high
        low = as_decimal(low)
        scale = max(high.scale, low.scale)
        whole = max(high.precision - high.scale, low.precision - low.scale)
        return Type(high.name, precision=min(38, whole + scale), scale=scale)
    if high.name in ("time", "datetime2", "datetimeoffset") and low.family in ("time", "moment", "zoned"):
        digits = {"datetime": 3}.get(low.name, low.scale)
        return Type(high.name, scale=max(high.scale, digits))
    if high.family == low.family and high.family in ("text", "binary") and high.name not in ("text", "ntext", "image",
                                                                                             "xml"):
        length = -1 if -1 in (high.length, low.length) else max(high.length, low.length)
        collation = left.collation if left.collation != DEFAULT_COLLATION else right.collation
        return replace(high, length=length, collation=collation or DEFAULT_COLLATION if high.family == "text" else "")
    return high
