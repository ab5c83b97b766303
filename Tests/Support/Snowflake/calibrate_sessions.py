"""Logins by every method, and queries with all that may happen to their answers."""

import datetime
import json
import urllib.request
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from snowflake.connector.errors import DatabaseError, Error

from accounts import fingerprint
from calibration import BenchTest


class LoginTests(BenchTest):
    def refused(self, code: int, **wanted: Any) -> None:
        with self.assertRaises(DatabaseError) as caught:
            self.connect(**wanted)
        self.assertEqual(caught.exception.errno, code)

    def test_password(self) -> None:
        self.assertEqual(self.connect().cursor().execute("SELECT CURRENT_USER()").fetchone(), (self.name,))
        self.refused(390100, password="wrong")

    def test_tokens(self) -> None:
        self.put_user(access_tokens=["pat"], oauth_tokens=["access"], expired_tokens=["old"])
        self.connect(password=None, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token="pat")
        self.connect(password="pat")
        self.connect(password=None, authenticator="oauth", token="access")
        self.refused(394400, password=None, authenticator="PROGRAMMATIC_ACCESS_TOKEN", token="other")
        self.refused(390303, password=None, authenticator="oauth", token="other")
        self.refused(390318, password=None, authenticator="oauth", token="old")

    def test_key_pair(self) -> None:
        key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        der = [
            one.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            for one in (key, other)]
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        self.put_user(public_keys=[public])
        self.connect(password=None, authenticator="snowflake_jwt", private_key=der[0])
        self.refused(390144, password=None, authenticator="snowflake_jwt", private_key=der[1])
        # The right claims under the wrong key, and a token from an hour ago.
        subject = f"{self.facts['account']}.{self.name}"
        issuer = f"{subject}.{fingerprint(key.public_key())}"
        now = datetime.datetime.now(datetime.UTC)
        hours = [now + datetime.timedelta(hours=count) for count in (0, -2, 1)]
        for signer, issued in zip((other, key, key), hours, strict=True):
            claims = {"iss": issuer, "sub": subject, "iat": issued, "exp": issued + datetime.timedelta(minutes=1)}
            token = jwt.encode(claims, signer, algorithm="RS256")
            self.assertEqual(self.raw_login(AUTHENTICATOR="SNOWFLAKE_JWT", TOKEN=token)["code"], "390144")
        self.assertTrue(self.control("GET", "refusals"))

    def raw_login(self, **data: Any) -> Any:
        body = {"data": {"ACCOUNT_NAME": self.facts["account"], "LOGIN_NAME": self.name, **data}}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.facts['http']}/session/v1/login-request", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def test_refusals(self) -> None:
        self.refused(390189, role="NOBODY")
        self.put_user(network=False)
        self.refused(390422)
        self.put_user(disabled=True)
        self.refused(390101)


class QueryTests(BenchTest):
    def test_json_and_arrow(self) -> None:
        select = (
            "SELECT 12345678901234567890::NUMBER(20,0) AS A, 1.50::NUMBER(10,2) AS B, 'x' AS C, TRUE AS D, "
            "'2024-02-29'::DATE AS E, '1969-12-31 23:59:59.5'::TIMESTAMP_NTZ AS F, 1.25::FLOAT AS G, "
            "TO_BINARY('0aff', 'HEX') AS H, NULL AS I, '01:02:03.5'::TIME AS J")
        cursor = self.database()
        arrow = cursor.execute(select).fetchone()
        cursor.execute("ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'")
        rows = cursor.execute(select).fetchone()
        self.assertEqual(arrow, rows)
        self.assertEqual(rows[0], 12345678901234567890)

    def test_chunks(self) -> None:
        self.control("POST", "settings", {"inline_rows": 10, "chunk_rows": 100})
        try:
            cursor = self.database()
            values = ", ".join(f"({number})" for number in range(1005))
            cursor.execute("CREATE TABLE T (N INT)")
            cursor.execute(f"INSERT INTO T VALUES {values}")
            for _ in range(2):
                rows = cursor.execute("SELECT N FROM T ORDER BY 1").fetchall()
                self.assertEqual([int(row[0]) for row in rows], list(range(1005)))
                cursor.execute("ALTER SESSION SET PYTHON_CONNECTOR_QUERY_RESULT_FORMAT = 'JSON'")
        finally:
            self.control("POST", "settings", {"inline_rows": 100000, "chunk_rows": 100000})

    def test_asynchronous(self) -> None:
        connection = self.connect()
        cursor = connection.cursor()
        cursor.execute_async("SELECT 5 AS FIVE")
        cursor.get_results_from_sfqid(cursor.sfqid)
        self.assertEqual(cursor.fetchall(), [(5,)])
        self.assertEqual(connection.get_query_status(cursor.sfqid).name, "SUCCESS")

    def test_polling_and_renewal(self) -> None:
        cursor = self.connect().cursor()
        deferred = self.fault(act="defer", kind="query", text="AS SIX", polls=2)
        expired = self.fault(act="session_expired", kind="poll", text="AS SIX")
        self.assertEqual(cursor.execute("SELECT 6 AS SIX").fetchall(), [(6,)])
        self.assertEqual((self.fired(deferred), self.fired(expired)), (1, 1))
        self.assertEqual(len(self.control("GET", f"log?kind=renew&user={self.name}")), 1)

    def test_lost_replies_execute_once(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT)")
        # The connector gives up at half a reply; the Swift client is tested with that.
        for act in ({"act": "lost"}, {"act": "cut"}, {"act": "status", "status": 503, "execute": True}):
            id = self.fault(kind="query", text="INSERT", **act)
            cursor.execute("INSERT INTO T VALUES (1)")
            self.assertEqual(self.fired(id), 1)
        self.assertEqual(cursor.execute("SELECT COUNT(*) FROM T").fetchone(), (3,))

    def test_errors_are_answers(self) -> None:
        cursor = self.database()
        cursor.execute("CREATE TABLE T (N INT NOT NULL)")
        for statement, code in (("INSERT INTO T VALUES (NULL)", 100072), ("SELECT * FROM NONE", 2003), ("SELEC", 1003)):
            with self.assertRaises(Error) as caught:
                cursor.execute(statement)
            self.assertEqual(caught.exception.errno, code)
