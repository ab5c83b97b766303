"""A store in S3's protocol that keeps nothing but sizes and headers: what an upload costs without what a disk costs.

    sink.py CERTIFICATE KEY

Prints its port and serves TLS on loopback until its standard input ends.
"""
import http.server
import ssl
import sys
import threading
from urllib.parse import parse_qs, urlsplit

OBJECTS: dict[str, dict] = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rbufsize = 0

    def drop_body(self) -> int:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return self.drop_chunks()
        buffer = memoryview(bytearray(1 << 20))
        left = total = int(self.headers.get("Content-Length", 0))
        while left:
            got = self.connection.recv_into(buffer[:min(left, len(buffer))])
            if not got:
                raise ConnectionError
            left -= got
        return total

    def drop_chunks(self) -> int:
        stream = self.connection.makefile("rb", buffering=1 << 20)
        total = 0
        while size := int(stream.readline(), 16):
            total += size
            while size:
                size -= len(stream.read(min(size, 1 << 20)))
            stream.readline()
        stream.readline()
        return total

    def answer(self, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(200)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def described(self) -> dict:
        return {"size": 0, "headers": {k: v for k, v in self.headers.items() if k.lower().startswith("x-amz-meta-")}}

    def do_PUT(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        size = self.drop_body()
        if "uploadId" not in query:
            OBJECTS[path] = self.described()
        OBJECTS[path]["size"] += size
        self.answer(headers={"ETag": '"sink"'})

    def do_POST(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self.drop_body()
        if "uploads" in query:
            OBJECTS[path] = self.described()
            self.answer(b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        else:
            self.answer(b'<CompleteMultipartUploadResult><ETag>"sink"</ETag></CompleteMultipartUploadResult>')

    def do_HEAD(self) -> None:
        found = OBJECTS[urlsplit(self.path).path]
        self.answer(headers={**found["headers"], "Content-Length": str(found["size"])})

    def log_message(self, *_: object) -> None:
        pass


def main(certificate: str, key: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
