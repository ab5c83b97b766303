"""CAST and CONVERT: one expression of DuckDB, of one type of T-SQL, becomes another."""

from dataclasses import dataclass, replace

import collations
import temporal
import values
from errors import SqlError
from fitting import fit, fitted
from temporal import DAY, EPOCH
from tsqltypes import INTEGERS, Type, text


@dataclass(slots=True)
class Expression:
    """SQL for DuckDB and the type that it has; `literal` is the text of a literal of text, `column` where it is one."""

    sql: str
    type: Type
    nullable: bool = True
    literal: str | None = None
    is_null: bool = False
    column: object = None


#: Bytes of whole numbers as binary.
WIDTHS = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


def key(value: Expression) -> str:
    """What stands for a value where values are compared, grouped or ordered."""
    if value.type.family == "text" and value.type.name != "xml":
        return collations.key(value.sql, value.type.collation, value.type.is_wide)
    return f"({value.sql} // 4096)" if value.type.family == "zoned" else value.sql


def convert(value: Expression, to: Type, style: int = 0, lenient: bool = False, assign: bool = False) -> Expression:
    """`lenient`: NULL instead of an error; `assign`: into a column, where a text that is too long is an error."""
    made = replace(value, type=to, literal=None, column=None)
    if value.is_null:
        made.sql = f"CAST(NULL AS {to.duckdb})"
        return made
    if value.type == to and value.literal is None:
        return value if value.type.name != "varchar" or value.type.collation == to.collation else made
    try:
        made.sql = _literal(value, to, assign) or _general(value, to, style, assign)
    except SqlError:
        if not lenient:
            raise
        made.sql, made.is_null = f"CAST(NULL AS {to.duckdb})", True
    if lenient:
        made.sql = f"TRY({made.sql})"
    return made


def _literal(value: Expression, to: Type, assign: bool) -> str | None:
    """Literals of text are read outside of DuckDB: all forms, all ranges, the server's own errors."""
    if value.literal is None or to.family in ("binary", "variant", "clr"):
        return None
    if to.family == "text":
        return values.to_sql(fitted(value.literal, to, assign), to)
    return values.to_sql(values.of_text(value.literal, to), to)


def _general(value: Expression, to: Type, style: int, assign: bool) -> str:
    rule = RULES.get((value.type.family, to.family))
    if rule is None:
        raise SqlError(529, f"Explicit conversion from data type {value.type.name} to {to.name} is not allowed.", 16, 2)
    return rule(value.sql, value.type, to, style, assign)


def _int_to_int(sql, of, to, style, assign):
    if to.name == "bit":
        return f"CAST({sql} <> 0 AS UTINYINT)"
    if sql.isdigit() and int(sql) <= INTEGERS[to.name][2]:
        # DuckDB takes a number as it is wanted.
        return sql if assign else f"CAST({sql} AS {to.duckdb})"
    return f"CAST({sql} AS {to.duckdb})"


def _cast(sql, of, to, style, assign):
    return _ranged_money(f"CAST({sql} AS {to.duckdb})", to)


def _ranged_money(sql, to):
    """DuckDB's decimal of as many digits holds more than money does."""
    limit = {"money": "922337203685477.5807", "smallmoney": "214748.3647"}.get(to.name)
    return f"tds_money({sql}, {limit}, '{to.name}')" if limit else sql


def _truncated(sql, of, to, style, assign):
    return f"CAST({sql} <> 0 AS UTINYINT)" if to.name == "bit" else f"CAST(trunc({sql}) AS {to.duckdb})"


def _int_to_text(sql, of, to, style, assign):
    return fit(f"CAST({sql} AS VARCHAR)", to, assign)


def _decimal_to_text(sql, of, to, style, assign):
    if "money" in of.name and style != 2:
        sql = f"CAST({sql} AS DECIMAL(19,2))"
    shown = f"CAST({sql} AS VARCHAR)"
    if of.scale and of.scale == of.precision:
        shown = f"regexp_replace({shown}, '^(-?)\\.', '\\1' || '0.')"
    return fit(shown, to, assign)


