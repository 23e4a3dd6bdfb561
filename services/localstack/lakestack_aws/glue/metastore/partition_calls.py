"""Hive's calls about partitions."""

from collections.abc import Iterable, Sequence

from hive_metastore import ttypes

from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.partition_filter import Grammar
from lakestack_aws.glue.catalog.records import Partition, PartitionInput, PartitionValues
from lakestack_aws.glue.errors import AlreadyExistsException, EntityNotFoundException
from lakestack_aws.glue.metastore.files import Files
from lakestack_aws.glue.metastore.partition_names import partition_name, partition_spec, partition_values
from lakestack_aws.glue.metastore.table_calls import is_managed
from lakestack_aws.glue.metastore.thrift_records import partition_input, thrift_partition

# max_parts: no limit.
ALL = -1


class PartitionCalls:
    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._catalog = catalog
        self._files = files

    def get_partition(self, db_name: str, tbl_name: str, part_vals: list[str]) -> ttypes.Partition:
        return self._thrift(db_name, tbl_name, [self._catalog.partitions.get(db_name, tbl_name, tuple(part_vals))])[0]

    def get_partition_with_auth(self, db_name: str, tbl_name: str, part_vals: list[str], *_user: object) -> ttypes.Partition:
        return self.get_partition(db_name, tbl_name, part_vals)

    def get_partition_by_name(self, db_name: str, tbl_name: str, part_name: str) -> ttypes.Partition:
        return self.get_partition(db_name, tbl_name, list(partition_values(part_name)))

    def get_partitions(self, db_name: str, tbl_name: str, max_parts: int = ALL) -> list[ttypes.Partition]:
        return self._thrift(db_name, tbl_name, self._select(db_name, tbl_name, max_parts=max_parts))

    def get_partitions_with_auth(self, db_name: str, tbl_name: str, max_parts: int, *_user: object) -> list[ttypes.Partition]:
        return self.get_partitions(db_name, tbl_name, max_parts)

    def get_partitions_ps(self, db_name: str, tbl_name: str, part_vals: list[str], max_parts: int) -> list[ttypes.Partition]:
        return self._thrift(db_name, tbl_name, self._select(db_name, tbl_name, part_vals=part_vals, max_parts=max_parts))

    def get_partitions_ps_with_auth(
        self, db_name: str, tbl_name: str, part_vals: list[str], max_parts: int, *_user: object
    ) -> list[ttypes.Partition]:
        return self.get_partitions_ps(db_name, tbl_name, part_vals, max_parts)

    def get_partitions_by_filter(self, db_name: str, tbl_name: str, filter: str, max_parts: int) -> list[ttypes.Partition]:  # noqa: A002
        return self._thrift(db_name, tbl_name, self._select(db_name, tbl_name, expression=filter, max_parts=max_parts))

    def get_num_partitions_by_filter(self, db_name: str, tbl_name: str, filter: str) -> int:  # noqa: A002
        return len(self._select(db_name, tbl_name, expression=filter))

    def get_partitions_by_names(self, db_name: str, tbl_name: str, names: list[str]) -> list[ttypes.Partition]:
        """Return those of the partitions that exist."""
        found = []
        for name in names:
            try:
                found.append(self._catalog.partitions.get(db_name, tbl_name, partition_values(name)))
            except EntityNotFoundException:
                continue
        return self._thrift(db_name, tbl_name, found)

    def get_partition_names(self, db_name: str, tbl_name: str, max_parts: int) -> list[str]:
        return self.get_partition_names_ps(db_name, tbl_name, [], max_parts)

    def get_partition_names_ps(self, db_name: str, tbl_name: str, part_vals: list[str], max_parts: int) -> list[str]:
        keys = self._catalog.tables.find(db_name, tbl_name).partition_keys
        return [partition_name(keys, partition.values) for partition in self._select(db_name, tbl_name, part_vals=part_vals, max_parts=max_parts)]

    def partition_name_to_vals(self, part_name: str) -> list[str]:
        return list(partition_values(part_name))

    def partition_name_to_spec(self, part_name: str) -> dict[str, str]:
        return partition_spec(part_name)

    def add_partition(self, new_part: ttypes.Partition) -> ttypes.Partition:
        return self._add(new_part.dbName, new_part.tableName, [new_part], if_not_exists=False)[0]

    def add_partition_with_environment_context(self, new_part: ttypes.Partition, _context: ttypes.EnvironmentContext) -> ttypes.Partition:
        return self.add_partition(new_part)

    def add_partitions(self, new_parts: list[ttypes.Partition]) -> int:
        return len(self._add(new_parts[0].dbName, new_parts[0].tableName, new_parts, if_not_exists=False)) if new_parts else 0

    def add_partitions_req(self, request: ttypes.AddPartitionsRequest) -> ttypes.AddPartitionsResult:
        added = self._add(request.dbName, request.tblName, request.parts, if_not_exists=request.ifNotExists)
        return ttypes.AddPartitionsResult(partitions=added if request.needResult is not False else None)

    def append_partition(self, db_name: str, tbl_name: str, part_vals: list[str]) -> ttypes.Partition:
        return self.add_partition(ttypes.Partition(values=part_vals, dbName=db_name, tableName=tbl_name))

    def append_partition_by_name(self, db_name: str, tbl_name: str, part_name: str) -> ttypes.Partition:
        return self.append_partition(db_name, tbl_name, list(partition_values(part_name)))

    def alter_partition(self, db_name: str, tbl_name: str, new_part: ttypes.Partition) -> None:
        self.alter_partitions(db_name, tbl_name, [new_part])

    def alter_partition_with_environment_context(
        self, db_name: str, tbl_name: str, new_part: ttypes.Partition, _context: ttypes.EnvironmentContext
    ) -> None:
        self.alter_partition(db_name, tbl_name, new_part)

    def alter_partitions(self, db_name: str, tbl_name: str, new_parts: list[ttypes.Partition]) -> None:
        table = self._catalog.tables.find(db_name, tbl_name)
        for part in new_parts:
            self._catalog.partitions.update(db_name, tbl_name, tuple(part.values), partition_input(part, table))

    def alter_partitions_with_environment_context(
        self, db_name: str, tbl_name: str, new_parts: list[ttypes.Partition], _context: ttypes.EnvironmentContext
    ) -> None:
        self.alter_partitions(db_name, tbl_name, new_parts)

    def rename_partition(self, db_name: str, tbl_name: str, part_vals: list[str], new_part: ttypes.Partition) -> None:
        """Give a partition other values; its files stay where they are, as with AWS's Glue client for Hive."""
        table = self._catalog.tables.find(db_name, tbl_name)
        self._catalog.partitions.update(db_name, tbl_name, tuple(part_vals), partition_input(new_part, table))

    def drop_partition(self, db_name: str, tbl_name: str, part_vals: list[str], deleteData: bool) -> bool:
        """Drop a partition; its files go with a managed table's if `deleteData`."""
        table = self._catalog.tables.find(db_name, tbl_name)
        partition = self._catalog.partitions.delete(db_name, tbl_name, tuple(part_vals))
        if deleteData and is_managed(table):
            self._files.delete_tree(thrift_partition(partition, table).sd.location)
        return True

    def drop_partition_with_environment_context(
        self,
        db_name: str,
        tbl_name: str,
        part_vals: list[str],
        deleteData: bool,
        _context: ttypes.EnvironmentContext,
    ) -> bool:
        return self.drop_partition(db_name, tbl_name, part_vals, deleteData)

    def drop_partition_by_name(self, db_name: str, tbl_name: str, part_name: str, deleteData: bool) -> bool:
        return self.drop_partition(db_name, tbl_name, list(partition_values(part_name)), deleteData)

    def drop_partitions_req(self, req: ttypes.DropPartitionsRequest) -> ttypes.DropPartitionsResult:
        """Drop partitions by their names; by an expression serialised in Java, we cannot."""
        if req.parts.names is None:
            raise ttypes.MetaException(
                message="drop_partitions_req by expression is not implemented by lakestack; drop the partitions by their names."
            )
        dropped = self.get_partitions_by_names(req.dbName, req.tblName, req.parts.names)
        if len(dropped) < len(req.parts.names) and not req.ifExists:
            raise ttypes.NoSuchObjectException(message=f"Some of the partitions do not exist: {', '.join(req.parts.names)}")
        for partition in dropped:
            self.drop_partition(req.dbName, req.tblName, partition.values, bool(req.deleteData))
        return ttypes.DropPartitionsResult(partitions=dropped if req.needResult is not False else None)

    def _select(
        self, database: str, table: str, *, expression: str | None = None, part_vals: Sequence[str] = (), max_parts: int = ALL
    ) -> list[Partition]:
        found = self._catalog.partitions.select(database, table, expression, grammar=Grammar.HIVE)
        fitting = [partition for partition in found if _fits(partition.values, part_vals)]
        return fitting if max_parts < 0 else fitting[:max_parts]

    def _thrift(self, database: str, table_name: str, partitions: Iterable[Partition]) -> list[ttypes.Partition]:
        table = self._catalog.tables.find(database, table_name)
        return [thrift_partition(partition, table) for partition in partitions]

    def _add(self, database: str, table_name: str, parts: Iterable[ttypes.Partition], *, if_not_exists: bool) -> list[ttypes.Partition]:
        """Add all partitions, or none if one exists and `if_not_exists` does not excuse it."""
        table = self._catalog.tables.find(database, table_name)
        given = [partition_input(part, table) for part in parts]
        new = [part for part in given if not self._exists(database, table_name, part)]
        if len(new) < len(given) and not if_not_exists:
            raise AlreadyExistsException.of("Partition")
        return self._thrift(database, table_name, [self._catalog.partitions.create(database, table_name, part) for part in new])

    def _exists(self, database: str, table_name: str, part: PartitionInput) -> bool:
        try:
            self._catalog.partitions.get(database, table_name, part.values)
        except EntityNotFoundException:
            return False
        return True


def _fits(values: PartitionValues, wanted: Sequence[str]) -> bool:
    """Return whether `values` begins with `wanted`, where an empty one stands for any."""
    return all(part in ("", value) for value, part in zip(values, wanted, strict=False))
