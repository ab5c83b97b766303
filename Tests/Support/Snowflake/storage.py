"""The object store behind the stages: moto's S3, and credentials for it that expire on demand."""

import base64
import hashlib
import itertools
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.client import Config
from snowflake.connector.encryption_util import EncryptionMetadata, SnowflakeEncryptionUtil

from errors import SqlError

BUCKET = "sfc-stage"
ROLE = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass
class StoredFile:
    """An object of a stage; `path` is relative to the stage."""

    path: str
    key: str
    size: int
    etag: str
    modified: str


@dataclass
class Material:
    """What the bench hands out to encrypt or decrypt with, as Snowflake's own client code takes it."""

    query_stage_master_key: str
    query_id: str
    smk_id: str


class Storage:
    """moto's S3 with checked signatures, from the service's own side."""

    def __init__(self, port: int):
        self.endpoint = f"http://127.0.0.1:{port}"
        self._lock = threading.Lock()
        self._smk = itertools.count(70001)
        self._materials: dict[str, Material] = {}
        self._tokens: dict[str, int] = {}
        self._age = 0
        first = self._client("iam", "AKIAEXAMPLE", "none")
        first.create_user(UserName="bench")
        key = first.create_access_key(UserName="bench")["AccessKey"]
        first.put_user_policy(UserName="bench", PolicyName="all", PolicyDocument=json.dumps(ALL))
        self._role = first.create_role(RoleName="stage", AssumeRolePolicyDocument=json.dumps(ROLE))["Role"]["Arn"]
        first.put_role_policy(RoleName="stage", PolicyName="all", PolicyDocument=json.dumps(ALL))
        self.key_id, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self._s3 = self._client("s3", self.key_id, self.secret)
        self._sts = self._client("sts", self.key_id, self.secret)
        self._s3.create_bucket(Bucket=BUCKET)
        self.verify_signatures(port)

    def verify_signatures(self, port: int) -> None:
        """From here on moto takes no request whose signature is wrong."""
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/moto-api/reset-auth", b"0")
        if connection.getresponse().status != 200:
            raise RuntimeError("moto does not verify signatures")
        connection.close()

    def _client(self, service: str, key: str, secret: str) -> Any:
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}, max_pool_connections=32)
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=key,
            aws_secret_access_key=secret, config=config)

    # Credentials and keys

    def credentials(self) -> dict[str, str]:
        """New credentials in the fields of stageInfo.creds."""
        got = self._sts.assume_role(RoleArn=self._role, RoleSessionName="put")["Credentials"]
        with self._lock:
            self._tokens[got["SessionToken"]] = self._age
        return {
            "AWS_KEY_ID": got["AccessKeyId"], "AWS_SECRET_KEY": got["SecretAccessKey"],
            "AWS_TOKEN": got["SessionToken"], "AWS_ID": got["AccessKeyId"], "AWS_KEY": got["SecretAccessKey"]}

    def expire_credentials(self, token: str | None = None) -> None:
        """Lets every credential that was handed out expire, or one of them."""
        with self._lock:
            if token is None:
                self._age += 1
            elif token in self._tokens:
                self._tokens[token] = -1

    def is_expired(self, token: str | None) -> bool:
        with self._lock:
            return token is not None and self._tokens.get(token, self._age) != self._age

    def new_material(self, query_id: str, bits: int) -> Material:
        """A new master key for the files of one PUT."""
        with self._lock:
            key = base64.b64encode(os.urandom(bits // 8)).decode()
            return self._materials.setdefault(query_id, Material(key, query_id, str(next(self._smk))))

    def material(self, file: StoredFile) -> Material | None:
        """What decrypts an object; None for one that is not encrypted."""
        metadata = self._s3.head_object(Bucket=BUCKET, Key=file.key)["Metadata"]
        return self.material_of(metadata)

    def material_of(self, metadata: dict[str, str]) -> Material | None:
        if "x-amz-matdesc" not in metadata:
            return None
        described = json.loads(metadata["x-amz-matdesc"])
        material = self._materials.get(described["queryId"])
        bits = len(base64.b64decode(material.query_stage_master_key)) * 8 if material else 0
        if material is None or described != {
            "queryId": material.query_id, "smkId": material.smk_id, "keySize": str(bits)}:
            raise SqlError("000603", "XX000", "the file's matdesc names no key that was handed out")
        return material

    # Objects

    def objects(self, prefix: str, root: str) -> list[StoredFile]:
        """All objects under `root` + `prefix`, by name."""
        found = []
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=root + prefix):
            for item in page.get("Contents", []):
                found.append(StoredFile(
                    item["Key"][len(root):], item["Key"], item["Size"], item["ETag"].strip('"'),
                    item["LastModified"].strftime("%a, %d %b %Y %H:%M:%S GMT")))
        return found

    def remove(self, files: list[StoredFile]) -> None:
        for file in files:
            self._s3.delete_object(Bucket=BUCKET, Key=file.key)

    def fetch(self, file: StoredFile, destination: str, encrypted: bool) -> None:
        """Writes an object's plain bytes to a file, decrypted by Snowflake's own code, and checks their digest."""
        got = self._s3.get_object(Bucket=BUCKET, Key=file.key)
        metadata = got["Metadata"]
        material = self.material_of(metadata)
        if encrypted and material is None:
            raise SqlError("000603", "XX000", f"{file.path} is not encrypted, and its stage demands it")
        os.makedirs(os.path.dirname(destination), exist_ok=True)
        with open(destination, "w+b") as output:
            if material is None:
                for piece in got["Body"].iter_chunks(1 << 20):
                    output.write(piece)
            else:
                envelope = EncryptionMetadata(
                    metadata["x-amz-key"], metadata["x-amz-iv"], metadata["x-amz-matdesc"])
                SnowflakeEncryptionUtil.decrypt_stream(envelope, material, Body(got["Body"]), output)
            output.seek(0)
            digest = base64.b64encode(hashlib.file_digest(output, "sha256").digest()).decode()
        if metadata.get("sfc-digest", digest) != digest:
            raise SqlError("000603", "XX000", f"sfc-digest of {file.path} is not the digest of its plain bytes")


class Body:
    """A body as a file that always reads as much as is asked for: decryption wants whole blocks."""

    def __init__(self, stream: Any):
        self._pieces: Iterator[bytes] = stream.iter_chunks(1 << 18)
        self._rest = b""

    def read(self, count: int) -> bytes:
        while len(self._rest) < count and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


def operation(method: str, path: str, query: dict[str, str]) -> str:
    """The name of a storage request for faults and the log."""
    if method == "PUT":
        return "s3.part" if "partNumber" in query else "s3.put"
    if method == "POST":
        return "s3.create" if "uploads" in query else "s3.complete"
    if method == "DELETE":
        return "s3.abort" if "uploadId" in query else "s3.delete"
    if method == "HEAD":
        return "s3.head"
    return "s3.get" if re.match(rf"/{BUCKET}/.", path) else "s3.list"