def _float_to_text(sql, of, to, style, assign):
    digits = {0: "%.6g", 1: "%.7e", 2: "%.15e", 3: "%.8e" if of.name == "real" else "%.16e"}[style]
    return fit(f"tds_exponent(printf('{digits}', CAST({sql} AS DOUBLE)))", to, assign)


def _int_to_binary(sql, of, to, style, assign):
    size = WIDTHS.get(of.name, 8)
    wanted = 8 if to.length < 0 or to.name == "timestamp" else to.length
    sql = f"tds_of_int({sql}, {size})"
    return f"tds_left_pad({sql}, {wanted})" if to.is_fixed or wanted < size or to.name == "timestamp" else sql


def _text_to_int(sql, of, to, style, assign):
    if to.name == "bit":
        return f"CAST(CASE WHEN lower(trim({sql})) IN ('true', 'false') THEN lower(trim({sql})) = 'true' ELSE CAST(" \
               f"{sql} AS BIGINT) <> 0 END AS UTINYINT)"
    return f"CAST(tds_int_of_text({sql}) AS {to.duckdb})"


def _text_to_number(sql, of, to, style, assign):
    return _ranged_money(f"CAST(trim({sql}) AS {to.duckdb})", to)


def _text_to_text(sql, of, to, style, assign):
    if not to.is_wide and of.is_wide and collations.find(to.collation).codec == "cp1252":
        sql = f"tds_narrow({sql})"
    return fit(sql, to, assign)


def _text_to_binary(sql, of, to, style, assign):
    if style in (1, 2):
        sql = f"unhex({sql if style == 2 else f'substr({sql}, 3)'})"
    elif of.is_wide:
        sql = f"tds_utf16({sql})"
    else:
        sql = f"tds_1252({sql})" if collations.find(of.collation).codec == "cp1252" else f"encode({sql})"
    return fit(sql, to, assign)


def _binary_to_text(sql, of, to, style, assign):
    if style in (1, 2):
        sql = f"hex({sql})" if style == 2 else f"('0x' || hex({sql}))"
    elif to.is_wide:
        sql = f"tds_from_utf16({sql})"
    else:
        sql = f"tds_from_1252({sql})" if collations.find(to.collation).codec == "cp1252" else f"decode({sql})"
    return fit(sql, to, assign)


def _binary_to_int(sql, of, to, style, assign):
    if to.name == "bigint":
        return f"tds_to_int({sql})"
    if to.name == "int":
        return f"tds_to_int4({sql})"
    return _int_to_int(f"tds_to_int({sql})", of, to, style, assign)


def _moment_to_moment(sql, of, to, style, assign):
    if to.name == "date":
        return sql if of.name == "date" else f"({sql} // {DAY} * {DAY})"
    if to.name == "datetime":
        sql = f"(tds_datetime({sql}))"
        return sql if of.name == "smalldatetime" else _ranged(sql, 1753, 10000, to)
    if to.name == "smalldatetime":
        return _ranged(f"tds_round(tds_datetime({sql}), {60 * temporal.SECOND})", 1900, 2080, to)
    return f"tds_round({sql}, {10 ** (7 - to.scale)})" if of.name != "datetime2" or of.scale > to.scale else sql


def _ranged(sql, low, high, to):
    low, high = (values.Moment(f"{year:04}-01-01").moment if year < 10000 else 3652059 * DAY for year in (low, high))
    return (
        f"CASE WHEN {sql} < {low} OR {sql} >= {high} THEN tds_fail(242, 'The conversion of a datetime2 data type to a "
        f"{to.name} data type resulted in an out-of-range value.') ELSE {sql} END")


def _digits(kind: Type) -> int:
    return {"datetime": 3, "smalldatetime": 0, "date": 0}.get(kind.name, kind.scale)


