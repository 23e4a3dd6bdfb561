"""SearchTables: a text anywhere in a table's metadata, and properties that must be equal.

Source: https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html (as at 2026-11-23)
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lakestack_aws.glue.errors import InvalidInputException

type Payload = Mapping[str, Any]

_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "LESS_THAN": operator.lt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN_EQUALS": operator.le,
}


def search(tables: Iterable[Payload], text: str | None, filters: Sequence[Payload], sort: Sequence[Payload]) -> list[Payload]:
    """Return the tables, in AWS's form, that hold `text` and pass every filter.

    Args:
        tables: Table, each with Name and DatabaseName.
        text: Part of a name, description, column or parameter, in any case; in quotes, the whole of one.
        filters: PropertyPredicates; a key that no table has as a member is looked up in its Parameters.
        sort: At most one SortCriterion.
    """
    found = [table for table in tables if _holds_text(table, text) and all(_passes(table, predicate) for predicate in filters)]
    for criterion in sort:
        member = _member(criterion["FieldName"])
        found.sort(key=lambda table: str(table.get(member, "")), reverse=criterion.get("Sort") == "DESC")
    return found


def _holds_text(table: Payload, text: str | None) -> bool:
    if not text:
        return True
    words = [word.lower() for word in _words(table)]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].lower() in words
    return any(text.lower() in word for word in words)


def _words(table: Payload) -> Iterable[str]:
    yield from (table["Name"], table["DatabaseName"], table.get("Description", ""), table.get("Owner", ""))
    for key, value in table.get("Parameters", {}).items():
        yield from (key, value)
    for column in [*table.get("StorageDescriptor", {}).get("Columns", ()), *table.get("PartitionKeys", ())]:
        yield from (column["Name"], column.get("Comment", ""))


def _passes(table: Payload, predicate: Payload) -> bool:
    key, wanted = predicate.get("Key", ""), predicate.get("Value", "")
    compare = _COMPARATORS[predicate.get("Comparator", "EQUALS")]
    found = table.get(_member(key), table.get("Parameters", {}).get(key))
    if isinstance(found, datetime):
        return compare(found, _moment(wanted))
    return found is not None and compare(str(found).lower(), wanted.lower())


def _member(key: str) -> str:
    return key[:1].upper() + key[1:]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputException(f"'{text}' is not a time such as 2026-11-23T10:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
