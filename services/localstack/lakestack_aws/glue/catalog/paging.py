"""Pages whose tokens name the last item seen, so that a page never repeats or skips what did not change in between."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from lakestack_aws.glue.errors import InvalidInputException

type Key = Any  # a string, or a list of strings


def page[T](items: Sequence[T], key: Callable[[T], Key], token: str | None, size: int) -> tuple[list[T], str | None]:
    """Return the page after `token` and the token of the next one, None at the end.

    Args:
        items: All items, ascending by `key`.
        key: Tells items apart; JSON can hold it.
        token: What the previous page returned; None for the first.
        size: How many items a page has at most.

    Raises:
        InvalidInputException: The token was not made here.
    """
    if token:
        last_seen = _decode(token)
        items = [item for item in items if _comparable(key(item)) > last_seen]
    chosen = list(items[:size])
    return chosen, _encode(key(chosen[-1])) if len(items) > size else None


def _encode(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(token: str) -> Key:
    try:
        return _comparable(json.loads(base64.urlsafe_b64decode(token)))
    except (binascii.Error, ValueError) as error:
        raise InvalidInputException("The NextToken is not valid: it must be one that the previous page returned.") from error


def _comparable(key: Key) -> Key:
    return tuple(key) if isinstance(key, list) else key
