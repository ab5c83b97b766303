"""Logins, encryption, packets, transactions and attentions, by FreeTDS."""

import threading

import pyodbc

from calibration import BenchTest


class Sessions(BenchTest):
    def logins(self) -> list[dict]:
        return self.control("GET", f"log?kind=login&user={self.name}")

    def test_encryption_as_both_sides_want_it(self) -> None:
        """By the server's port: what FreeTDS asks for, whether it gets in, whether login and the rest are encrypted."""
        for port, wanted, gets_in, login, rest in [
            ("port", "off", True, False, False), ("port", "request", True, True, False),
            ("port", "require", True, True, True), ("plainPort", "off", True, False, False),
            ("plainPort", "request", True, False, False), ("plainPort", "require", False, None, None),
            ("securePort", "off", False, None, None), ("securePort", "request", True, True,
                                                       True), ("securePort", "require", True, True, True)]:
            with self.subTest(f"{port} {wanted}"):
                before = len(self.logins())
                if not gets_in:
                    self.assertRaises(pyodbc.Error, self.connect, port, Encryption=wanted)
                    self.assertEqual(len(self.logins()), before)
                    continue
                connection = self.connect(port, Encryption=wanted)
                self.assertEqual(len(connection.execute("SELECT REPLICATE(N'x', 4000), 1").fetchval()), 4000)
                told = self.logins()[-1]
                self.assertEqual((told["encryptedLogin"], told["encrypted"]), (login, rest))

    def test_what_a_login_says(self) -> None:
        connection = self.connect(APP="calibration", ApplicationIntent="ReadOnly")
        self.assertEqual(tuple(connection.execute("SELECT DB_NAME(), SUSER_SNAME(), APP_NAME()").fetchone()),
                         (self.name, self.name, "calibration"))
        self.assertEqual((self.logins()[-1]["application"], self.logins()[-1]["readOnly"]), ("calibration", True))
        self.connect()
        self.assertFalse(self.logins()[-1]["readOnly"])
        self.assertEqual(self.connect(TDS_Version="7.3").execute("SELECT 7").fetchval(), 7)

    def test_logins_that_are_refused(self) -> None:
        self.refused(18456, lambda: self.connect(PWD="wrong"))
        self.refused(18456, lambda: self.connect(UID="nobody"))
        self.refused(4060, lambda: self.connect(Database="nowhere"))

    def test_packets_of_every_size_hold_messages_of_every_size(self) -> None:
        for size in ("512", "4096", "32767"):
            connection = self.connect(PacketSize=size)
            for length in (1, 200, 235, 236, 237, 250, 2000, 2030, 40000):
                wide = connection.execute(
                    f"SELECT REPLICATE(CAST(N'漢' AS nvarchar(max)), {length}), N'{'é' * length}'").fetchone()
                self.assertEqual([len(one) for one in wide], [length, length])
            # FreeTDS takes no more than it likes.
            self.assertGreaterEqual(self.logins()[-1]["packet"], 512)

    def test_several_results_and_what_stands_between(self) -> None:
        cursor = self.connect().cursor()
        cursor.execute(
            "CREATE TABLE t(i int); INSERT INTO t VALUES (1), (2); SELECT i FROM t; UPDATE t SET i = 3 WHERE i = 1; "
            "PRINT N'said'; SELECT 'x' AS y WHERE 1 = 0")
        self.assertEqual(cursor.rowcount, 2)
        cursor.nextset()
        self.assertEqual([row[0] for row in cursor.fetchall()], [1, 2])
        cursor.nextset()
        self.assertEqual(cursor.rowcount, 1)
        while cursor.nextset() and cursor.description is None:
            pass
        self.assertEqual((cursor.description[0][0], cursor.fetchall()), ("y", []))

    def test_prepared_statements_run_again(self) -> None:
        connection = self.connect()
        connection.execute("CREATE TABLE t(i int, s nvarchar(20))")
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO t VALUES (?, ?)", [(number, f"漢{number}") for number in range(50)])
        self.assertEqual([cursor.execute("SELECT s FROM t WHERE i = ?", number).fetchval() for number in (0, 7, 49)],
                         ["漢0", "漢7", "漢49"])
        cursor.execute("EXEC sp_executesql N'SELECT @a + 1', N'@a int', @a = 41")
        self.assertEqual(cursor.fetchval(), 42)

    def test_transactions(self) -> None:
        connection, other = self.connect(autocommit=False), self.connect()
        other.execute("CREATE TABLE t(i int)")
        connection.execute("INSERT INTO t VALUES (1)")
        self.assertEqual(other.execute("SELECT COUNT(*) FROM t").fetchval(), 0)
        connection.rollback()
        connection.execute("INSERT INTO t VALUES (2)")
        connection.commit()
        self.assertEqual([tuple(row) for row in other.execute("SELECT i FROM t")], [(2,)])
        # READ COMMITTED sees what others commit in between.
        self.assertEqual(connection.execute("SELECT COUNT(*) FROM t").fetchval(), 1)
        other.execute("INSERT INTO t VALUES (3)")
        self.assertEqual(connection.execute("SELECT COUNT(*) FROM t").fetchval(), 2)
        connection.execute("CREATE TABLE gone(i int)")
        connection.rollback()
        self.refused(208, other.execute, "SELECT * FROM gone")

    def test_snapshots(self) -> None:
        connection, other = self.connect(), self.connect()
        other.execute("CREATE TABLE t(i int)")
        other.execute("INSERT INTO t VALUES (1)")
        connection.execute("SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN")
        self.refused(3952, connection.execute, "SELECT COUNT(*) FROM t")
        connection.execute("ROLLBACK")
        other.execute(f"ALTER DATABASE {self.name} SET ALLOW_SNAPSHOT_ISOLATION ON")
        connection.execute("BEGIN TRAN")
        self.assertEqual(connection.execute("SELECT COUNT(*) FROM t").fetchval(), 1)
        other.execute("INSERT INTO t VALUES (2)")
        self.assertEqual(tuple(connection.execute("SELECT COUNT(*), @@TRANCOUNT FROM t").fetchone()), (1, 1))
        connection.execute("COMMIT")
        self.assertEqual(connection.execute("SELECT COUNT(*) FROM t").fetchval(), 2)

    def test_an_attention_ends_a_statement_that_runs(self) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        self.script(
            "CREATE TABLE n(i int); INSERT INTO n SELECT ROW_NUMBER() OVER (ORDER BY (SELECT 1)) FROM sys.columns a, "
            "sys.columns b RIGHT JOIN (VALUES (1), (2), (3)) v(x) ON 1 = 1; INSERT INTO n VALUES (1), (2), (3), (4), (5), (6)"
        )
        for number in range(6):
            self.script("INSERT INTO n SELECT a.i FROM n a CROSS JOIN (VALUES (1), (2), (3)) v(x)")
        # More combinations than anybody waits for.
        endless = "SELECT COUNT_BIG(*) FROM n a, n b, n c WHERE (a.i + b.i * c.i) % 1000003 = 7"
        started = threading.Event()

        def cancel() -> None:
            while not self.control("GET", f"log?kind=batch&user={self.name}") or not started.is_set():
                started.wait(0.01)
            cursor.cancel()

        thread = threading.Thread(target=cancel)
        fault = self.fault(act="hold", text="COUNT_BIG")
        thread.start()
        release = threading.Thread(
            target=lambda: (
                self.control("GET", f"wait?id={fault}&seconds=60"), self.control("POST", "release", {"id": fault}),
                started.set()))
        release.start()
        # The columns may be on their way before the rows are counted.
        self.assertRaises(pyodbc.Error, lambda: cursor.execute(endless).fetchall())
        thread.join()
        release.join()
        self.assertEqual(connection.execute("SELECT 5").fetchval(), 5)

    def test_an_attention_among_rows_leaves_the_connection_usable(self) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        fault = self.fault(act="hold", text="FROM sys.columns", rows=5)
        self.script("CREATE TABLE t(a int, b int, c int, d int, e int, f int, g int, h int)")
        cursor.execute("SELECT name FROM sys.columns")
        self.assertEqual(len(cursor.fetchmany(5)), 5)
        self.control("GET", f"wait?id={fault}&seconds=60")
        # Closing a cursor with rows to come cancels it.
        cursor.close()
        self.assertEqual(self.fired(fault), 1)
        self.assertEqual(connection.execute("SELECT 5").fetchval(), 5)
