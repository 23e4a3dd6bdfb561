"""A partition's name as Hive writes it in paths: ``year=2024/day=01%3A00``.

Source: https://github.com/apache/hive/blob/rel/release-2.3.10/common/src/java/org/apache/hadoop/hive/common/FileUtils.java (as at 2026-11-23)
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from lakestack_aws.glue.catalog.records import Column, PartitionValues

_UNSAFE = re.compile(r"[\x01-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


def partition_name(keys: Sequence[Column], values: Iterable[str]) -> str:
    return "/".join(f"{_escape(key.name.lower())}={_escape(value)}" for key, value in zip(keys, values, strict=False))


def partition_values(name: str) -> PartitionValues:
    """Return the values in a partition's name, in the name's order."""
    return tuple(unquote(part.partition("=")[2]) for part in name.split("/") if part)


def partition_spec(name: str) -> dict[str, str]:
    """Return key and value of each part of a partition's name."""
    return {unquote(key): unquote(value) for key, _, value in (part.partition("=") for part in name.split("/") if part)}


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)
