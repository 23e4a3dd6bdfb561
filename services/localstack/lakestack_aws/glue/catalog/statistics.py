"""The statistics of columns, of a table as a whole or of one of its partitions."""

from collections.abc import Iterable

from lakestack_aws.glue.catalog.partitions import Partitions
from lakestack_aws.glue.catalog.records import ColumnStatistics, PartitionValues
from lakestack_aws.glue.catalog.store import Store
from lakestack_aws.glue.catalog.tables import Tables


class Statistics:
    """Column statistics; `values` are those of a partition, or None for the table's own."""

    def __init__(self, store: Store, tables: Tables, partitions: Partitions) -> None:
        self._store = store
        self._tables = tables
        self._partitions = partitions

    def get(self, database: str, table: str, values: PartitionValues | None) -> dict[str, ColumnStatistics]:
        """Return what is known, by column; EntityNotFoundException without such a table or partition."""
        with self._store.transaction():
            return self._store.statistics(*self._place(database, table, values), values)

    def put(self, database: str, table: str, values: PartitionValues | None, statistics: Iterable[ColumnStatistics]) -> None:
        """Replace the statistics of the columns named; EntityNotFoundException without such a table or partition."""
        with self._store.transaction():
            place = self._place(database, table, values)
            for column in statistics:
                self._store.put_statistics(*place, values, column)

    def delete(self, database: str, table: str, values: PartitionValues | None, column: str) -> None:
        """Forget a column's statistics, if there are any.

        None is no error: Trino 476 deletes those of every column that it has no statistics of, and would take an
        EntityNotFoundException for a table that is gone.
        """
        with self._store.transaction():
            place = self._place(database, table, values)
            if column in self._store.statistics(*place, values):
                self._store.remove_statistics(*place, values, column)

    def _place(self, database: str, table_name: str, values: PartitionValues | None) -> tuple[str, str]:
        if values is not None:
            self._partitions.get(database, table_name, values)
        table = self._tables.find(database, table_name)
        return table.database_name, table.name
