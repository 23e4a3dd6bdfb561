"""Check a request against the service model, as AWS does before it looks at anything else.

The shape is botocore's: required members, lengths, ranges and value sets. A client such as boto3 checks only part of it.
Source of the wording: dbt-labs/dbt-athena#327 and apache/hudi#9805, as at 2026-11-23.
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from lakestack_aws.glue.errors import ValidationException


def validate(shape: Shape, request: Any) -> None:
    """Raise ValidationException that lists every member of `request` which breaks `shape`."""
    if problems := list(_problems(shape, request, "")):
        noun = "error" if len(problems) == 1 else "errors"
        raise ValidationException(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape:
        case StructureShape():
            yield from _structure_problems(shape, value, path)
        case ListShape():
            yield from _length_problems(shape, value, path)
            for position, item in enumerate(value, start=1):
                yield from _problems(shape.member, item, f"{path}.{position}.member")
        case MapShape():
            yield from _length_problems(shape, value, path)
            for key, item in value.items():
                yield from _problems(shape.value, item, f"{path}.{key}.member")
        case StringShape():
            yield from _length_problems(shape, value, path)
            if shape.enum and value not in shape.enum:
                yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        case _ if shape.type_name in {"integer", "long", "double", "float"}:
            yield from _range_problems(shape, value, path)


def _structure_problems(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        member_path = f"{path}.{_camel(name)}" if path else _camel(name)
        if value.get(name) is not None:
            yield from _problems(member, value[name], member_path)
        elif name in shape.required_members:
            yield f"Value null at '{member_path}' failed to satisfy constraint: Member must not be null"


def _length_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and len(value) < minimum:
        yield _problem(value, path, f"Member must have length greater than or equal to {minimum}")
    if maximum is not None and len(value) > maximum:
        yield _problem(value, path, f"Member must have length less than or equal to {maximum}")


def _range_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and value < minimum:
        yield _problem(value, path, f"Member must have value greater than or equal to {minimum}")
    if maximum is not None and value > maximum:
        yield _problem(value, path, f"Member must have value less than or equal to {maximum}")


def _problem(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]
