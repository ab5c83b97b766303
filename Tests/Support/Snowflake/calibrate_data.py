"""Stages, loads and transactions."""

import hashlib
import os
import threading
from typing import Any

import boto3
from botocore.exceptions import ClientError
from snowflake.connector.errors import Error

from calibration import BenchTest


class StageTests(BenchTest):
    def test_put_copy_list_get_remove(self) -> None:
        cursor = self.database()
        path = self.parquet("a.parquet", id=[1, 2], **{"a b": ["x", None]})
        name = os.path.basename(path)
        for bits in (128, 256):
            self.put_user(key_bits=bits)
            cursor = self.connect(database=self.name, schema="PUBLIC").cursor()
            put = cursor.execute(f"PUT 'file://{path}' '@ST/r{bits}/' AUTO_COMPRESS=FALSE").fetchall()
            self.assertEqual(put[0][6], "UPLOADED")
            os.makedirs(f"{self.folder}/out{bits}", exist_ok=True)
            cursor.execute(f"GET '@ST/r{bits}/' 'file://{self.folder}/out{bits}/'")
            with open(path, "rb") as one, open(f"{self.folder}/out{bits}/{name}", "rb") as other:
                self.assertEqual(hashlib.sha256(one.read()).digest(), hashlib.sha256(other.read()).digest())
            listed = cursor.execute(f"LIST @ST/r{bits}/").fetchall()
            self.assertEqual(listed[0][:2], (f"st/r{bits}/{name}", os.path.getsize(path) // 16 * 16 + 16))
            cursor.execute("CREATE OR REPLACE TABLE T (ID NUMBER(38,0), T VARCHAR)")
            copied = cursor.execute(
                f'COPY INTO T FROM (SELECT $1:"id"::NUMBER(38,0), $1:"a b"::VARCHAR FROM @ST/r{bits}/) '
                f"FILES = ('{name}') FILE_FORMAT = (TYPE = PARQUET)").fetchall()
            self.assertEqual(copied[0][:4], (f"st/r{bits}/{name}", "LOADED", 2, 2))
            self.assertEqual(cursor.execute("SELECT * FROM T ORDER BY 1").fetchall(), [(1, "x"), (2, None)])
            self.assertEqual(cursor.execute(f"REMOVE @ST/r{bits}/").fetchall(), [(f"st/r{bits}/{name}", "removed")])
            self.assertEqual(cursor.execute("LIST @ST").fetchall(), [])

    def test_credentials_expire_in_between(self) -> None:
        cursor = self.database()
        path = self.parquet("e.parquet", id=[1])
        id = self.control("POST", "faults", {
            "act": "storage_expired", "kind": "s3.put", "text": os.path.basename(path)})["ids"][0]
        put = cursor.execute(f"PUT 'file://{path}' '@ST/' AUTO_COMPRESS=FALSE").fetchall()
        self.assertEqual((put[0][6], self.fired(id)), ("UPLOADED", 1))

    def test_signatures_are_verified(self) -> None:
        for secret, code in (("wrong", "SignatureDoesNotMatch"), (self.facts["storageSecret"], None)):
            client = boto3.client(
                "s3", endpoint_url=f"https://127.0.0.1:{self.facts['storage']}", region_name="us-east-1",
                aws_access_key_id=self.facts["storageKey"], aws_secret_access_key=secret,
                verify=self.facts["authority"])
            try:
                client.list_objects_v2(Bucket="sfc-stage")
                self.assertIsNone(code)
            except ClientError as error:
                self.assertEqual(error.response["Error"]["Code"], code)

    def test_copy_is_exact(self) -> None:
        cursor = self.database()
        good, bad = self.parquet("1.parquet", N=["1"]), self.parquet("2.parquet", N=["x"])
        for path in (good, bad):
            cursor.execute(f"PUT 'file://{path}' '@ST/' AUTO_COMPRESS=FALSE")
        cursor.execute("CREATE TABLE T (N NUMBER(38,0))")
        copy = "COPY INTO T FROM @ST FILE_FORMAT = (TYPE = PARQUET) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
        with self.assertRaises(Error):
            cursor.execute(copy)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (0,))
        cursor.execute(f"REMOVE @ST/{os.path.basename(bad)}")
        for options, count in (("", 1), (" FORCE = FALSE", 1), (" FORCE = TRUE", 2), ("", 2)):
            cursor.execute(copy + " PURGE = FALSE" + options)
            self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (count,))
        self.assertEqual(cursor.execute(copy).fetchall(), [("Copy executed with 0 files processed.",)])
        cursor.execute("TRUNCATE TABLE T")
        cursor.execute(copy)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (1,))
        cursor.execute("DELETE FROM T")
        cursor.execute(copy)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (0,))
        # The same name with other content is another file.
        self.parquet("1.parquet", N=["7"])
        cursor.execute(f"PUT 'file://{good}' '@ST/' AUTO_COMPRESS=FALSE OVERWRITE=TRUE")
        cursor.execute(copy)
        self.assertEqual(cursor.execute("SELECT N FROM T").fetchall(), [(7,)])

    def test_lengths(self) -> None:
        cursor = self.database()
        path = self.parquet("l.parquet", T=["abcd"])
        cursor.execute(f"PUT 'file://{path}' '@ST/' AUTO_COMPRESS=FALSE")
        cursor.execute("CREATE TABLE T (T VARCHAR(3))")
        with self.assertRaises(Error) as caught:
            cursor.execute(
                "COPY INTO T FROM @ST FILE_FORMAT = (TYPE = PARQUET) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE")
        self.assertEqual(caught.exception.errno, 100078)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (0,))


