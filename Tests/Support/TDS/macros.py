"""What DuckDB lacks, as macros: UTF-16 and code pages, texts of values as the server words them, its arithmetic."""

import temporal
from temporal import DAY, SECOND

#: What code page 1252 has between 0x80 and 0x9F.
C1 = {number: bytes([number]).decode("cp1252", "ignore") for number in range(0x80, 0xA0)}
C1 = {number: character for number, character in C1.items() if character}
_ESCAPED = "".join(C1.values())
_FROM = "[" + ", ".join(f"{ord(character)}" for character in C1.values()) + "]"
_TO = "[" + ", ".join(str(number) for number in C1) + "]"

MACROS = [
    "tds_fail(number, words) AS error('[' || number || ']' || words || '[/]')",
    # Text and bytes.
    "tds_units(s) AS length(s) + length(regexp_replace(s, '[^\\x{10000}-\\x{10FFFF}]', '', 'g'))",
    "tds_le(u) AS printf('%02x%02x', u & 255, u >> 8)",
    "tds_utf16(s) AS CASE WHEN strlen(s) = length(s) THEN unhex(regexp_replace(hex(encode(s)), '(..)', '\\1' || '00', 'g')) "
    "ELSE unhex(array_to_string(list_transform(string_split(s, ''), lambda c: CASE WHEN unicode(c) < 65536 THEN "
    "tds_le(unicode(c)) ELSE tds_le(55296 + ((unicode(c) - 65536) >> 10)) || tds_le(56320 + ((unicode(c) - 65536) & 1023)) "
    "END), '')) END",
    f"tds_narrow(s) AS regexp_replace(s, '[^\\x{{0}}-\\x{{7F}}\\x{{A0}}-\\x{{FF}}{_ESCAPED}]', '?', 'g')",
    "tds_byte(u) AS printf('%02x', u)",
    "tds_1252(s) AS CASE WHEN strlen(s) = length(s) THEN encode(s) ELSE unhex(array_to_string(list_transform("
    "string_split(s, ''), lambda c: CASE WHEN unicode(c) < 128 OR unicode(c) BETWEEN 160 AND 255 THEN tds_byte(unicode(c)) "
    f"ELSE coalesce(tds_byte({_TO}[list_position({_FROM}, unicode(c))]), '3f') END), '')) END",
    "tds_hexes(b, width) AS list_transform(range(1, octet_length(CAST(b AS BLOB)) * 2, width), lambda i: "
    "CAST('0x' || substr(hex(b), i, width) AS INTEGER))",
    "tds_swap(u) AS ((u & 255) << 8) | (u >> 8)",
    "tds_from_utf16(b) AS array_to_string(list_transform(tds_hexes(b, 4), lambda u: chr(tds_swap(u))), '')",
    f"tds_from_1252(b) AS array_to_string(list_transform(tds_hexes(b, 2), lambda u: chr(coalesce("
    f"{_FROM}[list_position({_TO}, u)], u))), '')",
    "tds_pad(b, size) AS unhex(rpad(hex(b), size * 2, '0'))",
    "tds_left_pad(b, size) AS unhex(right(repeat('0', size * 2) || hex(b), size * 2))",
    "tds_cut(b, size) AS unhex(left(hex(b), size * 2))",
    "tds_of_int(x, size) AS unhex(right(lpad(hex(CAST(x AS BIGINT)), 16, '0'), size * 2))",
    "tds_unsigned(b) AS CAST('0x' || right('0' || hex(b), 16) AS UBIGINT)",
    "tds_to_int(b) AS CAST(CASE WHEN tds_unsigned(b) > 9223372036854775807 THEN CAST(tds_unsigned(b) AS HUGEINT) - "
    "18446744073709551616 ELSE tds_unsigned(b) END AS BIGINT)",
    "tds_to_int4(b) AS CAST(CASE WHEN tds_unsigned(tds_left_pad(b, 4)) > 2147483647 THEN CAST(tds_unsigned("
    "tds_left_pad(b, 4)) AS BIGINT) - 4294967296 ELSE tds_unsigned(tds_left_pad(b, 4)) END AS INTEGER)",
    # Numbers.
    "tds_int_of_text(s) AS CASE WHEN trim(s) = '' THEN '0' ELSE trim(s) END",
    "tds_exponent(s) AS regexp_replace(s, 'e([+-])(\\d\\d)$', 'e\\1' || '0' || '\\2')",
    "tds_money(x, top, name) AS CASE WHEN x > top OR x < -top - 0.0001 THEN tds_fail(8115, 'Arithmetic overflow error "
    "converting expression to data type ' || name || '.') ELSE x END",
    "tds_divisor(x) AS CASE WHEN x = 0 THEN tds_fail(8134, 'Divide by zero error encountered.') ELSE x END",
    # Dates and times.
    f"tds_date(x) AS strftime(DATE '0001-01-01' + CAST(x // {DAY} AS INTEGER), '%Y-%m-%d')",
    f"tds_clock(x) AS printf('%02d:%02d:%02d', CAST(x % {DAY} // {3600 * SECOND} AS INTEGER), CAST(x % {3600 * SECOND} // "
    f"{60 * SECOND} AS INTEGER), CAST(x % {60 * SECOND} // {SECOND} AS INTEGER))",
    f"tds_fraction(x, digits) AS CASE WHEN digits = 0 THEN '' ELSE '.' || left(lpad(CAST(x % {SECOND} AS VARCHAR), 7, '0'), "
    "CAST(digits AS BIGINT)) END",
    "tds_round(x, unit) AS (x + unit // 2) // unit * unit",
    f"tds_datetime(x) AS x // {DAY} * {DAY} + ((x % {DAY} * 3 + 50000) // 100000 * 100000 + 1) // 3",
    f"tds_local(z) AS z // 4096 + (z % 4096 - 2048) * {60 * SECOND}",
    "tds_offset(z) AS CASE WHEN z % 4096 < 2048 THEN '-' ELSE '+' END || printf('%02d:%02d', "
    "CAST(abs(z % 4096 - 2048) // 60 AS INTEGER), CAST(abs(z % 4096 - 2048) % 60 AS INTEGER))",
    f"tds_days(s) AS CAST(CAST(s AS DATE) - DATE '0001-01-01' AS BIGINT) * {DAY}",
    "tds_part(s, n) AS CAST(coalesce(nullif(regexp_extract(s, '(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?', n), ''), '0') "
    "AS BIGINT)",
    f"tds_time_of_text(s) AS (tds_part(s, 1) * 3600 + tds_part(s, 2) * 60 + tds_part(s, 3)) * {SECOND} + CAST(rpad("
    "regexp_extract(s, ':\\d\\d\\.(\\d+)', 1), 7, '0') AS BIGINT)",
    "tds_day_of_text(s) AS regexp_extract(s, '^\\s*(\\d{4})-?(\\d\\d)-?(\\d\\d)', ['y', 'm', 'd'])",
    "tds_moment_of_text(s) AS CASE WHEN regexp_matches(s, '^\\s*\\d{4}-?\\d\\d-?\\d\\d') THEN tds_days("
    "tds_day_of_text(s).y || '-' || tds_day_of_text(s).m || '-' || tds_day_of_text(s).d) + tds_time_of_text(s) WHEN "
    f"regexp_matches(s, '^\\s*\\d\\d:\\d\\d') THEN {temporal.EPOCH * DAY} + tds_time_of_text(s) ELSE tds_fail(241, "
    "'Conversion failed when converting date and/or time from character string.') END",
    "tds_minutes_of_text(s) AS CASE WHEN regexp_matches(s, '[+-]\\d\\d:\\d\\d\\s*$') THEN CAST(regexp_extract(s, "
    "'([+-]\\d\\d):(\\d\\d)\\s*$', 1) AS BIGINT) * 60 + CAST(regexp_extract(s, '([+-])\\d\\d:(\\d\\d)\\s*$', 1) || "
    "regexp_extract(s, '[+-]\\d\\d:(\\d\\d)\\s*$', 1) AS BIGINT) ELSE 0 END",
    # uniqueidentifier: held in the order of comparison; see values.py.
    "tds_guid_wire(g) AS g[13:16] || g[11:12] || g[9:10] || g[7:8] || g[1:6]",
    "tds_guid_held(b) AS b[11:16] || b[9:10] || b[7:8] || b[5:6] || b[1:4]",
    "tds_backwards(b) AS array_to_string(list_reverse(list_transform(range(1, octet_length(CAST(b AS BLOB)) * 2, 2), lambda i: "
    "substr(hex(b), i, 2))), '')",
    "tds_guid_text(g) AS tds_backwards(g[13:16]) || '-' || tds_backwards(g[11:12]) || '-' || tds_backwards(g[9:10]) || '-' "
    "|| hex(g[7:8]) || '-' || hex(g[1:6])",
    "tds_guid_of_text(s) AS CASE WHEN regexp_full_match(s, '\\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\}?') "
    "THEN tds_guid_flip(unhex(replace(trim(s, '{}'), '-', ''))) ELSE tds_fail(8169, 'Conversion failed when converting "
    "from a character string to uniqueidentifier.') END",
    "tds_guid_flip(b) AS b[11:16] || b[9:10] || unhex(tds_backwards(b[7:8])) || unhex(tds_backwards(b[5:6])) || "
    "unhex(tds_backwards(b[1:4]))",
    # CLR types; see clr.py.
    "tds_double(u) AS CASE WHEN u & 9223372036854775807 = 0 THEN CAST(0 AS DOUBLE) ELSE (1 - 2 * CAST(u >> 63 AS DOUBLE)) * "
    "(1 + CAST(u & 4503599627370495 AS DOUBLE) / 4503599627370496) * pow(2, CAST((u >> 52) & 2047 AS DOUBLE) - 1023) END",
    "tds_ordinate(b, place) AS tds_double(tds_unsigned(unhex(tds_backwards(unhex(substr(hex(b), place * 2 - 1, 16))))))",
    "tds_point_text(b, x, y) AS 'POINT (' || printf('%.15g', tds_ordinate(b, x)) || ' ' || "
    "printf('%.15g', tds_ordinate(b, y)) || ')'",
    "tds_point_binary(b, x, y) AS unhex('0101000000' || substr(hex(b), x * 2 - 1, 16) || substr(hex(b), y * 2 - 1, 16))",
    "tds_path_number(c) AS CASE WHEN c[1:2] = '01' THEN CAST(c[3] AS INTEGER) * 2 + CAST(c[4] AS INTEGER) WHEN c[1:3] = '100' "
    "THEN 4 + CAST(c[4] AS INTEGER) * 2 + CAST(c[5] AS INTEGER) ELSE 8 + CAST(c[4] AS INTEGER) * 4 + CAST(c[5] AS INTEGER) * 2 "
    "+ CAST(c[6] AS INTEGER) END",
    "tds_hierarchy_text(b) AS CASE WHEN b IS NULL THEN NULL ELSE '/' || array_to_string(list_transform(regexp_extract_all("
    "array_to_string(list_transform(tds_hexes(b, 2), lambda u: right('0000000' || bin(u), 8)), ''), '01..1|100..1|101...1'), "
    "lambda c: tds_path_number(c) || '/'), '') END",
    # sql_variant.
    "tds_variant_text(v) AS substr(v, strpos(v, '|') + 1)", ]


def create(connection: object) -> None:
    """Makes the macros where every database of the server finds them."""
    rest = [f"CREATE OR REPLACE MACRO {macro}" for macro in MACROS]
    # A macro may use one that comes later.
    while rest:
        failed = []
        for statement in rest:
            try:
                connection.execute(statement)
            except Exception:
                failed.append(statement)
        if len(failed) == len(rest):
            connection.execute(rest[0])
        rest = failed
