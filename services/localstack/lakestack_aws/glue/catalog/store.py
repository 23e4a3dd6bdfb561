"""Where the catalog's records lie. `Store` is the seam: a database on disk may take the place of `MemoryStore`.

A store keeps and finds; the rules (what may exist, what an error says) are in databases.py, tables.py, partitions.py and
statistics.py. Names arrive lower-cased. Each method is atomic by itself; several belong together inside `transaction()`.
"""

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from lakestack_aws.glue.catalog.records import ColumnStatistics, Database, Partition, PartitionIndex, PartitionValues, Table


class Store(Protocol):
    """One account's catalog in one region."""

    def transaction(self) -> AbstractContextManager[object]:
        """Return a context in which no other thread reads or writes; it may be entered again by the thread that is in it."""

    def database(self, name: str) -> Database | None: ...
    def databases(self) -> list[Database]:
        """Return all databases by name."""

    def put_database(self, database: Database) -> None: ...
    def remove_database(self, name: str) -> None:
        """Remove the database and everything in it."""

    def table(self, database: str, name: str) -> Table | None: ...
    def tables(self, database: str) -> list[Table]:
        """Return the current version of each table, by name."""

    def put_table(self, table: Table) -> None:
        """Make `table` the current version; the one before it is forgotten unless it was archived."""

    def remove_table(self, database: str, name: str) -> None:
        """Remove the table with its versions, partitions, indexes and statistics."""

    def archive(self, table: Table) -> None: ...
    def archived(self, database: str, table: str) -> list[Table]:
        """Return the archived versions, newest first, without the current one."""

    def remove_archived(self, database: str, table: str, version_id: str) -> None: ...

    def partition(self, database: str, table: str, values: PartitionValues) -> Partition | None: ...
    def partitions(self, database: str, table: str) -> list[Partition]:
        """Return all partitions by their values."""

    def put_partition(self, partition: Partition) -> None: ...
    def remove_partition(self, database: str, table: str, values: PartitionValues) -> None:
        """Remove the partition with its statistics."""

    def partition_indexes(self, database: str, table: str) -> list[PartitionIndex]: ...
    def put_partition_index(self, database: str, table: str, index: PartitionIndex) -> None: ...
    def remove_partition_index(self, database: str, table: str, index_name: str) -> None: ...

    def statistics(self, database: str, table: str, values: PartitionValues | None) -> dict[str, ColumnStatistics]:
        """Return the statistics by column: the table's own if `values` is None, else the partition's."""

    def put_statistics(self, database: str, table: str, values: PartitionValues | None, statistics: ColumnStatistics) -> None: ...
    def remove_statistics(self, database: str, table: str, values: PartitionValues | None, column: str) -> None: ...


@dataclass(slots=True)
class _TableEntry:
    current: Table
    archived: dict[str, Table] = field(default_factory=dict)
    partitions: dict[PartitionValues, Partition] = field(default_factory=dict)
    indexes: dict[str, PartitionIndex] = field(default_factory=dict)
    statistics: dict[PartitionValues | None, dict[str, ColumnStatistics]] = field(default_factory=dict)


class MemoryStore:
    """A Store in this process's memory, gone when the process ends."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._databases: dict[str, Database] = {}
        self._tables: dict[str, dict[str, _TableEntry]] = {}

    def transaction(self) -> AbstractContextManager[object]:
        return self._lock

    def database(self, name: str) -> Database | None:
        return self._databases.get(name)

    def databases(self) -> list[Database]:
        with self._lock:
            return [self._databases[name] for name in sorted(self._databases)]

    def put_database(self, database: Database) -> None:
        with self._lock:
            self._databases[database.name] = database
            self._tables.setdefault(database.name, {})

    def remove_database(self, name: str) -> None:
        with self._lock:
            del self._databases[name]
            del self._tables[name]

    def table(self, database: str, name: str) -> Table | None:
        entry = self._tables.get(database, {}).get(name)
        return entry.current if entry else None

    def tables(self, database: str) -> list[Table]:
        with self._lock:
            entries = self._tables[database]
            return [entries[name].current for name in sorted(entries)]

    def put_table(self, table: Table) -> None:
        with self._lock:
            entries = self._tables[table.database_name]
            if table.name in entries:
                entries[table.name].current = table
            else:
                entries[table.name] = _TableEntry(current=table)

    def remove_table(self, database: str, name: str) -> None:
        with self._lock:
            del self._tables[database][name]

    def archive(self, table: Table) -> None:
        with self._lock:
            self._tables[table.database_name][table.name].archived[table.version_id] = table

    def archived(self, database: str, table: str) -> list[Table]:
        with self._lock:
            return list(reversed(self._tables[database][table].archived.values()))

    def remove_archived(self, database: str, table: str, version_id: str) -> None:
        with self._lock:
            del self._tables[database][table].archived[version_id]

    def partition(self, database: str, table: str, values: PartitionValues) -> Partition | None:
        with self._lock:
            return self._tables[database][table].partitions.get(values)

    def partitions(self, database: str, table: str) -> list[Partition]:
        with self._lock:
            partitions = self._tables[database][table].partitions
            return [partitions[values] for values in sorted(partitions)]

    def put_partition(self, partition: Partition) -> None:
        with self._lock:
            self._tables[partition.database_name][partition.table_name].partitions[partition.values] = partition

    def remove_partition(self, database: str, table: str, values: PartitionValues) -> None:
        with self._lock:
            entry = self._tables[database][table]
            del entry.partitions[values]
            entry.statistics.pop(values, None)

    def partition_indexes(self, database: str, table: str) -> list[PartitionIndex]:
        with self._lock:
            return list(self._tables[database][table].indexes.values())

    def put_partition_index(self, database: str, table: str, index: PartitionIndex) -> None:
        with self._lock:
            self._tables[database][table].indexes[index.index_name] = index

    def remove_partition_index(self, database: str, table: str, index_name: str) -> None:
        with self._lock:
            del self._tables[database][table].indexes[index_name]

    def statistics(self, database: str, table: str, values: PartitionValues | None) -> dict[str, ColumnStatistics]:
        with self._lock:
            return dict(self._tables[database][table].statistics.get(values, {}))

    def put_statistics(self, database: str, table: str, values: PartitionValues | None, statistics: ColumnStatistics) -> None:
        with self._lock:
            by_column = self._tables[database][table].statistics.setdefault(values, {})
            by_column[statistics.column_name] = statistics

    def remove_statistics(self, database: str, table: str, values: PartitionValues | None, column: str) -> None:
        with self._lock:
            del self._tables[database][table].statistics[values][column]
