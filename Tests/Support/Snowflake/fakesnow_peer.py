"""Starts fakesnow, unmodified, on a port of its own: `fakesnow_peer.py PARENT_PID S3_ENDPOINT`.

Beside fakesnow's own routes it says why a statement failed inside (header `x-peer-error`), lets a running statement be
interrupted, and reads `s3://` through the S3 server whose credentials the environment holds.
"""

import contextvars
import logging
import socket
import sys
from typing import Any

import fakesnow.server as server
import fsspec
import uvicorn
from fakesnow.transforms import stage
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lifeline import announce, end_with

failures: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("failures", default=None)


class Failures(logging.Handler):
    """Keeps the exceptions that fakesnow logs while it answers a request."""

    def emit(self, record: logging.LogRecord) -> None:
        found = failures.get()
        if found is not None and record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            found.append(f"{type(error).__name__}: {error}")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return await server.app(scope, receive, send)
    found: list[str] = []
    failures.set(found)

    async def tell(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and found:
            reason = found[-1].encode("ascii", "replace").replace(b"\n", b" ").replace(b"\r", b" ")[:4000]
            message = {**message, "headers": [*message["headers"], (b"x-peer-error", reason)]}
        await send(message)

    return await server.app(scope, receive, tell)


async def interrupt(request: Request) -> JSONResponse:
    connection = server.sessions.get(request.query_params["token"])
    if connection is not None:
        connection._duck_conn.interrupt()
    return JSONResponse({"success": connection is not None})


def main() -> None:
    end_with(int(sys.argv[1]))
    server.app.router.routes.append(Route("/_peer/interrupt", interrupt, methods=["POST"]))
    logger = logging.getLogger("fakesnow.server")
    logger.handlers = [Failures()]
    logger.propagate = False
    # Statements of an internal stage never see fakesnow's own folder, but fakesnow wants it to be there.
    assert stage.LOCAL_BUCKET_PATH
    files = fsspec.filesystem("s3", endpoint_url=sys.argv[2], use_listings_cache=False, skip_instance_cache=True)
    server.shared_fs.duck_conn.register_filesystem(files)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    announce({"port": listener.getsockname()[1]})
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


main()
