"""Azure Blob Storage and Google Cloud Storage in the smallest form that a stage needs, behind a proxy.

A client reaches them under their own names by CONNECT to the proxy's port; the certificate is the bench's own. Only the
shape of requests is checked here: signatures are compared, not computed, and nothing of this has met the real services.
"""

import base64
import hashlib
import re
import secrets
import threading
from dataclasses import dataclass
from ssl import SSLContext

from control import Control
from faults import Fault
from storage import StoredFile
from wire import Handler, Reply

CONTAINER, ACCOUNT = "stages", "benchaccount"
NAMES = [f"{ACCOUNT}.blob.core.windows.net", "storage.googleapis.com"]
BLOCKED = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>refused by the bench</Message></Error>"


@dataclass
class Blob:
    body: bytes
    #: Headers that came with it and go with it.
    metadata: dict[str, str]


class Clouds:
    """The objects of both clouds, and the secrets that open them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, Blob] = {}
        self._blocks: dict[str, dict[str, bytes]] = {}
        self._tokens: set[str] = set()

    def token(self) -> str:
        with self._lock:
            token = secrets.token_hex(12)
            self._tokens.add(token)
            return token

    def is_valid(self, token: str) -> bool:
        with self._lock:
            return token in self._tokens

    def expire(self, token: str) -> None:
        with self._lock:
            self._tokens.discard(token)

    def objects(self, prefix: str, root: str) -> list[StoredFile]:
        with self._lock:
            return [
                StoredFile(name[len(root):], name, len(blob.body), "", "")
                for name, blob in sorted(self._blobs.items()) if name.startswith(root + prefix)]

    def metadata(self, key: str) -> dict[str, str]:
        with self._lock:
            found = self._blobs[key].metadata
        text = found.get("x-ms-meta-matdesc") or found.get("x-goog-meta-matdesc")
        return {"x-amz-matdesc": text} if text else {}

    def get(self, key: str) -> Blob | None:
        with self._lock:
            return self._blobs.get(key)

    def put(self, key: str, body: bytes, metadata: dict[str, str]) -> None:
        with self._lock:
            self._blobs[key] = Blob(body, metadata)

    def put_block(self, key: str, id: str, body: bytes) -> None:
        with self._lock:
            self._blocks.setdefault(key, {})[id] = body

    def blocks(self, key: str) -> dict[str, bytes]:
        with self._lock:
            # Blocks stay known after they were put together: naming them again does the same again.
            return dict(self._blocks.get(key, {}))


class Proxy(Handler):
    """One connection to the proxy; a tunnel ends in the bench itself."""

    context: SSLContext
    cloud: type["Cloud"]

    def do_CONNECT(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.close_connection = True
        tunnel = self.context.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        try:
            self.cloud(tunnel, self.client_address, self.server)
        finally:
            tunnel.close()


class Cloud(Handler):
    """One connection to a cloud."""

    clouds: Clouds
    control: Control

    def describe(self) -> tuple[str, str, str]:
        self.azure = "blob" in (self.headers.get("Host") or "")
        operation = self.query.get("comp") or self.command.lower()
        kind = f"{'azure' if self.azure else 'gcs'}.{operation}"
        self.control.note(kind, "", f"{self.command} {self.route}", None, self.query)
        return kind, f"{self.command} {self.path}", ""

    def answer(self, kind: str, fault: Fault | None) -> Reply:
        body = b"".join(self.pieces())
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        token = self.query.get("sig") or bearer
        if fault is not None and fault.act == "storage_expired":
            self.clouds.expire(token)
        if not self.clouds.is_valid(token):
            return self.refuse(403 if self.azure else 401 if bearer else 400, b"AuthenticationFailed")
        key = re.sub(rf"^/{CONTAINER}/", "", self.route)
        if self.command in ("GET", "HEAD"):
            blob = self.clouds.get(key)
            if blob is None:
                return self.refuse(404, b"BlobNotFound")
            headers = [*blob.metadata.items(), ("Content-Length", str(len(blob.body)))]
            return Reply(200, b"" if self.command == "HEAD" else blob.body, headers)
        prefix = "x-ms-meta-" if self.azure else "x-goog-meta-"
        metadata = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith(prefix)}
        if not self.azure:
            self.clouds.put(key, body, metadata)
            return Reply(200)
        return self.put_azure(key, body, metadata)

    def put_azure(self, key: str, body: bytes, metadata: dict[str, str]) -> Reply:
        if self.query.get("comp") == "block":
            self.clouds.put_block(key, self.query["blockid"], body)
        elif self.query.get("comp") == "blocklist":
            held = self.clouds.blocks(key)
            names = re.findall(r"<Latest>([^<]*)</Latest>", body.decode())
            if set(names) - set(held) or len({len(name) for name in names}) > 1:
                return self.refuse(400, b"InvalidBlockList")
            whole = b"".join(held[name] for name in names)
            wanted = self.headers.get("x-ms-blob-content-md5")
            if wanted and wanted != base64.b64encode(hashlib.md5(whole).digest()).decode():
                return self.refuse(400, b"Md5Mismatch")
            self.clouds.put(key, whole, metadata)
        elif self.headers.get("x-ms-blob-type") != "BlockBlob":
            return self.refuse(400, b"InvalidHeaderValue")
        else:
            self.clouds.put(key, body, metadata)
        return Reply(201)

    def refuse(self, status: int, code: bytes) -> Reply:
        headers = [("Content-Type", "application/xml")] + ([("x-ms-error-code", code.decode())] if self.azure else [])
        return Reply(status, b"" if self.command == "HEAD" else BLOCKED % code, headers)
