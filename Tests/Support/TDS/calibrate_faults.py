"""Every fault goes off once, where it should, and is seen by FreeTDS for what it is."""

import threading

import pyodbc

from calibration import BenchTest

ROWS = 40


class Faults(BenchTest):
    def setUp(self) -> None:
        super().setUp()
        rows = ", ".join(f"({number}, N'text {number}', 'x{number}')" for number in range(ROWS))
        self.script("CREATE TABLE t(i int, s nvarchar(50), v varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8); "
                    f"INSERT INTO t VALUES {rows}")

    def read(self, connection: pyodbc.Connection) -> int:
        """How many rows came before the end, or before what is raised."""
        self.count = 0
        for _ in connection.execute("SELECT i, s, v FROM t ORDER BY i"):
            self.count += 1
        return self.count

    def test_logins(self) -> None:
        for number in (18456, 4060, 911, 40613, 983, 1205):
            fault = self.fault(act="error", kind="login", number=number)
            self.refused(number, self.connect)
            self.assertEqual(self.fired(fault), 1)
            self.connect()

    def test_errors_of_statements(self) -> None:
        connection = self.connect()
        for number in (1205, 1222, 1105, 229):
            fault = self.fault(act="error", number=number, text="FROM t")
            self.refused(number, self.read, connection)
            self.assertEqual(self.fired(fault), 1)
            self.assertEqual(self.read(connection), ROWS)

    def test_errors_among_rows(self) -> None:
        connection = self.connect()
        for rows in (0, 7, ROWS):
            fault = self.fault(act="error", number=1205, text="FROM t", rows=rows)
            self.refused(1205, self.read, connection)
            self.assertLessEqual(self.count, rows)
            self.assertEqual(self.fired(fault), 1)
        self.assertEqual(self.read(connection), ROWS)

    def test_a_deadlock_undoes_the_transaction(self) -> None:
        connection = self.connect(autocommit=False)
        connection.execute("DELETE FROM t WHERE i = 1")
        self.fault(act="error", number=1205, text="FROM t")
        self.refused(1205, self.read, connection)
        self.assertEqual(connection.execute("SELECT @@TRANCOUNT").fetchval(), 0)
        self.assertEqual(self.script("SELECT COUNT(*) FROM t"), [[str(ROWS)]])

    def test_resets(self) -> None:
        for where in ({}, {"rows": 0}, {"rows": 11}, {"bytes": 1}, {"bytes": 9}, {"bytes": 300}, {"bytes": 700}):
            with self.subTest(str(where)):
                connection = self.connect()
                fault = self.fault(act="reset", text="FROM t", **where)
                self.assertRaises(pyodbc.Error, self.read, connection)
                self.assertLessEqual(self.count, where.get("rows", ROWS - 1))
                self.assertEqual(self.fired(fault), 1)
        self.assertEqual(self.read(self.connect()), ROWS)

    def test_an_end_of_the_session_by_an_administrator(self) -> None:
        connection = self.connect()
        fault = self.fault(act="error", number=596, text="FROM t", rows=3)
        self.refused(596, self.read, connection)
        self.assertEqual(self.fired(fault), 1)
        self.assertRaises(pyodbc.Error, connection.execute, "SELECT 1")

    def test_half_a_packet(self) -> None:
        fault = self.fault(act="half", text="FROM t")
        self.assertRaises(pyodbc.Error, self.read, self.connect())
        self.assertEqual(self.fired(fault), 1)

    def test_no_answer(self) -> None:
        connection = self.connect()
        connection.timeout = 1
        fault = self.fault(act="silent", text="FROM t")
        self.assertRaises(pyodbc.Error, self.read, connection)
        self.assertEqual(self.fired(fault), 1)

    def test_a_slow_answer_comes_when_it_is_released(self) -> None:
        for where in ({}, {"rows": 5}):
            fault = self.fault(act="hold", text="FROM t", **where)
            released = threading.Thread(target=lambda: (
                self.control("GET", f"wait?id={fault}&seconds=60"), self.control("POST", "release", {"id": fault})))
            released.start()
            self.assertEqual(self.read(self.connect()), ROWS)
            released.join()
            self.assertEqual(self.fired(fault), 1)

    def test_an_attention_ends_a_slow_answer(self) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        fault = self.fault(act="hold", text="FROM t")
        cancel = threading.Thread(target=lambda: (self.control("GET", f"wait?id={fault}&seconds=60"), cursor.cancel()))
        cancel.start()
        self.assertRaises(pyodbc.Error, cursor.execute, "SELECT i FROM t")
        cancel.join()
        self.assertEqual(self.read(connection), ROWS)

    def test_permissions_of_tables_and_views(self) -> None:
        connection = self.connect()
        for name, number in [("^dbo.t$", 229), ("dm_db_partition_stats", 297), ("dm_db_partition_stats", 300)]:
            query = "SELECT COUNT(*) FROM " + ("t" if "dbo" in name else "sys.dm_db_partition_stats")
            fault = self.fault(act="error", kind="table", text=name, number=number, times=2)
            self.refused(number, connection.execute, query)
            if "dm" in name:
                self.assertEqual(
                    connection.execute("SELECT HAS_PERMS_BY_NAME(NULL, 'DATABASE', 'VIEW DATABASE STATE')").fetchval(),
                    0)
            self.assertEqual(self.fired(fault), 1)
            self.control("DELETE", f"faults?user={self.name}")
            connection.execute(query).fetchall()

    def test_a_failover(self) -> None:
        fault = self.fault(act="failover", text="FROM t", logins=2, number=983)
        connection = self.connect()
        self.assertRaises(pyodbc.Error, self.read, connection)
        self.assertEqual(self.fired(fault), 1)
        self.refused(983, self.connect)
        self.refused(983, self.connect)
        self.assertEqual(self.read(self.connect()), ROWS)

    def test_texts_that_are_none(self) -> None:
        connection = self.connect()
        fault = self.fault(act="garble", text="FROM t", rows=3)
        rows = []
        try:
            rows = [tuple(row) for row in connection.execute("SELECT i, s, v FROM t ORDER BY i")]
        except (pyodbc.Error, UnicodeDecodeError):
            # Either is right: what must not be is the row as if it were whole.
            pass
        self.assertEqual(self.fired(fault), 1)
        self.assertNotIn((3, "text 3", "x3"), rows)

    def test_a_row_that_is_cut(self) -> None:
        connection = self.connect()
        fault = self.fault(act="truncate", text="FROM t", rows=3)
        rows = []
        try:
            rows = [tuple(row) for row in connection.execute("SELECT i, s, v FROM t ORDER BY i")]
        except pyodbc.Error:
            pass
        self.assertEqual(self.fired(fault), 1)
        self.assertNotIn((3, "text 3", "x3"), rows)
