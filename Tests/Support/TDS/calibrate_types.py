"""Every type at its extremes: declared, stored, read by FreeTDS, and cast to text by the server."""

import datetime
import uuid
from decimal import Decimal
from typing import Any

from calibration import BenchTest

NINES = "9" * 38
#: A declaration; literals, each with what the driver gives and (if it is not the same) what the server's own text is.
CASES: list[tuple[str, list[tuple]]] = [
    ("bit", [("0", False, "0"), ("1", True, "1"),
             ("17", True, "1")]), ("tinyint", [("0", 0, "0"), ("255", 255, "255")]),
    ("smallint", [("-32768", -32768, "-32768"), ("32767", 32767, "32767")]),
    ("int", [("-2147483648", -2**31, "-2147483648"), ("2147483647", 2**31 - 1, "2147483647")]),
    (
        "bigint", [("-9223372036854775808", -2**63, "-9223372036854775808"),
                   ("9223372036854775807", 2**63 - 1, str(2**63 - 1))]),
    (
        "decimal(38,0)", [(NINES, Decimal(NINES), NINES), ("-" + NINES, Decimal("-" + NINES), "-" + NINES),
                          ("0", Decimal(0), "0")]),
    ("numeric(38,38)", [("0." + NINES, Decimal("0." + NINES), "0." + NINES)]),
    (
        "decimal(9,4)", [("12345.6789", Decimal("12345.6789"), "12345.6789"),
                         ("-0.00005", Decimal("-0.0001"), "-0.0001")]),
    ("decimal(19,2)", [("-12345678901234567.89", Decimal("-12345678901234567.89"), "-12345678901234567.89")]),
    (
        "decimal(28,10)",
        [("123456789012345678.0123456789", Decimal("123456789012345678.0123456789"), "123456789012345678.0123456789")]),
    (
        "money", [("-922337203685477.5808", Decimal("-922337203685477.5808"), "-922337203685477.58"),
                  ("922337203685477.5807", Decimal("922337203685477.5807"), "922337203685477.58"),
                  ("0.0001", Decimal("0.0001"), "0.00")]),
    (
        "smallmoney", [("-214748.3648", Decimal("-214748.3648"), "-214748.36"),
                       ("214748.3647", Decimal("214748.3647"), "214748.36")]),
    (
        "real", [("3.4028235e38", 3.4028234663852886e38, "3.40282e+038"),
                 ("-1.17549435e-38", -1.1754943508222875e-38, None), ("0.1", 0.10000000149011612, "0.1")]),
    (
        "float", [("1.7976931348623157e308", 1.7976931348623157e308, None),
                  ("2.2250738585072014e-308", 2.2250738585072014e-308, None), ("0.1", 0.1, "0.1"),
                  ("-0e0", 0.0, None)]),
    (
        "date", [("'0001-01-01'", datetime.date(1, 1, 1), "0001-01-01"),
                 ("'9999-12-31'", datetime.date(9999, 12, 31), "9999-12-31")]),
    ("time(0)", [("'23:59:59.4'", datetime.time(23, 59, 59), "23:59:59")]),
    ("time(3)", [("'00:00:00.123'", datetime.time(0, 0, 0, 123000), "00:00:00.123")]),
    (
        "time(7)", [("'00:00:00'", datetime.time(0), "00:00:00.0000000"),
                    ("'23:59:59.9999999'", datetime.time(23, 59, 59, 999999), "23:59:59.9999999")]),
    (
        "datetime", [("'1753-01-01'", datetime.datetime(1753, 1, 1), "Jan 1 1753 12:00AM"),
                     ("'9999-12-31T23:59:59.997'", datetime.datetime(9999, 12, 31, 23, 59, 59, 997000), None),
                     ("'2024-02-29 12:00:00.005'", datetime.datetime(2024, 2, 29, 12, 0, 0, 7000), None)]),
    (
        "smalldatetime", [("'1900-01-01'", datetime.datetime(1900, 1, 1), None),
                          ("'2079-06-06 23:59:29'", datetime.datetime(2079, 6, 6, 23, 59), None)]),
    (
        "datetime2(7)", [("'0001-01-01'", datetime.datetime(1, 1, 1), "0001-01-01 00:00:00.0000000"),
                         (
                             "'9999-12-31 23:59:59.9999999'", datetime.datetime(
                                 9999, 12, 31, 23, 59, 59, 999999), "9999-12-31 23:59:59.9999999")]),
    ("datetime2(0)", [("'2024-01-01 00:00:00.5'", datetime.datetime(2024, 1, 1, 0, 0, 1), "2024-01-01 00:00:01")]),
    (
        "datetime2(3)",
        [("'2024-12-31 23:59:59.9994'", datetime.datetime(2024, 12, 31, 23, 59, 59,
                                                          999000), "2024-12-31 23:59:59.999")]),
    (
        "datetimeoffset(7)", [("'0001-01-01 00:00:00 +00:00'", "0001-01-01 00:00:00.0000000 +00:00", None),
                              ("'9999-12-31 23:59:59.9999999 +00:00'", "9999-12-31 23:59:59.9999999 +00:00", None),
                              ("'2024-06-01 01:02:03.1234567 -13:59'", "2024-06-01 01:02:03.1234567 -13:59", None),
                              ("'2024-06-01 01:02:03.1234567 +05:30'", "2024-06-01 01:02:03.1234567 +05:30", None)]),
    ("char(4)", [("'ab'", "ab  ", None), ("''", "    ", None)]),
    ("varchar(20)", [("'é€ß'", "é€ß", None), ("''", "", None), ("'漢'", "?", None)]),
    ("varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8", [("N'漢😀'", "漢😀", None)]),
    ("varchar(20) COLLATE Cyrillic_General_CI_AS", [("N'Привет'", "Привет", None)]),
    ("nchar(4)", [("N'漢'", "漢   ", None)]), ("nvarchar(20)", [("N'漢😀é'", "漢😀é", None), ("N''", "", None)]),
    ("nvarchar(max)", [("N'" + "漢😀" * 5000 + "'", "漢😀" * 5000, None), ("N''", "", None)]),
    ("varchar(max)", [("'" + "é" * 20000 + "'", "é" * 20000, None)]),
    ("text", [("'" + "é" * 9000 + "'", "é" * 9000, None)]),
    ("ntext", [("N'漢" + "x" * 9000 + "'", "漢" + "x" * 9000, None)]), ("binary(4)", [("0x01FF", b"\x01\xff\0\0", None)]),
    ("varbinary(8)", [("0x", b"", None), ("0x00FF", b"\0\xff", None)]),
    ("varbinary(max)", [("0x" + "00FF" * 10000, b"\0\xff" * 10000, None)]),
    ("image", [("0x" + "00FF" * 10000, b"\0\xff" * 10000, None)]),
    ("uniqueidentifier", [("'00112233-4455-6677-8899-AABBCCDDEEFF'", "00112233-4455-6677-8899-AABBCCDDEEFF", None)]),
    ("xml", [("N'<a>漢</a>'", "<a>漢</a>", None)]), ("hierarchyid", [("0x5AC0", b"\x5a\xc0", None)]),
    (
        "geometry", [(
            "0x00000000010C000000000000F03F0000000000000040",
            bytes.fromhex("00000000010C000000000000F03F0000000000000040"), None)])]


