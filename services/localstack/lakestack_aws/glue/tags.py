"""Tags on whatever Glue has a name for, one store for databases, jobs and the rest.

Whoever makes things of a kind registers how to tell whether one exists:
``register_kind("job", lambda account_id, region, name: …)``; a tag on something that does not exist is an EntityNotFoundException.

Source: https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html (as at 2026-11-23)
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lakestack_aws.glue.errors import EntityNotFoundException, InvalidInputException
from lakestack_aws.glue.validation import validate

type Exists = Callable[[str, str, str], bool]

MAXIMUM_TAGS = 50
_ARN = re.compile(r"arn:aws:glue:(?P<region>[^:]*):(?P<account_id>\d{12}):(?P<kind>[a-zA-Z]+)/(?P<name>.+)")

_tags: dict[str, dict[str, str]] = {}
_exists: dict[str, Exists] = {}
_lock = threading.Lock()


def arn_of(kind: str, name: str, account_id: str, region: str) -> str:
    """Return the ARN of a thing of Glue; a `kind` is database or job."""
    return f"arn:aws:glue:{region}:{account_id}:{kind}/{name}"


def register_kind(kind: str, exists: Exists) -> None:
    """Have tags on a `kind` refused unless `exists(account_id, region, name)`."""
    _exists[kind] = exists


def tag(arn: str, tags: Mapping[str, str]) -> None:
    """Add tags, or replace those of the same keys; InvalidInputException beyond 50."""
    with _lock:
        merged = _tags.get(arn, {}) | dict(tags)
        if len(merged) > MAXIMUM_TAGS:
            raise InvalidInputException(f"{arn} would have {len(merged)} tags; at most {MAXIMUM_TAGS} are allowed.")
        _tags[arn] = merged


def untag(arn: str, keys: Iterable[str]) -> None:
    """Remove the tags of these keys; those that are not there are no error."""
    with _lock:
        for key in keys:
            _tags.get(arn, {}).pop(key, None)


def tags_of(arn: str) -> dict[str, str]:
    with _lock:
        return dict(_tags.get(arn, {}))


def forget(arn: str) -> None:
    """Drop all tags of something that was deleted."""
    with _lock:
        _tags.pop(arn, None)


def _tag_resource(context: Any, request: dict[str, Any]) -> dict[str, Any]:
    validate(context.operation.input_shape, request)
    tag(_checked(request["ResourceArn"]), request["TagsToAdd"])
    return {}


def _untag_resource(context: Any, request: dict[str, Any]) -> dict[str, Any]:
    validate(context.operation.input_shape, request)
    untag(_checked(request["ResourceArn"]), request["TagsToRemove"])
    return {}


def _get_tags(context: Any, request: dict[str, Any]) -> dict[str, Any]:
    validate(context.operation.input_shape, request)
    return {"Tags": tags_of(_checked(request["ResourceArn"]))}


def _checked(arn: str) -> str:
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise InvalidInputException(f"'{arn}' is not the ARN of a Glue resource, such as arn:aws:glue:us-east-1:000000000000:database/sales.")
    exists = _exists.get(parts["kind"])
    if exists and not exists(parts["account_id"], parts["region"], parts["name"]):
        raise EntityNotFoundException.entity()
    return arn


TAG_OPERATIONS = {"TagResource": _tag_resource, "UntagResource": _untag_resource, "GetTags": _get_tags}
