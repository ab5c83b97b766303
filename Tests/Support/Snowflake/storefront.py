"""The object store as clients see it: moto over TLS, with faults and with credentials that expire."""

import http.client

from control import Control
from faults import Fault
from storage import Storage, operation
from wire import PIECE, Handler, Reply

EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ExpiredToken</Code><Message>The provided token has expired.'
    b"</Message><RequestId>BENCH</RequestId></Error>")
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Storefront(Handler):
    """One connection of a client of the object store; everything else about it is moto's."""

    storage: Storage
    control: Control
    moto: int

    def describe(self) -> tuple[str, str, str]:
        kind = operation(self.command, self.route, self.query)
        self.control.note(kind, "", f"{self.command} {self.route}", None, self.query)
        return kind, f"{self.command} {self.path}", ""

    def answer(self, kind: str, fault: Fault | None) -> Reply:
        if fault is not None and fault.act == "storage_expired":
            self.storage.expire_credentials(self.headers.get("x-amz-security-token"))
        if self.storage.is_expired(self.headers.get("x-amz-security-token")):
            for _ in self.pieces():
                pass
            return Reply(400, b"" if self.command == "HEAD" else EXPIRED, [("Content-Type", "application/xml")])
        connection = http.client.HTTPConnection("127.0.0.1", self.moto)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders()
        for piece in self.pieces():
            connection.send(piece)
        response = connection.getresponse()
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP]
        if self.command == "HEAD":
            headers.append(("Content-Length", response.getheader("Content-Length") or "0"))
            response.read()
            connection.close()
            return Reply(response.status, b"", headers)
        length = response.getheader("Content-Length")
        if length is None or int(length) < PIECE:
            body = response.read()
            connection.close()
            return Reply(response.status, body, headers)

        def pieces():
            while piece := response.read(PIECE):
                yield piece
            connection.close()

        return Reply(response.status, pieces(), headers, int(length))
