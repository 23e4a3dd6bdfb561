"""A lifecycle rule as CloudFormation writes it, and as S3 wants it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html (as at 2026-11-23)
"""

from collections.abc import Callable
from typing import Any

from lakestack_aws.cloudformation.resource import Properties, ResourceError, chosen

_FILTERS = ("ObjectSizeGreaterThan", "ObjectSizeLessThan", "Prefix", "TagFilters")


def lifecycle_rule(rule: Properties) -> Properties:
    """Return `rule` for PutBucketLifecycleConfiguration.

    Raises:
        ResourceError: It has a part that is not implemented.
    """
    if unknown := sorted(set(rule) - set(_PARTS) - set(_FILTERS)):
        raise ResourceError(
            f"lakestack does not implement {', '.join(unknown)} of a lifecycle rule; it implements {', '.join(sorted([*_PARTS, *_FILTERS]))}."
        )
    result: Properties = {"Filter": _filter(rule)}
    for name, convert in _PARTS.items():
        if name in rule:
            for key, value in convert(rule[name]).items():
                result[key] = (
                    {**result.get(key, {}), **value} if isinstance(value, dict) else result.get(key, []) + value if isinstance(value, list) else value
                )
    return result


def _filter(rule: Properties) -> Properties:
    conditions: Properties = chosen(rule, "ObjectSizeGreaterThan", "ObjectSizeLessThan", "Prefix")
    tags = rule.get("TagFilters") or []
    if not tags and len(conditions) == 1:
        return conditions
    if len(tags) == 1 and not conditions:
        return {"Tag": tags[0]}
    return {"And": {**conditions, **({"Tags": tags} if tags else {})}} if conditions or tags else {"Prefix": ""}


def _transition(value: Any) -> Properties:
    names = {"TransitionInDays": "Days", "TransitionDate": "Date"}
    return {names.get(key, key): entry for key, entry in value.items()}


def _noncurrent_transition(value: Any) -> Properties:
    names = {"TransitionInDays": "NoncurrentDays"}
    return {names.get(key, key): entry for key, entry in value.items()}


_PARTS: dict[str, Callable[[Any], Properties]] = {
    "Id": lambda value: {"ID": value},
    "Status": lambda value: {"Status": value},
    "ExpirationInDays": lambda value: {"Expiration": {"Days": value}},
    "ExpirationDate": lambda value: {"Expiration": {"Date": value}},
    "ExpiredObjectDeleteMarker": lambda value: {"Expiration": {"ExpiredObjectDeleteMarker": value}},
    "NoncurrentVersionExpiration": lambda value: {"NoncurrentVersionExpiration": value},
    "NoncurrentVersionExpirationInDays": lambda value: {"NoncurrentVersionExpiration": {"NoncurrentDays": value}},
    "AbortIncompleteMultipartUpload": lambda value: {"AbortIncompleteMultipartUpload": value},
    "Transition": lambda value: {"Transitions": [_transition(value)]},
    "Transitions": lambda value: {"Transitions": [_transition(entry) for entry in value]},
    "NoncurrentVersionTransition": lambda value: {"NoncurrentVersionTransitions": [_noncurrent_transition(value)]},
    "NoncurrentVersionTransitions": lambda value: {"NoncurrentVersionTransitions": [_noncurrent_transition(entry) for entry in value]},
}
