"""Starts moto's S3, IAM, STS and Redshift, and what it lacks, on a port of its own: `moto_peer.py PARENT_PID`."""

import sys

from botocore import auth
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from lifeline import announce, end_with
from serverless import Serverless


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def main() -> None:
    end_with(int(sys.argv[1]))
    # moto counts with botocore, which never signs this header; AWS goes by what the request says it signed.
    auth.SIGNED_HEADERS_BLACKLIST.remove("user-agent")
    server = make_server(
        "127.0.0.1", 0, Serverless(DomainDispatcherApplication(create_backend_app)), threaded=True,
        request_handler=Quiet)
    announce({"port": server.server_port})
    server.serve_forever()


main()
