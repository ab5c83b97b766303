"""Redshift Serverless's API as far as a login needs it, which moto has not: workgroups, and credentials for them.

moto's own IAM checks every signature and what the caller may do; botocore's description of the service says which members a
request may have.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import botocore.session
from botocore.validate import ParamValidator
from moto.core.exceptions import AccessDeniedError, InvalidClientTokenIdError, SignatureDoesNotMatchError
from moto.iam.access_control import IAMRequest
from werkzeug.wrappers import Request, Response

ACCOUNT = "123456789012"
TARGET = "RedshiftServerless."


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.status = code, status


class Serverless:
    """Answers what is meant for Redshift Serverless, and passes on everything else."""

    def __init__(self, others: Callable[..., Iterable[bytes]]):
        self._others = others
        self._model = botocore.session.get_session().get_service_model("redshift-serverless")
        self._ports: dict[str, int] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith(TARGET):
            return self._others(environ, start_response)
        request = Request(environ)
        try:
            status, answer = 200, self._answer(request, target.removeprefix(TARGET))
        except Refused as error:
            status, answer = error.status, {"__type": error.code, "message": str(error)}
        response = Response(json.dumps(answer), status, content_type="application/x-amz-json-1.1")
        return response(environ, start_response)

    def _answer(self, request: Request, action: str) -> dict[str, Any]:
        parameters = self._parameters(request, action)
        name = parameters["workgroupName"]
        self._check(request, action)
        if action == "CreateWorkgroup":
            self._ports[name] = parameters.get("port", 5439)
        elif name not in self._ports:
            raise Refused("ResourceNotFoundException", f"workgroup {name} not found")
        if action == "GetCredentials":
            # A test finds the password by its beginning, should one be told anywhere.
            return {
                "dbUser": f"IAM:{name}", "dbPassword": "temporary-" + secrets.token_urlsafe(24),
                "expiration": time.time() + 900,
            }
        return {
            "workgroup": {
                "workgroupName": name, "status": "AVAILABLE",
                "endpoint": {"address": "127.0.0.1", "port": self._ports[name]},
            }
        }

    def _parameters(self, request: Request, action: str) -> dict[str, Any]:
        if action not in ("CreateWorkgroup", "GetWorkgroup", "GetCredentials"):
            raise Refused("UnknownOperationException", action)
        parameters = json.loads(request.get_data())
        shape = self._model.operation_model(action).input_shape
        report = ParamValidator().validate(parameters, shape)
        unknown = set(parameters) - set(shape.members)
        if report.has_errors() or unknown or "workgroupName" not in parameters:
            raise Refused("ValidationException", f"{report.generate_report()} {sorted(unknown)}")
        return parameters

    def _check(self, request: Request, action: str) -> None:
        try:
            caller = IAMRequest(
                ACCOUNT, request.method, request.path, {}, request.get_data(), dict(request.headers), action)
            caller.check_signature()
            caller.check_action_permitted("*")
        except (AccessDeniedError, InvalidClientTokenIdError, SignatureDoesNotMatchError) as error:
            raise Refused(error.error_type, error.message, 403) from None
        except KeyError:
            raise Refused("MissingAuthenticationToken", "the request is not signed", 403) from None
