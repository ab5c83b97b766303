"""T-SQL as scmplan sends it: what comes of it, and the types that it has, by FreeTDS."""

import hashlib
import uuid
from decimal import Decimal
from typing import Any

from calibration import BenchTest

GUIDS = [
    "01000000-0000-0000-0000-000000000000", "00010000-0000-0000-0000-000000000000",
    "00000100-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000",
    "00000000-0100-0000-0000-000000000000", "00000000-0001-0000-0000-000000000000",
    "00000000-0000-0100-0000-000000000000", "00000000-0000-0001-0000-000000000000",
    "00000000-0000-0000-0001-000000000000", "00000000-0000-0000-0100-000000000000",
    "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-010000000000"]


class Engine(BenchTest):
    def rows(self, sql: str, *given: Any) -> list[tuple]:
        return [tuple(row) for row in self.connection.execute(sql, *given)]

    def one(self, sql: str, *given: Any) -> Any:
        return self.connection.execute(sql, *given).fetchval()

    def setUp(self) -> None:
        super().setUp()
        self.connection = self.connect()

    def test_expressions(self) -> None:
        for sql, expected in [
            ("7 / 2", 3), ("-7 / 2", -3), ("7 % 3", 1), ("7.0 / 2", Decimal("3.500000")), ("1 + CAST(1 AS bigint)", 2),
            ("'a' + N'é'", "aé"), ("LEN(N'ab  ')", 2), ("DATALENGTH(N'ab  ')", 8), ("DATALENGTH('ab  ')", 4),
            ("LEN(N'😀')", 2), ("DATALENGTH(N'abc')", 6), ("SUBSTRING('abcdef', 2, 3)", "bcd"),
            ("SUBSTRING(0x010203, 2, 2)", b"\2\3"), ("ISNULL(NULL, 5)", 5), ("COALESCE(NULL, 'x', 'y')", "x"),
            ("NULLIF(1, 1)", None), ("NULLIF('A', 'a')", None), ("CASE WHEN 1 = 1 THEN 'y' ELSE 'n' END", "y"),
            ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"), ("CONCAT(1, NULL, N'x', 2.50)", "1x2.50"),
            ("CONVERT(varchar(30), CAST('2024-02-29 01:02:03.1234567' AS datetime2), 126)",
             "2024-02-29T01:02:03.1234567"),
            ("CONVERT(varchar(40), CAST('2024-02-29 01:02:03 +05:30' AS datetimeoffset(0)), 127)",
             "2024-02-28T19:32:03Z"), ("CONVERT(varchar(30), CAST(0.1 AS float), 3)",
                                       "1.0000000000000001e-001"), ("CONVERT(varchar(20), 0x00FF, 2)", "00FF"),
            ("CONVERT(varchar(20), 0x00FF, 1)",
             "0x00FF"), ("CONVERT(varbinary(4), '0x00FF', 1)",
                         b"\0\xff"), ("CONVERT(varbinary(8), CAST(258 AS bigint))",
                                      b"\0\0\0\0\0\0\1\2"), ("CONVERT(bigint, 0x0000000000000102)",
                                                             258), ("CONVERT(bigint, 0xFFFFFFFFFFFFFFFE)", -2),
            ("CAST(N'é漢' AS varbinary(10))", "é漢".encode("utf-16-le")), ("CAST('é€' AS varbinary(10))", b"\xe9\x80"),
            ("CAST(1.9 AS int)", 1), ("CAST(-1.5e0 AS int)", -1), ("CAST(CAST(1.005 AS decimal(9,3)) AS decimal(9,2))",
                                                                   Decimal("1.01")), ("TRY_CONVERT(int, 'x')", None),
            ("HASHBYTES('SHA2_256', CAST(N'abc' AS varbinary(max)))", hashlib.sha256(
                "abc".encode("utf-16-le")).digest()), ("HASHBYTES('SHA2_256', 'abc')",
                                                       hashlib.sha256(b"abc").digest()), ("CAST('true' AS bit)", True),
            ("CONVERT(varchar(27), CAST(SWITCHOFFSET(CAST('2024-06-01 01:00 +05:30' AS datetimeoffset(0)), '+00:00') AS "
             "datetime2(0)), 121)", "2024-05-31 19:30:00"),
            ("DATEPART(tzoffset, CAST('2024-06-01 01:00 -05:30' AS datetimeoffset(0)))", -330),
            ("STRING_ESCAPE(N'a\"/', 'json')", 'a\\"\\/'),
            ("CONVERT(varchar(23), CAST('2024-02-29 12:00:00.005' AS datetime), 121)", "2024-02-29 12:00:00.007"),
            ("HASHBYTES('SHA2_256', CONCAT('', CAST(N'é' COLLATE Latin1_General_100_BIN2_UTF8 AS varchar(9))))",
             hashlib.sha256("é".encode()).digest()),
            ("CONVERT(money, '1,234.5')",
             Decimal("1234.5000")), ("N'[' + QUOTENAME(N'a]b')",
                                     "[[a]]b]"), ("DATEDIFF(day, '2024-02-28', '2024-03-01')",
                                                  2), ("CAST('20240229' AS date)", __import__("datetime").date(2024, 2,
                                                                                                               29))]:
            with self.subTest(sql):
                self.assertEqual(self.one(f"SELECT {sql}"), expected)

    def test_types_of_results(self) -> None:
        """As ODBC describes them."""
        self.script(
            "CREATE TABLE t(a int NOT NULL, d decimal(12,3), m money, s nvarchar(40), v varchar(max), b varbinary(5))")
        cursor = self.connection.execute(
            "SELECT a, d, m, s, v, b, COUNT_BIG(*) OVER () AS n, a + 1 AS x, SUM(d) OVER () AS y, "
            "d * d AS z FROM t")
        described = [
            (name, kind, size, scale, nullable) for name, kind, _, size, _, scale, nullable in cursor.description]
        self.assertEqual(
            described[:6], [("a", int, 10, 0, False), ("d", Decimal, 12, 3, True), ("m", Decimal, 19, 4, True),
                            ("s", str, 40, 0, True), ("v", str, 0, 0, True), ("b", bytearray, 5, 0, True)])
        self.assertEqual([(one[0], one[2], one[3]) for one in described[6:]],
                         [("n", 19, 0), ("x", 10, 0), ("y", 38, 3), ("z", 25, 6)])

    def test_texts_compare_by_their_collation(self) -> None:
        words = ["b", "B", "a", "Ä", "ä", "A", "_", "1", "z", "é", "e", "f", "{"]
        self.script(
            "CREATE TABLE t(c nvarchar(9), b nvarchar(9) COLLATE Latin1_General_BIN2, s varchar(9) COLLATE "
            "Latin1_General_CS_AS); INSERT INTO t VALUES " +
            ", ".join(f"(N'{one}', N'{one}', '{one}')" for one in words))
        self.assertEqual([row[0].lower() for row in self.rows("SELECT c FROM t ORDER BY c")],
                         ["_", "{", "1", "a", "a", "ä", "ä", "b", "b", "e", "é", "f", "z"])
        self.assertEqual([row[0] for row in self.rows("SELECT b FROM t ORDER BY b")], sorted(words))
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE c = N'ä  '"), 2)
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE b = N'ä'"), 1)
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE c COLLATE Latin1_General_BIN2 = N'ä'"), 1)
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE s = 'a'"), 1)
        self.assertEqual(self.one("SELECT COUNT(DISTINCT c) FROM t"), 10)
        self.assertEqual(len(self.rows("SELECT c, COUNT(*) FROM t GROUP BY c")), 10)
        self.assertEqual(len(self.rows("SELECT DISTINCT c FROM t")), 10)
        self.assertEqual(self.rows("SELECT MIN(b), MAX(b) FROM t"), [("1", "é")])
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE c LIKE N'A%'"), 2)

    def test_binary_order_of_wide_text_is_that_of_utf16(self) -> None:
        self.script(
            "CREATE TABLE t(b nvarchar(9) COLLATE Latin1_General_BIN2); INSERT INTO t VALUES (N'\uffee'), (N'😀'), (N'z'), (N'\ue000')"
        )
        self.assertEqual([row[0] for row in self.rows("SELECT b FROM t ORDER BY b")], ["z", "😀", "\ue000", "\uffee"])

    def test_uniqueidentifiers_order_by_their_last_bytes(self) -> None:
        self.script(
            "CREATE TABLE t(g uniqueidentifier); INSERT INTO t VALUES " +
            ", ".join(f"('{one}')" for one in reversed(GUIDS)))
        # System.Data.SqlTypes.SqlGuid compares bytes 10 to 15, 8, 9, 6, 7, 4, 5, 0 to 3 of the sixteen.
        order = [10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3]
        expected = sorted(GUIDS, key=lambda text: [uuid.UUID(text).bytes_le[at] for at in order])
        self.assertEqual([str(row[0]).lower() for row in self.rows("SELECT g FROM t ORDER BY g")], expected)
        self.assertEqual(self.one(f"SELECT COUNT(*) FROM t WHERE g < '{expected[5]}'"), 5)
        self.assertEqual(
            self.one(
                "SELECT CAST(CAST(g AS varbinary(16)) AS uniqueidentifier) FROM t ORDER BY g OFFSET 3 ROWS FETCH NEXT 1 "
                "ROWS ONLY"),
            self.one("SELECT CAST(g AS nvarchar(36)) FROM t ORDER BY g OFFSET 3 ROWS FETCH NEXT 1 ROWS ONLY"))

    def test_moments_with_offsets_are_compared_in_utc(self) -> None:
        self.script(
            "CREATE TABLE t(z datetimeoffset(7)); INSERT INTO t VALUES ('2024-01-01 12:00 +05:00'), ('2024-01-01 07:00 +00:00'), "
            "('2024-01-01 06:59 -01:00')")
        self.assertEqual(self.one("SELECT COUNT(DISTINCT z) FROM t"), 2)
        self.assertEqual(self.one("SELECT MAX(z) FROM t"), "2024-01-01 06:59:00.0000000 -01:00")
        self.assertEqual(self.one("SELECT COUNT(*) FROM t WHERE z = '2024-01-01 08:00 +01:00'"), 2)

    def test_queries(self) -> None:
        self.script(
            "CREATE TABLE [we]]ird t](i int IDENTITY(10, 5) PRIMARY KEY, [a b] nvarchar(9), c AS (i * 2), d int DEFAULT (7)); "
            "INSERT INTO [we]]ird t]([a b]) VALUES (N'x'), (N'y'), (NULL), (N'X'); CREATE TABLE u(i int, t nvarchar(5)); INSERT INTO "
            "u VALUES (10, N'ten'), (99, N'no')")
        self.assertEqual(self.rows("SELECT * FROM [we]]ird t] ORDER BY i"), [
            (10, "x", 20, 7), (15, "y", 30, 7), (20, None, 40, 7), (25, "X", 50, 7)])
        self.assertEqual(
            self.rows("SELECT w.i, u.t FROM [we]]ird t] w LEFT JOIN u ON u.i = w.i WHERE w.i < 20 ORDER BY 1 DESC"),
            [(15, None), (10, "ten")])
        self.assertEqual(self.rows("SELECT TOP (2) [a b] FROM [dbo].[we]]ird t] ORDER BY [a b], i"), [(None,), ("x",)])
        self.assertEqual(
            self.rows(
                "SELECT b, MIN(i), COUNT_BIG(*) FROM (SELECT NTILE(2) OVER (ORDER BY i) AS b, i FROM [we]]ird t]) q GROUP BY b "
                "ORDER BY b"), [(1, 10, 2), (2, 20, 2)])
        self.assertEqual(
            self.rows(
                "SELECT q.i FROM (SELECT i, ROW_NUMBER() OVER (ORDER BY i DESC) AS n FROM [we]]ird t]) AS q WHERE q.n % 2 = 0 "
                "ORDER BY q.i"), [(10, ), (20, )])
        self.assertEqual(
            self.rows(
                "WITH c(k) AS (SELECT i FROM u UNION ALL SELECT 1) SELECT k FROM c WHERE k NOT IN (SELECT i FROM [we]]ird t]) "
                "ORDER BY k"), [(1, ), (99, )])
        self.assertEqual(
            self.rows("SELECT i FROM u WHERE EXISTS (SELECT 1 FROM [we]]ird t] w WHERE w.i = u.i)"), [(10, )])
        self.assertEqual(
            self.rows("DECLARE @n int = 3; SET @n = @n + 4; IF @n = 7 SELECT @n AS n ELSE SELECT 0"), [(7, )])
        self.assertEqual(self.connection.execute("DELETE TOP (1) FROM u").rowcount, 1)
        self.assertEqual(self.connection.execute("UPDATE [we]]ird t] SET d = d + i WHERE i > 15").rowcount, 2)
        self.assertEqual(self.one("SELECT SUM(d) FROM [we]]ird t]"), 7 + 7 + 27 + 32)

    def test_rows_of_every_form_are_loaded(self) -> None:
        self.script(
            "CREATE TABLE t(i int, s nvarchar(9))\nGO\nINSERT INTO t VALUES (1, N'a;''b'), (-2, NULL)\nGO\n"
            "INSERT INTO t(s, i) SELECT s + N'!', i + 1 FROM t WHERE s IS NOT NULL\nGO\n/* a /* nested */ one */ INSERT t DEFAULT VALUES"
        )
        self.assertEqual(
            self.rows("SELECT i, s FROM t ORDER BY i"), [(None, None), (-2, None), (1, "a;'b"), (2, "a;'b!")])

    def test_what_is_wrong_is_refused(self) -> None:
        for sql, number in [
            ("SELECT 1 +", 102), ("SELEC 1", 2812), ("SELECT * FROM nope", 208), ("SELECT nope FROM sys.tables", 207),
            ("SELECT 1 / 0", 8134), ("SELECT 'open", 105), ("USE nowhere", 911), ("SELECT nope(1)", 195),
            ("EXEC nope", 2812), ("SELECT a.name FROM sys.tables a, sys.columns b WHERE object_id = 1", 209),
            ("DROP TABLE nope", 3701), ("SELECT TOP (1) name FROM sys.tables ORDER BY name OFFSET 1 ROWS",
                                        10741), ("SELECT CAST(1 AS nope)", 243), ("SELECT x.y FROM sys.tables t", 4104),
            ("COMMIT", 3902), ("SELECT @no", 137), ("SELECT N'a' COLLATE Nope", 448)]:
            with self.subTest(sql):
                self.refused(number, self.connection.execute, sql)
