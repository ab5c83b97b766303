"""Types as the catalog views tell of them: numbers, sizes, precision."""

from tsqltypes import Type

TYPE_IDS = {
    "bit": 104, "tinyint": 48, "smallint": 52, "int": 56, "bigint": 127, "decimal": 106, "numeric": 108, "money": 60,
    "smallmoney": 122, "real": 59, "float": 62, "date": 40, "time": 41, "datetime2": 42, "datetimeoffset": 43,
    "datetime": 61, "smalldatetime": 58, "char": 175, "varchar": 167, "text": 35, "nchar": 239, "nvarchar": 231,
    "ntext": 99, "binary": 173, "varbinary": 165, "image": 34, "uniqueidentifier": 36, "timestamp": 189, "xml": 241,
    "sql_variant": 98, "hierarchyid": 240, "geometry": 240, "geography": 240}
USER_TYPES = {"hierarchyid": 128, "geometry": 129, "geography": 130}
#: Bytes, precision and scale in sys.columns where they do not depend on the declaration.
SHAPES = {
    "bit": (1, 1, 0), "tinyint": (1, 3, 0), "smallint": (2, 5, 0), "int": (4, 10, 0), "bigint": (8, 19, 0),
    "money": (8, 19, 4), "smallmoney": (4, 10, 4), "real": (4, 24, 0), "float": (8, 53, 0), "date": (3, 10, 0),
    "datetime": (8, 23, 3), "smalldatetime": (4, 16, 0), "uniqueidentifier": (16, 0, 0), "timestamp": (8, 0, 0),
    "xml": (-1, 0, 0), "text": (16, 0, 0), "ntext": (16, 0, 0), "image": (16, 0, 0), "sql_variant": (8016, 0, 0),
    "hierarchyid": (892, 0, 0), "geometry": (-1, 0, 0), "geography": (-1, 0, 0)}


class Raw(str):
    """SQL that stands in a row as it is."""


def shape(kind: Type) -> tuple[int, int, int]:
    if kind.name in SHAPES:
        return SHAPES[kind.name]
    if kind.name in ("decimal", "numeric"):
        size = 5 if kind.precision <= 9 else 9 if kind.precision <= 19 else 13 if kind.precision <= 28 else 17
        return size, kind.precision, kind.scale
    if kind.family in ("time", "moment", "zoned"):
        size = 3 if kind.scale <= 2 else 4 if kind.scale <= 4 else 5
        more, digits = {"time": (0, 8), "datetime2": (3, 19), "datetimeoffset": (5, 26)}[kind.name]
        return size + more, digits + (kind.scale + 1 if kind.scale else 0), kind.scale
    return (-1 if kind.length < 0 else kind.length * 2 if kind.is_wide else kind.length), 0, 0
