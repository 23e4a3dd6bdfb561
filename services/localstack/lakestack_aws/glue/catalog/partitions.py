"""The rules of partitions: one value a key, unique by their values, found by an expression or in segments."""

import dataclasses
import zlib
from datetime import UTC, datetime

from lakestack_aws.glue.catalog.partition_filter import Grammar, partition_filter
from lakestack_aws.glue.catalog.partition_rules import check_index, check_values
from lakestack_aws.glue.catalog.records import Partition, PartitionIndex, PartitionInput, PartitionValues, Table
from lakestack_aws.glue.catalog.store import Store
from lakestack_aws.glue.catalog.tables import Tables
from lakestack_aws.glue.errors import AlreadyExistsException, EntityNotFoundException, InvalidInputException


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """One of `total` disjoint parts of a table's partitions, for readers that work side by side."""

    number: int
    total: int

    def __post_init__(self) -> None:
        if self.number >= self.total:
            raise InvalidInputException(f"Segment number {self.number} is out of range: it must be less than the total of {self.total} segments.")

    def holds(self, values: PartitionValues) -> bool:
        return zlib.crc32("\0".join(values).encode()) % self.total == self.number


class Partitions:
    def __init__(self, store: Store, tables: Tables, account_id: str) -> None:
        self._store = store
        self._tables = tables
        self._account_id = account_id

    def create(self, database: str, table_name: str, given: PartitionInput) -> Partition:
        """Create a partition.

        Raises:
            EntityNotFoundException: There is no such table.
            InvalidInputException: There is not one value for each partition key.
            AlreadyExistsException: There is a partition of these values.
        """
        with self._store.transaction():
            table = self._tables.find(database, table_name)
            check_values(given.values, table.partition_keys)
            if self._store.partition(table.database_name, table.name, given.values):
                raise AlreadyExistsException.of("Partition")
            partition = self._partition(given, table, created_at=datetime.now(UTC))
            self._store.put_partition(partition)
        return partition

    def get(self, database: str, table_name: str, values: PartitionValues) -> Partition:
        """Return the partition of these values, or raise EntityNotFoundException."""
        with self._store.transaction():
            table = self._tables.find(database, table_name)
            if partition := self._store.partition(table.database_name, table.name, values):
                return partition
        raise EntityNotFoundException.partition()

    def select(
        self, database: str, table_name: str, expression: str | None = None, segment: Segment | None = None, grammar: Grammar = Grammar.GLUE
    ) -> list[Partition]:
        """Return the partitions that fulfil `expression` and lie in `segment`, by their values.

        Raises:
            EntityNotFoundException: There is no such table.
            InvalidInputException: The expression cannot be read.
        """
        with self._store.transaction():
            table = self._tables.find(database, table_name)
            partitions = self._store.partitions(table.database_name, table.name)
        passes = partition_filter(expression, table.partition_keys, grammar)
        return [partition for partition in partitions if passes(partition.values) and (segment is None or segment.holds(partition.values))]

    def update(self, database: str, table_name: str, values: PartitionValues, given: PartitionInput) -> None:
        """Replace the partition of `values`, under the values that `given` has, if it has any.

        Raises:
            EntityNotFoundException: There is no such table or partition.
            InvalidInputException: There is not one new value for each partition key.
            AlreadyExistsException: There is another partition of the new values.
        """
        with self._store.transaction():
            table = self._tables.find(database, table_name)
            current = self.get(database, table_name, values)
            replacement = self._partition(dataclasses.replace(given, values=given.values or values), table, created_at=current.creation_time)
            if replacement.values != values:
                check_values(replacement.values, table.partition_keys)
                if self._store.partition(table.database_name, table.name, replacement.values):
                    raise AlreadyExistsException.of("Partition")
                self._store.remove_partition(table.database_name, table.name, values)
            self._store.put_partition(replacement)

    def delete(self, database: str, table_name: str, values: PartitionValues) -> Partition:
        """Remove the partition from the catalog and return what it was; its files stay where they are."""
        with self._store.transaction():
            partition = self.get(database, table_name, values)
            self._store.remove_partition(partition.database_name, partition.table_name, values)
        return partition

    def indexes(self, database: str, table_name: str) -> tuple[Table, list[PartitionIndex]]:
        """Return the table and its partition indexes."""
        with self._store.transaction():
            table = self._tables.find(database, table_name)
            return table, self._store.partition_indexes(table.database_name, table.name)

    def create_index(self, database: str, table_name: str, index: PartitionIndex) -> None:
        """Remember an index; it speeds nothing up here, the partitions are in memory."""
        with self._store.transaction():
            table, indexes = self.indexes(database, table_name)
            check_index(index, table.partition_keys)
            if index.index_name in {known.index_name for known in indexes}:
                raise AlreadyExistsException.of("PartitionIndex")
            self._store.put_partition_index(table.database_name, table.name, index)

    def delete_index(self, database: str, table_name: str, index_name: str) -> None:
        with self._store.transaction():
            table, indexes = self.indexes(database, table_name)
            if index_name not in {known.index_name for known in indexes}:
                raise EntityNotFoundException(f"Index with the given indexName : {index_name} does not exist")
            self._store.remove_partition_index(table.database_name, table.name, index_name)

    def _partition(self, given: PartitionInput, table: Table, created_at: datetime) -> Partition:
        members = {field.name: getattr(given, field.name) for field in dataclasses.fields(PartitionInput)}
        return Partition(**members, database_name=table.database_name, table_name=table.name, creation_time=created_at, catalog_id=self._account_id)
