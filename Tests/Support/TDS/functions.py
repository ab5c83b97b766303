"""Functions of T-SQL."""

import clr
import nodes
from aggregates import AGGREGATES, RANKS, Aggregates
from conversions import Expression, convert, key
from errors import SqlError
from facts import Facts
from scopes import Scope
from tsqltypes import BIGINT, DEFAULT_COLLATION, INT, VARBINARY, Type, text

NVARCHAR = text("nvarchar", -1)
UNITS = {"DAY": 86_400, "DD": 86_400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1, "WEEK": 7 * 86_400}


class Functions(Facts, Aggregates):
    """Needs `session`, `expression`, `alike` and `unified`; see expressions.py."""

    def call(self, node: nodes.Call, scope: Scope) -> Expression:
        if node.value is not None or node.of:
            return self.method(node, scope)
        if node.name in AGGREGATES:
            return self._aggregate(node, scope)
        if node.name in RANKS:
            return self._ranked(node, scope)
        rule = getattr(self, "_f_" + node.name.lower(), None)
        if rule is None:
            raise SqlError(195, f"'{node.name.lower()}' is not a recognized built-in function name.", 15, 10)
        if node.name in ("DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "IIF"):
            return rule(node, scope)
        return rule(*[self.expression(one, scope) for one in node.arguments])

    def method(self, node: nodes.Call, scope: Scope) -> Expression:
        """Methods of CLR types, as far as clr.py knows them: on literals when the query is made, on columns in it."""
        arguments = [self.expression(one, scope) for one in node.arguments]
        if node.of:
            kind = Type(node.of.lower(), -1)
            given = [
                one.literal if one.literal is not None else str(self.session.constant(one.sql)) for one in arguments]
            made = clr.parse(kind.name, node.name, given)
            return Expression(f"unhex('{made.hex()}')", kind, False)
        value = self.expression(node.value, scope)
        name = node.name.lower()
        # geography keeps the latitude first, and its texts say the longitude first.
        places = "15, 7" if value.type.name == "geography" else "7, 15"
        if name in ("stasbinary", "asbinaryzm"):
            return Expression(f"tds_point_binary({value.sql}, {places})", VARBINARY)
        if name in ("stastext", "tostring") and value.type.name in ("geometry", "geography"):
            return Expression(f"tds_point_text({value.sql}, {places})", NVARCHAR)
        if name == "tostring" and value.type.name == "hierarchyid":
            return Expression(f"tds_hierarchy_text({value.sql})", text("nvarchar", 4000))
        if name == "stsrid":
            return Expression(f"tds_to_int4(unhex(tds_backwards(({value.sql})[1:4])))", INT)
        raise SqlError(6506, f"Could not find method '{node.name}' for type of column.", state=10)

    # Text and bytes

    def _f_len(self, value: Expression) -> Expression:
        wide = value.type.is_wide
        shown = value if value.type.family == "text" else convert(value, text("varchar", 8000))
        inner = f"rtrim({shown.sql}, ' ')"
        return Expression(f"CAST({'tds_units' if wide else 'length'}({inner}) AS INTEGER)",
                          BIGINT if value.type.length < 0 else INT)

    def _f_datalength(self, value: Expression) -> Expression:
        kind = value.type
        result = BIGINT if kind.length < 0 else INT
        sizes = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8, "real": 4, "float": 8, "money": 8,
                 "smallmoney": 4, "datetime": 8, "smalldatetime": 4, "date": 3, "uniqueidentifier": 16}
        if kind.family in ("text", "binary", "clr"):
            whole = value.sql if kind.family != "text" else convert(value, VARBINARY).sql
            if kind.is_wide:
                whole = f"2 * tds_units({value.sql})"
            else:
                whole = f"octet_length({whole})"
            return Expression(f"CAST({whole} AS {result.duckdb})", result)
        size = sizes.get(kind.name) or (
            {True: 5, False: 9}[kind.precision <= 9] if kind.family == "decimal" and kind.precision <= 19 else
            13 if kind.family == "decimal" and kind.precision <= 28 else 17 if kind.family == "decimal" else
            (3 if kind.scale <= 2 else 4 if kind.scale <= 4 else 5) + {"time": 0, "datetime2": 3}.get(kind.name, 5))
        return Expression(f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE {size} END", INT)

    def _f_substring(self, value: Expression, start: Expression, length: Expression) -> Expression:
        first, count = start.sql, length.sql
        if start.sql.isdigit() and int(start.sql) > 0:
            taken, begin = count, first
        else:
            begin, taken = f"greatest({first}, 1)", f"greatest({count} + least({first} - 1, 0), 0)"
        size = int(length.sql) if length.sql.isdigit() else value.type.length
        kind = value.type
        size = size if kind.length < 0 else min(size, kind.length) if size > 0 else kind.length
        if kind.family == "binary":
            return Expression(f"unhex(substr(hex({value.sql}), 2 * ({begin}) - 1, 2 * ({taken})))",
                              Type("varbinary", size))
        wide = kind.is_wide
        size = min(size, 4000 if wide else 8000) if size > 0 and kind.length >= 0 or length.sql.isdigit() else -1
        return Expression(f"substr({value.sql}, CAST({begin} AS BIGINT), CAST({taken} AS BIGINT))", text(
            "nvarchar" if wide else "varchar", size, kind.collation))

    def _f_left(self, value: Expression, length: Expression) -> Expression:
        return self._f_substring(value, Expression("1", INT), length)

    def _f_right(self, value: Expression, length: Expression) -> Expression:
        return Expression(f"right({value.sql}, {length.sql})", self._variable_text(value))

    @staticmethod
    def _variable_text(value: Expression) -> Type:
        kind = value.type
        return text("nvarchar" if kind.is_wide else "varchar", kind.length, kind.collation)

    def _of_text(self, sql: str, value: Expression) -> Expression:
        shown = value if value.type.family == "text" else convert(value, text("varchar", 8000))
        return Expression(sql.format(shown.sql), self._variable_text(shown))

    def _f_rtrim(self, value): return self._of_text("rtrim({}, ' ')", value)
    def _f_ltrim(self, value): return self._of_text("ltrim({}, ' ')", value)
    def _f_trim(self, value): return self._of_text("trim({}, ' ')", value)
    def _f_upper(self, value): return self._of_text("upper({})", value)
    def _f_lower(self, value): return self._of_text("lower({})", value)
    def _f_reverse(self, value): return self._of_text("reverse({})", value)

    def _f_replace(self, value: Expression, old: Expression, new: Expression) -> Expression:
        return Expression(
            f"replace({value.sql}, {old.sql}, {new.sql})",
            text(
                "nvarchar" if value.type.is_wide else "varchar", 4000 if value.type.is_wide else 8000,
                value.type.collation))

    def _f_string_escape(self, value: Expression, kind: Expression) -> Expression:
        """As JSON: what DuckDB writes, without its quotes, and with slashes escaped as the server does."""
        return Expression(
            f"replace(left(substr(CAST(to_json({value.sql}) AS VARCHAR), 2), -1), '/', '\\/')", text("nvarchar", -1))

    def _f_replicate(self, value: Expression, count: Expression) -> Expression:
        kind = value.type
        return Expression(
            f"repeat({value.sql}, CAST({count.sql} AS BIGINT))",
            text(
                "nvarchar" if kind.is_wide else "varchar", -1 if kind.length < 0 else 4000 if kind.is_wide else 8000,
                kind.collation))

    def _f_charindex(self, sought: Expression, value: Expression, *_: Expression) -> Expression:
        one, other = self.alike([sought, value])
        return Expression(f"CAST(strpos(lower({other.sql}), lower({one.sql})) AS INTEGER)", INT)

    def _f_concat(self, *values: Expression) -> Expression:
        wide = any(one.type.is_wide and not one.is_null for one in values)
        longest = any(one.type.length < 0 for one in values)
        # A collation that is not the database's own wins, as it came from a COLLATE or a column.
        own = next((one.type.collation for one in values if one.type.collation not in ("", DEFAULT_COLLATION)), DEFAULT_COLLATION)
        kind = text("nvarchar" if wide else "varchar", -1, own)
        parts = ["coalesce(" + convert(one, kind).sql + ", '')" for one in values if not one.is_null]
        lengths = [one.type.length if one.type.family == "text" else 60 for one in values if not one.is_null]
        return Expression(f"({' || '.join(parts or [chr(39) * 2])})", text(
            kind.name, -1 if longest else max(1, min(sum(lengths), 4000 if wide else 8000)), own), False)

    def _f_char(self, value): return Expression(f"tds_from_1252(tds_of_int({value.sql}, 1))", text("char", 1))
    def _f_nchar(self, value): return Expression(f"chr({value.sql})", text("nchar", 1))
    def _f_unicode(self, value): return Expression(f"unicode({value.sql})", INT)

    def _f_quotename(self, value):
        return Expression(f"('[' || replace({value.sql}, ']', ']]') || ']')", text("nvarchar", 258))

    def _f_hashbytes(self, algorithm: Expression, value: Expression) -> Expression:
        function = {"SHA2_256": "sha256", "MD5": "md5", "SHA1": "sha1"}.get((algorithm.literal or "").upper())
        if function is None:
            raise SqlError(195, f"the bench has no algorithm {algorithm.literal}", 15)
        return Expression(f"unhex({function}({convert(value, VARBINARY).sql}))", Type("varbinary", 8000))

    # Choices

    def _f_isnull(self, value: Expression, other: Expression) -> Expression:
        if value.is_null:
            return other
        return Expression(f"coalesce({value.sql}, {convert(other, value.type).sql})", value.type)

    def _f_coalesce(self, *values: Expression) -> Expression:
        same = self.unified(list(values))
        return Expression(f"coalesce({', '.join(one.sql for one in same)})", same[0].type)

    def _f_nullif(self, value: Expression, other: Expression) -> Expression:
        one, another = self.alike([value, other])
        return Expression(f"CASE WHEN {key(one)} = {key(another)} THEN NULL ELSE {value.sql} END", value.type)

    def _f_iif(self, node: nodes.Call, scope: Scope) -> Expression:
        test, one, other = node.arguments
        return self.expression(nodes.Case(None, [(test, one)], other), scope)

    # Numbers

    def _f_abs(self, value): return Expression(f"abs({value.sql})", value.type)
    def _f_floor(self, value): return self._whole("floor", value)
    def _f_ceiling(self, value): return self._whole("ceil", value)
    def _f_sign(self, value): return Expression(f"sign({value.sql})", value.type)

    def _whole(self, function: str, value: Expression) -> Expression:
        kind = value.type
        kind = Type(kind.name, precision=kind.precision) if kind.name in ("decimal", "numeric") else kind
        return Expression(f"CAST({function}({value.sql}) AS {kind.duckdb})", kind)

    def _f_round(self, value, places, *_): return Expression(
        f"CAST(round({value.sql}, {places.sql}) AS {value.type.duckdb})", value.type)

    def _f_power(self, value, exponent): return Expression(
        f"CAST(pow({value.sql}, {exponent.sql}) AS {value.type.duckdb})", value.type)

    # Dates

    def _f_dateadd(self, node: nodes.Call, scope: Scope) -> Expression:
        unit, count = node.arguments[0].parts[0].upper(), self.expression(node.arguments[1], scope)
        value = self.expression(node.arguments[2], scope)
        if value.literal is not None:
            value = convert(value, Type("datetime"))
        unit = unit if unit in UNITS else {"DAYS": "DAY", "HH": "HOUR", "MI": "MINUTE", "SS": "SECOND"}.get(unit, unit)
        if unit in UNITS:
            step = f"CAST({count.sql} AS BIGINT) * {UNITS[unit] * 10_000_000}"
        elif unit in ("MILLISECOND", "MICROSECOND"):
            step = f"CAST({count.sql} AS BIGINT) * {10_000 if unit == 'MILLISECOND' else 10}"
        elif unit == "NANOSECOND":
            step = f"CAST({count.sql} AS BIGINT) // 100"
        elif unit in ("MONTH", "YEAR", "MM", "YY", "YYYY"):
            months = f"CAST({count.sql} AS INTEGER){' * 12' if unit[0] == 'Y' else ''}"
            moment = f"(DATE '0001-01-01' + CAST({value.sql} // 864000000000 AS INTEGER) + to_months({months}))"
            return Expression(f"(tds_days({moment}) + {value.sql} % 864000000000)", value.type)
        else:
            raise SqlError(155, f"'{unit}' is not a recognized dateadd option.", 15)
        if value.type.family == "zoned":
            return Expression(f"({value.sql} + ({step}) * 4096)", value.type)
        return Expression(f"({value.sql} + {step})", value.type)

    def _f_datediff(self, node: nodes.Call, scope: Scope) -> Expression:
        unit = node.arguments[0].parts[0].upper()
        moment = Type("datetime2", scale=7)
        one, other = (convert(self.expression(part, scope), moment).sql for part in node.arguments[1:])
        kind = BIGINT if node.name == "DATEDIFF_BIG" else INT
        if unit in ("MONTH", "YEAR", "MM", "YY", "YYYY"):
            name = "year" if unit[0] == "Y" else "month"
            date = "CAST(tds_date({}) AS DATE)"
            return Expression(
                f"CAST(date_diff('{name}', {date.format(one)}, {date.format(other)}) AS {kind.duckdb})", kind)
        size = UNITS.get(unit, 0) * 10_000_000 or {"MILLISECOND": 10_000, "MS": 10_000, "MICROSECOND": 10}.get(unit)
        if not size:
            raise SqlError(155, f"'{unit}' is not a recognized datediff option.", 15)
        return Expression(f"CAST({other} // {size} - {one} // {size} AS {kind.duckdb})", kind)

    _f_datediff_big = _f_datediff

    def _f_datepart(self, node: nodes.Call, scope: Scope) -> Expression:
        unit = node.arguments[0].parts[0].lower()
        given = self.expression(node.arguments[1], scope)
        if unit in ("tzoffset", "tz"):
            return Expression(f"CAST({convert(given, Type('datetimeoffset', scale=7)).sql} % 4096 - 2048 AS INTEGER)", INT)
        value = convert(given, Type("datetime2", scale=7)).sql
        moment = f"(TIMESTAMP '0001-01-01' + to_microseconds(CAST({value} // 10 AS BIGINT)))"
        return Expression(f"CAST(date_part('{unit}', {moment}) AS INTEGER)", INT)

    def _f_switchoffset(self, value: Expression, offset: Expression) -> Expression:
        minutes = f"tds_minutes_of_text({offset.sql})"
        held = convert(value, Type("datetimeoffset", scale=value.type.scale or 7))
        return Expression(f"({held.sql} // 4096 * 4096 + {minutes} + 2048)", held.type)

    def _part(self, unit: str, value: Expression) -> Expression:
        moment = convert(value, Type("datetime2", scale=7)).sql
        return Expression(f"CAST(date_part('{unit}', CAST(tds_date({moment}) AS DATE)) AS INTEGER)", INT)

    def _f_year(self, value): return self._part("year", value)
    def _f_month(self, value): return self._part("month", value)
    def _f_day(self, value): return self._part("day", value)

    def _now(self, kind: Type) -> Expression:
        now = "tds_days('1970-01-01') + epoch_us(now()) * 10"
        return convert(Expression(f"({now})", Type("datetime2", scale=7)), kind)

    def _f_getdate(self): return self._now(Type("datetime"))
    def _f_getutcdate(self): return self._now(Type("datetime"))
    def _f_sysdatetime(self): return self._now(Type("datetime2", scale=7))
    def _f_sysutcdatetime(self): return self._now(Type("datetime2", scale=7))
    def _f_sysdatetimeoffset(self): return self._now(Type("datetimeoffset", scale=7))
    def _f_newid(self): return Expression("tds_guid_flip(unhex(replace(CAST(uuid() AS VARCHAR), '-', '')))",
                                          Type("uniqueidentifier"))