def moment_text(sql: str, of: Type, style: int) -> str:
    """Styles 0 (of datetime), 23, 112, 120, 121, 126, 127 and what a type gives without any."""
    if of.name == "datetime":
        # Ticks of 1/300 of a second are told as milliseconds.
        sql = f"tds_round({sql}, 10000)"
    clock = f"tds_clock({sql}) || tds_fraction({sql}, {_digits(of)})"
    if style == 112:
        return f"replace(tds_date({sql}), '-', '')"
    if of.name == "date" or style == 23:
        return f"tds_date({sql})"
    if style in (126, 127):
        return f"(tds_date({sql}) || 'T' || {clock})"
    if style in (20, 120):
        return f"(tds_date({sql}) || ' ' || tds_clock({sql}))"
    if style in (21, 25, 121) or of.name == "datetime2" and style == 0:
        return f"(tds_date({sql}) || ' ' || {clock})"
    if style == 0:
        moment = f"(TIMESTAMP '0001-01-01' + to_microseconds(CAST({sql} // 10 AS BIGINT)))"
        return f"replace(strftime({moment}, '%b %-d %Y %-I:%M%p'), '  ', ' ')"
    raise SqlError(281, f"{style} is not a valid style number when converting from {of.name} to a character string.")


def _moment_to_text(sql, of, to, style, assign):
    return fit(moment_text(sql, of, style), to, assign)


def time_text(sql: str, of: Type) -> str:
    return f"(tds_clock({sql}) || tds_fraction({sql}, {of.scale}))"


def zoned_text(sql: str, of: Type, style: int = 0) -> str:
    if style == 127:
        utc = f"({sql} // 4096)"
        return f"(tds_date({utc}) || 'T' || tds_clock({utc}) || tds_fraction({utc}, {of.scale}) || 'Z')"
    local = f"tds_local({sql})"
    gap, zone = ("'T'", "''") if style == 126 else ("' '", "' '")
    clock = f"tds_clock({local}) || tds_fraction({local}, {of.scale})"
    return f"(tds_date({local}) || {gap} || {clock} || {zone} || tds_offset({sql}))"


def _time_to_text(sql, of, to, style, assign):
    return fit(time_text(sql, of), to, assign)


def _zoned_to_text(sql, of, to, style, assign):
    return fit(zoned_text(sql, of, style), to, assign)


def _time_to_time(sql, of, to, style, assign):
    return sql if of.scale <= to.scale else f"(tds_round({sql}, {10 ** (7 - to.scale)}) % {DAY})"


def _moment_to_time(sql, of, to, style, assign):
    return f"CAST(tds_round({sql}, {10 ** (7 - to.scale)}) % {DAY} AS BIGINT)"


def _time_to_moment(sql, of, to, style, assign):
    return _moment_to_moment(f"({sql} + {EPOCH * DAY})", of, to, style, assign)


def _moment_to_zoned(sql, of, to, style, assign):
    moment = _moment_to_moment(sql, of, Type("datetime2", scale=to.scale), 0, assign)
    return f"(CAST({moment} AS HUGEINT) * 4096 + 2048)"


def _zoned_to_moment(sql, of, to, style, assign):
    return f"CAST({_moment_to_moment(f'tds_local({sql})', Type('datetime2', scale=7), to, style, assign)} AS BIGINT)"


def _zoned_to_zoned(sql, of, to, style, assign):
    return sql if of.scale <= to.scale else f"(tds_round({sql} // 4096, {10 ** (7 - to.scale)}) * 4096 + {sql} % 4096)"


def _text_to_moment(sql, of, to, style, assign):
    return f"{_moment_to_moment(f'tds_moment_of_text({sql})', Type('datetime2', scale=7), to, 0, assign)}"


def _text_to_time(sql, of, to, style, assign):
    return f"(tds_round(tds_time_of_text({sql}), {10 ** (7 - to.scale)}) % {DAY})"


def _text_to_zoned(sql, of, to, style, assign):
    moment = f"tds_round(tds_moment_of_text({sql}), {10 ** (7 - to.scale)})"
    minutes = f"tds_minutes_of_text({sql})"
    return f"(CAST({moment} - {minutes} * {60 * temporal.SECOND} AS HUGEINT) * 4096 + {minutes} + 2048)"


