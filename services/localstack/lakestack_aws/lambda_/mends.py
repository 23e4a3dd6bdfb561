"""What is mended of LocalStack's Lambda provider."""

import json
from collections.abc import Callable
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.aws.api.lambda_ import InvalidParameterValueException, InvalidRequestContentException
from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.lambda_.provider import LambdaProvider
from localstack.utils.patch import patch

from lakestack_aws.lambda_.runtimes import UnsupportedRuntimeError, check_runtime

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (as at 2026-11-23)
MAX_REQUEST_BYTES = 6_291_456
MAX_EVENT_BYTES = 1_048_576


def apply() -> None:
    """Refuse at once what cannot be run, and payloads that AWS refuses."""

    @patch(LambdaProvider.create_function)
    def create_function(original: Callable[..., Any], self: LambdaProvider, context: Any, request: dict[str, Any]) -> Any:
        _check(request.get("Runtime"), request.get("PackageType"))
        return original(self, context, request)

    @patch(LambdaProvider.update_function_configuration)
    def update_function_configuration(original: Callable[..., Any], self: LambdaProvider, context: Any, request: dict[str, Any]) -> Any:
        if runtime := request.get("Runtime"):
            _check(runtime, None)
        return original(self, context, request)

    @patch(LambdaService.invoke)
    def invoke(original: Callable[..., Any], self: LambdaService, *arguments: Any, **keywords: Any) -> Any:
        check_payload(keywords.get("payload"), keywords.get("invocation_type"))
        return original(self, *arguments, **keywords)


def check_payload(payload: bytes | None, invocation_type: str | None) -> None:
    """Refuse a payload that is too large or not JSON, before a function is started for it."""
    limit = MAX_EVENT_BYTES if invocation_type == "Event" else MAX_REQUEST_BYTES
    if payload and len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise CommonServiceException("RequestTooLargeException", message, status_code=413, sender_fault=True)
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise InvalidRequestContentException(message, Type="User") from None


def _check(runtime: str | None, package_type: str | None) -> None:
    try:
        check_runtime(runtime, package_type)
    except UnsupportedRuntimeError as error:
        raise InvalidParameterValueException(str(error), Type="User") from None
