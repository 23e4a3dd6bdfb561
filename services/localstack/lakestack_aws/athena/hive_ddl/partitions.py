"""ALTER TABLE ADD and DROP PARTITION, SET LOCATION of one, MSCK REPAIR TABLE, SHOW PARTITIONS.

Source: https://docs.aws.amazon.com/athena/latest/ug/alter-table-add-partition.html and .../msck-repair-table.html (as at 2026-11-22).
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from lakestack_aws.athena.catalog import Table, is_delta, is_iceberg, location_of
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.context import Command, Context, execution_error
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_end, read_partition_spec, read_string, read_table_name
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.sql_tokens import Cursor

# What Hive escapes in a partition's folder, and `/`; everything else stays.
_PLAIN = " !$&'()+,;@-._~"


@dataclass(frozen=True)
class NewPartition:
    spec: Mapping[str, str]
    location: str | None


def partition_keys(table: Table) -> list[str]:
    """Return the names of a table's partition columns.

    Raises:
        QueryFailed: It has none, or they are not Glue's to change.
    """
    if is_iceberg(table):
        raise QueryFailed("Query type not supported by Athena Iceberg at this time", error_type=1200)
    if is_delta(table):
        raise QueryFailed.not_supported("The partitions of a Delta table come from its log")
    keys = [key["Name"] for key in table.get("PartitionKeys", ())]
    if not keys:
        raise execution_error(f"Table {table['DatabaseName']}.{table['Name']} is not a partitioned table")
    return keys


def partition_name(keys: Sequence[str], values: Sequence[str]) -> str:
    """Return `a=1/b=2`, escaped as in a folder's name."""
    return "/".join(f"{key}={quote(value, safe=_PLAIN)}" for key, value in zip(keys, values, strict=True))


def partition_input(table: Table, values: Sequence[str], location: str) -> dict[str, Any]:
    """Return a partition for Glue: stored as its table is."""
    storage = copy.deepcopy(table["StorageDescriptor"])
    return {"Values": list(values), "StorageDescriptor": {**storage, "Location": location}, "Parameters": {}}


def _values(keys: Sequence[str], spec: Mapping[str, str]) -> list[str]:
    if set(keys) != set(spec):
        raise QueryFailed.in_hive(f"SemanticException [Error 10098]: The partition is {sorted(spec)}; the table's partition columns are {list(keys)}")
    return [spec[key] for key in keys]


@dataclass(frozen=True)
class AddPartitions(Command):
    name: TableName
    may_exist: bool
    partitions: tuple[NewPartition, ...]

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        keys = partition_keys(table)
        inputs = []
        for partition in self.partitions:
            values = _values(keys, partition.spec)
            location = partition.location or f"{location_of(table).rstrip('/')}/{partition_name(keys, values)}"
            inputs.append(partition_input(table, values, location))
        for error in context.catalog.create_partitions(table["DatabaseName"], table["Name"], inputs):
            detail = error["ErrorDetail"]
            if detail["ErrorCode"] != "AlreadyExistsException" or not self.may_exist:
                raise execution_error(f"{detail['ErrorCode']}(message:{detail['ErrorMessage']})")
        return NOTHING


def add_partitions(cursor: Cursor) -> AddPartitions:
    """Read `ALTER TABLE name ADD [IF NOT EXISTS] PARTITION (…) [LOCATION 's3://…'] PARTITION …`."""
    cursor.expect("ALTER", "TABLE")
    name = read_table_name(cursor)
    cursor.expect("ADD")
    may_exist = cursor.take("IF", "NOT", "EXISTS")
    partitions = []
    while not cursor.is_at_end:
        spec = read_partition_spec(cursor)
        partitions.append(NewPartition(spec, read_string(cursor) if cursor.take("LOCATION") else None))
    return AddPartitions(name, may_exist, tuple(partitions))


@dataclass(frozen=True)
class DropPartitions(Command):
    name: TableName
    may_be_missing: bool
    specs: tuple[Mapping[str, str], ...]

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        keys = partition_keys(table)
        known = [partition["Values"] for partition in context.catalog.partitions(table["DatabaseName"], table["Name"])]
        dropped: list[list[str]] = []
        for spec in self.specs:
            if unknown := sorted(set(spec) - set(keys)):
                raise QueryFailed.in_hive(f"SemanticException [Error 10098]: {', '.join(unknown)} is no partition column; they are {', '.join(keys)}")
            found = [values for values in known if all(values[keys.index(key)] == value for key, value in spec.items())]
            if not found and not self.may_be_missing:
                raise QueryFailed.in_hive(f"SemanticException [Error 10006]: Partition not found {dict(spec)}")
            dropped += [values for values in found if values not in dropped]
        context.catalog.delete_partitions(table["DatabaseName"], table["Name"], dropped)
        return NOTHING


