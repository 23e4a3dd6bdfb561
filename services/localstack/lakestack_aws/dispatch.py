"""From a table of operations to a LocalStack service; what is not in the table answers 501 with its name."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service

from lakestack_aws.errors import ServiceError

type Request = dict[str, Any]
type Response = dict[str, Any]
type Operation = Callable[[RequestContext, Request], Response]


def service(name: str, operations: Mapping[str, Operation]) -> Service:
    """Return the LocalStack service `name` that answers with `operations`, keyed by AWS's operation names.

    Raises:
        ValueError: A key is not an operation of the service.
    """
    model = load_service(name)
    known = set(model.operation_names)
    if unknown := sorted(set(operations) - known):
        raise ValueError(f"{name} has no operation {', '.join(unknown)}; its operations are in botocore's service model.")
    table = {
        operation: _translate_errors(operations[operation]) if operation in operations else _not_implemented(name, operation) for operation in known
    }
    return Service(name, skeleton=Skeleton(model, table))


def _translate_errors(operation: Operation) -> Operation:
    @functools.wraps(operation)
    def handler(context: RequestContext, request: Request) -> Response:
        try:
            return operation(context, request or {})
        except ServiceError as error:
            translated = CommonServiceException(error.code, error.message, status_code=error.status, sender_fault=error.status < 500)
            for member, value in error.details.items():
                setattr(translated, member, value)
            raise translated from error

    return handler


def _not_implemented(name: str, operation: str) -> Operation:
    def handler(_context: RequestContext, _request: Request) -> Response:
        raise CommonServiceException("InternalFailure", f"{name}.{operation} is not implemented by lakestack.", status_code=501)

    return handler