class TransactionTests(BenchTest):
    def other(self) -> Any:
        return self.connect(database=self.name, schema="PUBLIC").cursor()

    def test_a_failed_statement_fails_alone(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT NOT NULL)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO T VALUES (1)")
        with self.assertRaises(Error):
            cursor.execute("INSERT INTO T VALUES (NULL)")
        cursor.execute("INSERT INTO T VALUES (2)")
        cursor.execute("COMMIT")
        self.assertEqual(cursor.execute("SELECT SUM(N::NUMBER(38,0)) FROM T").fetchone(), (3,))

    def test_definitions_commit(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO T VALUES (1)")
        cursor.execute("CREATE TABLE U (N INT)")
        cursor.execute("ROLLBACK")
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (1,))

    def test_writers_wait(self) -> None:
        """A second writer waits for the first and then sees what it did."""
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT)")
        cursor.execute("INSERT INTO T VALUES (0)")
        other = self.other()
        cursor.execute("BEGIN")
        cursor.execute("UPDATE T SET N = N + 1")
        self.waiting(other, "UPDATE T SET N = N * 10")
        cursor.execute("COMMIT")
        self.thread.join()
        self.assertEqual(cursor.execute("SELECT N FROM T").fetchone(), (10,))

    def waiting(self, cursor: Any, statement: str) -> None:
        """Runs a statement on a thread, and comes back when it waits for a lock."""
        self.failure: Error | None = None

        def run() -> None:
            try:
                cursor.execute(statement)
            except Error as error:
                self.failure = error

        self.thread = threading.Thread(target=run)
        self.thread.start()
        watcher = self.other()
        while not any(row[4] == "WAITING" for row in watcher.execute("SHOW LOCKS").fetchall()):
            self.assertTrue(self.thread.is_alive())

    def test_a_predecessor_is_ended(self) -> None:
        """Ending the session that holds a lock lets the next one on, and undoes what it did."""
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT)")
        cursor.execute("INSERT INTO T VALUES (1)")
        zombie = self.other()
        zombie.execute("BEGIN")
        session = zombie.execute("SELECT CURRENT_SESSION()").fetchone()[0]
        transaction = zombie.execute("SELECT CURRENT_TRANSACTION()").fetchone()[0]
        zombie.execute("DELETE FROM T")
        shown = [str(row[0]) for row in cursor.execute("SHOW TRANSACTIONS").fetchall()]
        self.assertIn(transaction, shown)
        heir = self.other()
        self.waiting(heir, "UPDATE T SET N = N + 1")
        cursor.execute(f"SELECT SYSTEM$ABORT_SESSION({session})")
        self.thread.join()
        self.assertIsNone(self.failure)
        self.assertEqual(cursor.execute("SELECT N FROM T").fetchall(), [(2,)])
        with self.assertRaises(Error):
            zombie.execute("COMMIT")

    def test_a_deadlock_has_a_victim(self) -> None:
        cursor = self.database()
        for name in ("A", "B"):
            cursor.execute(f"CREATE TABLE {name} (N INT)")
        other = self.other()
        for one, table in ((cursor, "A"), (other, "B")):
            one.execute("BEGIN")
            one.execute(f"DELETE FROM {table}")
        self.waiting(other, "DELETE FROM A")
        with self.assertRaises(Error):
            cursor.execute("DELETE FROM B")
        cursor.execute("ROLLBACK")
        self.thread.join()
        self.assertIsNone(self.failure)

    def test_the_end_of_a_session_rolls_back(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT)")
        connection = self.connect(database=self.name, schema="PUBLIC")
        one = connection.cursor()
        one.execute("BEGIN")
        one.execute("INSERT INTO T VALUES (1)")
        connection.close()
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (0,))

    def test_swap(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE A (N INT)")
        cursor.execute("CREATE TABLE B (N INT)")
        cursor.execute("INSERT INTO A VALUES (1)")
        cursor.execute("ALTER TABLE A SWAP WITH B")
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM B").fetchone(), (1,))
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM A").fetchone(), (0,))

    def test_merge(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (K INT, V VARCHAR)")
        cursor.execute("INSERT INTO T VALUES (1, 'a'), (2, 'b'), (NULL, 'n')")
        cursor.execute("CREATE TABLE S (K INT, V VARCHAR, OP VARCHAR)")
        cursor.execute(
            "INSERT INTO S VALUES (1, 'A', 'u'), (2, NULL, 'd'), (3, 'c', 'u'), (4, NULL, 'd'), (NULL, 'N', 'u')")
        merge = (
            "MERGE INTO T AS t USING S AS s ON t.K IS NOT DISTINCT FROM s.K WHEN MATCHED AND s.OP = 'd' THEN DELETE "
            "WHEN MATCHED THEN UPDATE SET V = t.V || s.V WHEN NOT MATCHED AND s.OP = 'u' THEN INSERT (K, V) "
            "VALUES (s.K, s.V)")
        cursor.execute("BEGIN")
        self.assertEqual(cursor.execute(merge).fetchall(), [(1, 2, 1)])
        cursor.execute("COMMIT")
        rows = cursor.execute("SELECT K, V FROM T ORDER BY K NULLS LAST").fetchall()
        self.assertEqual(rows, [(1, "aA"), (3, "c"), (None, "nN")])
        cursor.execute("INSERT INTO S VALUES (1, 'again', 'u')")
        with self.assertRaises(Error) as caught:
            cursor.execute(merge)
        self.assertEqual(caught.exception.errno, 100090)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (3,))

    def test_types_are_described_as_declared(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (A TIMESTAMP_LTZ(6), B TIME(3), C DATETIME, D VARBINARY, E ARRAY)")
        cursor.execute("CREATE TABLE U LIKE T")
        for name in ("T", "U"):
            types = [row[1] for row in cursor.execute(f"DESCRIBE TABLE {name}").fetchall()]
            self.assertEqual(types, ["TIMESTAMP_LTZ(6)", "TIME(3)", "TIMESTAMP_NTZ(9)", "BINARY(8388608)", "ARRAY"])

    def test_keys_bind_nobody(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (A INT, B VARCHAR(3), C BINARY(16), CONSTRAINT K PRIMARY KEY (B, A))")
        cursor.execute("INSERT INTO T VALUES (1, 'x', NULL), (1, 'x', NULL)")
        keys = cursor.execute("SHOW PRIMARY KEYS IN TABLE T").fetchall()
        self.assertEqual([(row[4], row[5], row[6]) for row in keys], [("B", 1, "K"), ("A", 2, "K")])
        described = {row[0]: (row[1], row[3]) for row in cursor.execute("DESCRIBE TABLE T").fetchall()}
        self.assertEqual(described["C"], ("BINARY(16)", "Y"))
        self.assertEqual(described["A"], ("NUMBER(38,0)", "N"))
