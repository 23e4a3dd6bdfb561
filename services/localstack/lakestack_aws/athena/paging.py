"""Pages of lists: NextToken is the name that the next page begins with."""

import base64
from collections.abc import Callable, Sequence

from lakestack_aws.athena.errors import InvalidRequestError


def page[T](items: Sequence[T], key: Callable[[T], str], token: str | None, size: int) -> tuple[list[T], dict[str, str]]:
    """Return a page and, when there is more, its NextToken as a member; AWS sends no empty token.

    Raises:
        InvalidRequestError: The token is none of ours.
    """
    start = 0
    if token is not None:
        first = _decoded(token)
        start = next((index for index, item in enumerate(items) if key(item) == first), len(items))
    chosen = list(items[start : start + size])
    if start + size >= len(items):
        return chosen, {}
    return chosen, {"NextToken": base64.urlsafe_b64encode(key(items[start + size]).encode()).decode()}


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError as error:
        raise InvalidRequestError(f"Malformed nextPageToken {token}") from error