class Types(BenchTest):
    """One table a type."""

    def test_values_come_back(self) -> None:
        connection = self.connect()
        for declared, rows in CASES:
            with self.subTest(declared):
                connection.execute("DROP TABLE IF EXISTS t")
                connection.execute(f"CREATE TABLE t(i int NOT NULL, v {declared} NULL, w {declared} NOT NULL)")
                for place, (literal, *_) in enumerate(rows):
                    connection.execute(f"INSERT INTO t VALUES ({place}, {literal}, {literal})")
                connection.execute(f"INSERT INTO t VALUES (99, NULL, {rows[0][0]})")
                got = connection.execute("SELECT v, w FROM t ORDER BY i").fetchall()
                self.assertEqual([self.plain(one) for one in got[-1]], [None, self.plain(rows[0][1])])
                for (literal, expected, shown), row in zip(rows, got):
                    self.assertEqual([self.plain(one) for one in row], [expected, expected], literal[:60])
                    self.assertIs(type(self.plain(row[0])), type(expected), literal[:60])
                    if shown is not None:
                        text = connection.execute("SELECT CAST(v AS nvarchar(100)) FROM t WHERE i = ?", rows.index(
                            (literal, expected, shown))).fetchval()
                        self.assertEqual(text, shown)

    @staticmethod
    def plain(value: Any) -> Any:
        return str(value).upper() if isinstance(value, uuid.UUID) else value

    def test_values_that_do_not_fit_are_refused(self) -> None:
        connection = self.connect()
        for declared, literal, number in [
            ("tinyint", "256", 8115), ("tinyint", "-1", 8115), ("int", "2147483648", 8115),
            ("decimal(5,2)", "1000", 8115), ("money", "922337203685477.5808", 8115), ("datetime", "'1752-12-31'", 242),
            ("date", "'2023-02-29'", 242), ("varchar(3)", "'abcd'", 2628), ("nvarchar(3)", "N'ab😀'", 2628),
            ("binary(2)", "0x010203", 2628), ("int", "'x'", 245), ("uniqueidentifier", "'x'", 8169), ("datetime2",
                                                                                                      "'x'", 241)]:
            with self.subTest(declared + " " + literal):
                connection.execute("DROP TABLE IF EXISTS t")
                connection.execute(f"CREATE TABLE t(v {declared})")
                self.refused(number, connection.execute, f"INSERT INTO t VALUES ({literal})")
                # The way of expressions ends the same.
                self.refused(number, connection.execute, f"INSERT INTO t SELECT CASE WHEN 1 = 1 THEN {literal} END")
        connection.execute("CREATE TABLE n(v int NOT NULL)")
        self.refused(515, connection.execute, "INSERT INTO n VALUES (NULL)")

    def test_sql_variant_keeps_its_base_type(self) -> None:
        connection = self.connect()
        connection.execute("CREATE TABLE t(i int, v sql_variant)")
        for place, (literal, text, base) in enumerate(
            [("CAST(5 AS smallint)", "5", "smallint"), ("N'漢'", "漢", "nvarchar"),
             ("CAST(1.25 AS decimal(9,3))", "1.250", "decimal"), ("CAST('2024-01-02' AS date)", "2024-01-02", "date"),
             ("0x00FF", None, "varbinary"), ("CAST(2.5 AS float)", "2.5", "float")]):
            connection.execute(f"INSERT INTO t VALUES ({place}, {literal})")
            row = connection.execute(
                f"SELECT CAST(v AS nvarchar(100)), CAST(SQL_VARIANT_PROPERTY(v, 'BaseType') AS nvarchar(128)) "
                f"FROM t WHERE i = {place}").fetchone()
            self.assertEqual(row[1], base)
            if text is not None:
                self.assertEqual(row[0], text)
        self.assertEqual(connection.execute("SELECT CAST(v AS varbinary(8)) FROM t WHERE i = 4").fetchval(), b"\0\xff")

    def test_points_and_paths(self) -> None:
        connection = self.connect()
        connection.execute("CREATE TABLE t(g geometry, w geography, h hierarchyid)")
        connection.execute(
            "INSERT INTO t VALUES (geometry::STGeomFromText('POINT (1.5 -2)', 0), geography::Point(47.25, -122.5, 4326), "
            "hierarchyid::Parse('/1/5/12/'))")
        row = connection.execute(
            "SELECT g.STAsText(), w.STAsText(), h.ToString(), g.STAsBinary(), w.STSrid() FROM t").fetchone()
        self.assertEqual(row[:3], ("POINT (1.5 -2)", "POINT (-122.5 47.25)", "/1/5/12/"))
        self.assertEqual(row[3].hex(), "0101000000000000000000f83f00000000000000c0")
        self.assertEqual(row[4], 4326)

    def test_rowversions_grow(self) -> None:
        connection = self.connect()
        connection.execute("CREATE TABLE t(i int, r rowversion)")
        connection.execute("INSERT INTO t(i) VALUES (1), (2)")
        before = connection.execute("SELECT r FROM t ORDER BY i").fetchall()
        self.assertLess(before[0][0], before[1][0])
        other = self.connect(autocommit=False)
        other.execute("UPDATE t SET i = 10 WHERE i = 1")
        bound = connection.execute("SELECT MIN_ACTIVE_ROWVERSION()").fetchval()
        connection.execute("CREATE TABLE u(i int, r rowversion)")
        connection.execute("INSERT INTO u(i) VALUES (7)")
        self.assertEqual(connection.execute("SELECT MIN_ACTIVE_ROWVERSION()").fetchval(), bound)
        self.assertGreater(connection.execute("SELECT r FROM u").fetchval(), bound)
        other.commit()
        changed = connection.execute("SELECT r FROM t WHERE i = 10").fetchval()
        self.assertGreaterEqual(changed, bound)
        self.assertGreater(connection.execute("SELECT MIN_ACTIVE_ROWVERSION()").fetchval(), changed)
        self.assertEqual(len(changed), 8)

    def test_parameters_of_every_kind(self) -> None:
        connection = self.connect()
        for value, kind in [(5, "int"), (2**40, "bigint"), (-1.5, "float"), ("漢😀", "nvarchar(10)"),
                            ("x" * 9000, "nvarchar(max)"), (b"\0\xff", "varbinary(9)"),
                            (Decimal("-12.50"), "decimal(9,2)"), (datetime.date(
                                2024, 2, 29), "date"), (True, "bit"), (datetime.datetime(
                                    2024, 2, 29, 1, 2, 3, 4000), "datetime2(3)"), ("", "nvarchar(5)")]:
            with self.subTest(kind):
                self.assertEqual(connection.execute(f"SELECT CAST(? AS {kind})", value).fetchval(), value)
        self.assertIsNone(connection.execute("SELECT CAST(? AS int)", None).fetchval())
