"""How Athena describes a column: the ColumnInfo of a result.

Source: types, precisions and scales as measured on AWS and published (2026-10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNBOUNDED = 2147483647
# Trino has no varchar longer than this; it says `varchar` with the length for one without.
_PRECISIONS = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "varbinary": 1073741824,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "time with time zone": 3,
}
_ATHENA_NAMES = {"real": "float"}


@dataclass(frozen=True)
class TrinoType:
    """A type as Trino's client protocol describes it: `raw` name and arguments, which are types, numbers or (name, type)."""

    raw: str
    arguments: tuple["TrinoType | int | tuple[str | None, TrinoType]", ...] = ()

    @classmethod
    def parse(cls, signature: Mapping[str, Any]) -> "TrinoType":
        """Return the type of a protocol's typeSignature."""
        return cls(signature["rawType"], tuple(_argument(argument) for argument in signature.get("arguments", ())))


def _argument(argument: Mapping[str, Any]) -> "TrinoType | int | tuple[str | None, TrinoType]":
    kind, value = argument["kind"], argument["value"]
    if kind in ("LONG", "LONG_LITERAL"):
        return int(value)
    if kind == "NAMED_TYPE":
        name = (value.get("fieldName") or {}).get("name")
        return name, TrinoType.parse(value["typeSignature"])
    return TrinoType.parse(value)


@dataclass(frozen=True)
class Column:
    """A result's column."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0

    @property
    def is_case_sensitive(self) -> bool:
        return self.type in ("varchar", "char")


def column(name: str, trino_type: TrinoType) -> Column:
    """Return how Athena describes a Trino column."""
    raw = trino_type.raw
    athena_name = _ATHENA_NAMES.get(raw, raw.lower())
    if raw == "decimal":
        precision, scale = trino_type.arguments
        return Column(name, athena_name, int(precision), int(scale))  # type: ignore[arg-type] - a decimal's arguments are numbers
    if raw in ("varchar", "char"):
        length = trino_type.arguments[0] if trino_type.arguments else UNBOUNDED
        return Column(name, athena_name, min(int(length), UNBOUNDED))  # type: ignore[arg-type] - as above
    return Column(name, athena_name, _PRECISIONS.get(raw, 0))


def text_columns(*names: str) -> tuple[Column, ...]:
    """Return the columns of a statement on the catalog."""
    return tuple(Column(name, "string") for name in names)


ROWS = Column("rows", "bigint", 19)