def drop_partitions(cursor: Cursor) -> DropPartitions:
    """Read `ALTER TABLE name DROP [IF EXISTS] PARTITION (…), PARTITION (…)`."""
    cursor.expect("ALTER", "TABLE")
    name = read_table_name(cursor)
    cursor.expect("DROP")
    may_be_missing = cursor.take("IF", "EXISTS")
    specs = [read_partition_spec(cursor)]
    while cursor.take(","):
        specs.append(read_partition_spec(cursor))
    read_end(cursor)
    return DropPartitions(name, may_be_missing, tuple(specs))


@dataclass(frozen=True)
class SetPartitionLocation(Command):
    name: TableName
    spec: Mapping[str, str]
    location: str

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        values = _values(partition_keys(table), self.spec)
        partition = context.catalog.partition(table["DatabaseName"], table["Name"], values)
        if partition is None:
            raise QueryFailed.in_hive(f"SemanticException [Error 10006]: Partition not found {dict(self.spec)}")
        storage = {**partition["StorageDescriptor"], "Location": self.location}
        context.catalog.update_partition(table["DatabaseName"], table["Name"], {**partition, "StorageDescriptor": storage})
        return NOTHING


def set_partition_location(cursor: Cursor) -> SetPartitionLocation:
    """Read `ALTER TABLE name PARTITION (…) SET LOCATION 's3://…'`."""
    cursor.expect("ALTER", "TABLE")
    name = read_table_name(cursor)
    spec = read_partition_spec(cursor)
    cursor.expect("SET", "LOCATION")
    location = read_string(cursor)
    read_end(cursor)
    return SetPartitionLocation(name, spec, location)


@dataclass(frozen=True)
class RepairTable(Command):
    """Adds the partitions whose folders `key=value/…` lie under the table; it removes none."""

    name: TableName

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        keys = partition_keys(table)
        root = location_of(table).rstrip("/") + "/"
        folders = _partition_folders(context.objects.list(root), root, keys)
        known = {tuple(partition["Values"]) for partition in context.catalog.partitions(table["DatabaseName"], table["Name"])}
        missing = {values: folder for values, folder in folders.items() if values not in known}
        inputs = [partition_input(table, values, folder) for values, folder in missing.items()]
        context.catalog.create_partitions(table["DatabaseName"], table["Name"], inputs)
        names = [f"{table['Name']}:{partition_name(keys, values)}" for values in missing]
        if not names:
            return NOTHING
        lines = ["Partitions not in metastore:\t" + "\t".join(names), *(f"Repair: Added partition to metastore {name}" for name in names)]
        return TextResult(rows=tuple((line,) for line in lines))


def _partition_folders(locations: Sequence[str], root: str, keys: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Return the folder of each partition by its values, in the order of the objects."""
    found: dict[tuple[str, ...], str] = {}
    for location in locations:
        parts = location.removeprefix(root).split("/")[:-1][: len(keys)]
        pairs = [part.partition("=") for part in parts]
        if len(pairs) == len(keys) and all(name.lower() == key and mark for (name, mark, _), key in zip(pairs, keys, strict=True)):
            found.setdefault(tuple(unquote(value) for _, _, value in pairs), root + "/".join(parts) + "/")
    return found


def repair_table(cursor: Cursor) -> RepairTable:
    """Read `MSCK REPAIR TABLE name`."""
    cursor.expect("MSCK", "REPAIR", "TABLE")
    name = read_table_name(cursor)
    read_end(cursor)
    return RepairTable(name)


@dataclass(frozen=True)
class ShowPartitions(Command):
    name: TableName

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        keys = partition_keys(table)
        partitions = context.catalog.partitions(table["DatabaseName"], table["Name"])
        return TextResult.lines("partition", sorted(partition_name(keys, partition["Values"]) for partition in partitions))


def show_partitions(cursor: Cursor) -> ShowPartitions:
    """Read `SHOW PARTITIONS name`."""
    cursor.expect("SHOW", "PARTITIONS")
    name = read_table_name(cursor)
    read_end(cursor)
    return ShowPartitions(name)
