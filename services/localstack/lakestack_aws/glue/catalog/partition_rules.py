"""What must hold between a table's partition keys and whatever refers to them."""

from collections.abc import Sequence

from lakestack_aws.glue.catalog.records import Column, PartitionIndex, PartitionValues
from lakestack_aws.glue.errors import InvalidInputException


def check_values(values: PartitionValues, keys: Sequence[Column]) -> None:
    """Raise InvalidInputException unless there is one value for each key."""
    if len(values) != len(keys):
        raise InvalidInputException("The number of partition keys do not match the number of partition values")


def check_index(index: PartitionIndex, keys: Sequence[Column]) -> None:
    """Raise InvalidInputException unless every column of the index is a partition key."""
    known = {key.name.lower() for key in keys}
    if unknown := [name for name in index.keys if name.lower() not in known]:
        raise InvalidInputException(
            f"Index {index.index_name} names {', '.join(unknown)}; the partition keys are: {', '.join(sorted(known)) or 'none'}."
        )