def canonical(value: Expression) -> str:
    """The text of a value from which the same value can be made again."""
    sql, kind = value.sql, value.type
    return {
        "float": lambda: f"printf('%.17g', CAST({sql} AS DOUBLE))",
        "moment": lambda: moment_text(sql, kind if kind.name == "date" else Type("datetime2", scale=7), 0),
        "time": lambda: f"(tds_clock({sql}) || tds_fraction({sql}, 7))",
        "zoned": lambda: zoned_text(sql, Type("datetimeoffset", scale=7)), "guid": lambda: f"tds_guid_text({sql})",
        "binary": lambda: f"hex({sql})", "text": lambda: sql}.get(kind.family, lambda: f"CAST({sql} AS VARCHAR)")()


def _to_variant(sql, of, to, style, assign):
    if of.family in ("clr",) or of.name in ("xml", "text", "ntext", "image", "timestamp") or of.length < 0:
        raise SqlError(206, f"Operand type clash: {of.name} is incompatible with sql_variant", 16, 2)
    return f"('{of}|' || {canonical(Expression(sql, of))})"


def _from_variant(sql, of, to, style, assign):
    held = Expression(f"tds_variant_text({sql})", text("nvarchar", -1))
    if to.family == "binary":
        return fit(
            f"CASE WHEN starts_with({sql}, 'varbinary') OR starts_with({sql}, 'binary') THEN unhex({held.sql}) ELSE "
            f"{_text_to_binary(held.sql, held.type, to, 0, assign)} END", to, assign)
    return convert(held, to, style, assign=assign).sql


def _binary_to_binary(sql, of, to, style, assign):
    return fit(sql, to, assign)


RULES = {
    ("int", "int"): _int_to_int, ("int", "decimal"): _cast, ("int", "float"): _cast, ("int", "text"): _int_to_text,
    ("int", "binary"): _int_to_binary, ("decimal", "int"): _truncated, ("decimal", "decimal"): _cast,
    ("decimal", "float"): _cast, ("decimal", "text"): _decimal_to_text, ("float", "int"): _truncated,
    ("float", "decimal"): _cast, ("float", "float"): _cast, ("float", "text"): _float_to_text,
    ("text", "int"): _text_to_int, ("text", "decimal"): _text_to_number, ("text", "float"): _text_to_number,
    ("text", "text"): _text_to_text, ("text", "binary"): _text_to_binary, ("text", "moment"): _text_to_moment,
    ("text", "time"): _text_to_time, ("text", "zoned"): _text_to_zoned,
    ("text", "guid"): lambda sql, *_: f"tds_guid_of_text({sql})", ("binary", "text"): _binary_to_text,
    ("binary", "int"): _binary_to_int, ("binary", "binary"): _binary_to_binary,
    ("binary", "guid"): lambda sql, *_: f"tds_guid_held(tds_pad({sql}, 16))",
    ("binary", "clr"): lambda sql, *_: sql, ("clr", "binary"): _binary_to_binary, ("clr", "clr"): lambda sql, *_: sql,
    ("moment", "moment"): _moment_to_moment, ("moment", "text"): _moment_to_text, ("moment", "time"): _moment_to_time,
    ("moment", "zoned"): _moment_to_zoned, ("time", "time"): _time_to_time, ("time", "moment"): _time_to_moment,
    ("time", "text"): _time_to_text, ("zoned", "zoned"): _zoned_to_zoned, ("zoned", "moment"): _zoned_to_moment,
    ("zoned", "time"): lambda sql, of, to, *_: _moment_to_time(f"tds_local({sql})", of, to, 0, False),
    ("zoned", "text"): _zoned_to_text, ("guid", "guid"): lambda sql, *_: sql,
    ("guid", "text"): lambda sql, of, to, style, assign: fit(f"tds_guid_text({sql})", to, assign),
    ("guid", "binary"): lambda sql, of, to, style, assign: fit(f"tds_guid_wire({sql})", to, assign),
    ("variant", "variant"): lambda sql, *_: sql,
    **{("variant", family): _from_variant for family in ("int", "decimal", "float", "text", "binary", "moment", "time",
                                                         "zoned", "guid")},
    **{(family, "variant"): _to_variant for family in ("int", "decimal", "float", "text", "binary", "moment", "time",
                                                       "zoned", "guid")}}
