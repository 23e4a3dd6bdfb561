"""What every catalog operation does first: check the request, and find the catalog that it speaks of."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.catalog.catalog import Catalog, catalog_of
from lakestack_aws.glue.errors import EntityNotFoundException, NotImplementedByLakestackError
from lakestack_aws.glue.validation import validate

type Request = dict[str, Any]
type Response = dict[str, Any]
type Operation = Callable[[Any, Request], Response]


def on_catalog(function: Callable[[Catalog, Request], Response]) -> Operation:
    """Make an operation of `function`: it gets the caller's catalog and a request that fits the service model."""

    @functools.wraps(function)
    def operation(context: Any, request: Request) -> Response:
        validate(context.operation.input_shape, request)
        catalog_id = request.get("CatalogId", context.account_id)
        if catalog_id != context.account_id:
            raise EntityNotFoundException.catalog(catalog_id)
        return function(catalog_of(context.account_id, context.region), request)

    return operation


def refuse(operation: str, request: Request, members: Iterable[str]) -> None:
    """Raise a 501 if `request` has a member that would change its meaning and that we do not honour."""
    for member in members:
        if request.get(member) is not None:
            raise NotImplementedByLakestackError(f"glue.{operation} with {member} is not implemented by lakestack.")


def error_detail(error: ServiceError) -> dict[str, str]:
    """Return `error` as the batch operations report it."""
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


def with_next_token(response: Response, token: str | None) -> Response:
    """Add the token of the next page; without one the member is left out, because an empty one makes some clients ask for ever."""
    return response | {"NextToken": token} if token else response
