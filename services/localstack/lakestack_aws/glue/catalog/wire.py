"""Translate between AWS's PascalCase dictionaries and the catalog's records, by the names and types of their fields."""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

type Payload = dict[str, Any]
type Convert = Callable[[Any], Any]


def decode[T](record_type: type[T], payload: Mapping[str, Any]) -> T:
    """Return the record that `payload` describes; members that the record does not have are dropped, null counts as absent."""
    values = {
        field: convert(payload[member]) if convert else payload[member]
        for field, member, convert in _decoders(record_type)
        if payload.get(member) is not None
    }
    return record_type(**values)


def encode(record: Any) -> Payload:
    """Return `record` as AWS writes it: what is None is left out."""
    payload: Payload = {}
    for field, member in _members(type(record)):
        value = getattr(record, field)
        if value is not None:
            payload[member] = _encode_value(value)
    return payload


def _encode_value(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return encode(value)
    if isinstance(value, tuple):
        return [_encode_value(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value


@functools.cache
def _members(record_type: type) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, _pascal(field.name)) for field in dataclasses.fields(record_type))


@functools.cache
def _decoders(record_type: type) -> tuple[tuple[str, str, Convert | None], ...]:
    hints = typing.get_type_hints(record_type)
    return tuple((field, member, _converter(hints[field])) for field, member in _members(record_type))


def _converter(hint: Any) -> Convert | None:
    """Return what turns a JSON value into a field of type `hint`; None where nothing is to be done."""
    hint = _without_none(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return functools.partial(decode, hint)
    if typing.get_origin(hint) is tuple:
        convert = _converter(typing.get_args(hint)[0])
        return (lambda items: tuple(map(convert, items))) if convert else tuple
    return None


def _without_none(hint: Any) -> Any:
    if isinstance(hint, typing.TypeAliasType):
        return _without_none(hint.__value__)
    if isinstance(hint, types.UnionType):
        (hint,) = (option for option in typing.get_args(hint) if option is not types.NoneType)
        return _without_none(hint)
    return hint


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
