"""Hive's calls about tables and views."""

import dataclasses

from hive_metastore import ttypes

from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.name_pattern import name_pattern
from lakestack_aws.glue.catalog.records import PartitionInput, Table, TableInput
from lakestack_aws.glue.errors import EntityNotFoundException
from lakestack_aws.glue.metastore.files import Files
from lakestack_aws.glue.metastore.thrift_records import table_input, thrift_columns, thrift_table


class TableCalls:
    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._catalog = catalog
        self._files = files

    def get_table(self, dbname: str, tbl_name: str) -> ttypes.Table:
        return thrift_table(self._catalog.tables.get(dbname, tbl_name))

    def get_table_req(self, req: ttypes.GetTableRequest) -> ttypes.GetTableResult:
        return ttypes.GetTableResult(table=self.get_table(req.dbName, req.tblName))

    def get_table_objects_by_name(self, dbname: str, tbl_names: list[str]) -> list[ttypes.Table]:
        """Return those of the tables that exist."""
        found = []
        for name in tbl_names:
            try:
                found.append(self.get_table(dbname, name))
            except EntityNotFoundException:
                continue
        return found

    def get_table_objects_by_name_req(self, req: ttypes.GetTablesRequest) -> ttypes.GetTablesResult:
        return ttypes.GetTablesResult(tables=self.get_table_objects_by_name(req.dbName, req.tblNames or []))

    def get_all_tables(self, db_name: str) -> list[str]:
        return [table.name for table in self._tables(db_name)]

    def get_tables(self, db_name: str, pattern: str) -> list[str]:
        return [table.name for table in self._tables(db_name, pattern)]

    def get_tables_by_type(self, db_name: str, pattern: str, tableType: str) -> list[str]:
        return [table.name for table in self._tables(db_name, pattern) if not tableType or thrift_table(table).tableType == tableType]

    def get_table_meta(self, db_patterns: str, tbl_patterns: str, tbl_types: list[str]) -> list[ttypes.TableMeta]:
        matches = name_pattern(db_patterns or "*").fullmatch
        databases = [database.name for database in self._catalog.databases.all() if matches(database.name)]
        tables = [thrift_table(table) for database in databases for table in self._tables(database, tbl_patterns)]
        return [
            ttypes.TableMeta(dbName=table.dbName, tableName=table.tableName, tableType=table.tableType, comments=table.parameters.get("comment"))
            for table in tables
            if not tbl_types or table.tableType in tbl_types
        ]

    def get_fields(self, db_name: str, table_name: str) -> list[ttypes.FieldSchema]:
        return self.get_table(db_name, table_name).sd.cols

    def get_fields_with_environment_context(self, db_name: str, table_name: str, _context: ttypes.EnvironmentContext) -> list[ttypes.FieldSchema]:
        return self.get_fields(db_name, table_name)

    def get_schema(self, db_name: str, table_name: str) -> list[ttypes.FieldSchema]:
        table = self._catalog.tables.get(db_name, table_name)
        return self.get_fields(db_name, table_name) + thrift_columns(table.partition_keys)

    def get_schema_with_environment_context(self, db_name: str, table_name: str, _context: ttypes.EnvironmentContext) -> list[ttypes.FieldSchema]:
        return self.get_schema(db_name, table_name)

    def create_table(self, tbl: ttypes.Table) -> None:
        self._catalog.tables.create(tbl.dbName, table_input(tbl, self._default_location(tbl)))

    def create_table_with_environment_context(self, tbl: ttypes.Table, _context: ttypes.EnvironmentContext) -> None:
        self.create_table(tbl)

    def create_table_with_constraints(self, tbl: ttypes.Table, *constraints: list[object] | None) -> None:
        if any(constraints):
            raise ttypes.MetaException(
                message=f"Table {tbl.dbName}.{tbl.tableName} has constraints; the Data Catalog has no place for them. Leave them out."
            )
        self.create_table(tbl)

    def create_table_req(self, request: ttypes.CreateTableRequest) -> None:
        self.create_table(request.table)

    def alter_table(self, dbname: str, tbl_name: str, new_tbl: ttypes.Table) -> None:
        self._alter_table(dbname, tbl_name, new_tbl, cascade=False)

    def alter_table_with_cascade(self, dbname: str, tbl_name: str, new_tbl: ttypes.Table, cascade: bool) -> None:
        self._alter_table(dbname, tbl_name, new_tbl, cascade=cascade)

    def alter_table_with_environment_context(
        self, dbname: str, tbl_name: str, new_tbl: ttypes.Table, context: ttypes.EnvironmentContext | None
    ) -> None:
        properties = (context.properties if context else None) or {}
        self._alter_table(dbname, tbl_name, new_tbl, cascade=properties.get("CASCADE") == "true")

    def drop_table(self, dbname: str, name: str, deleteData: bool) -> None:
        """Drop a table; the files go with a managed table if `deleteData`, an external one's stay."""
        table = self._catalog.tables.delete(dbname, name)
        if deleteData and is_managed(table) and table.storage_descriptor and table.storage_descriptor.location:
            self._files.delete_tree(table.storage_descriptor.location)

    def drop_table_with_environment_context(self, dbname: str, name: str, deleteData: bool, _context: ttypes.EnvironmentContext) -> None:
        self.drop_table(dbname, name, deleteData)

    def get_primary_keys(self, request: object) -> ttypes.PrimaryKeysResponse:  # noqa: ARG002
        return ttypes.PrimaryKeysResponse(primaryKeys=[])

    def get_foreign_keys(self, request: object) -> ttypes.ForeignKeysResponse:  # noqa: ARG002
        return ttypes.ForeignKeysResponse(foreignKeys=[])

    def get_unique_constraints(self, request: object) -> ttypes.UniqueConstraintsResponse:  # noqa: ARG002
        return ttypes.UniqueConstraintsResponse(uniqueConstraints=[])

    def get_not_null_constraints(self, request: object) -> ttypes.NotNullConstraintsResponse:  # noqa: ARG002
        return ttypes.NotNullConstraintsResponse(notNullConstraints=[])

    def _tables(self, database: str, pattern: str = "*") -> list[Table]:
        matches = name_pattern(pattern or "*").fullmatch
        return [table for table in self._catalog.tables.all_in(database) if matches(table.name)]

    def _alter_table(self, database: str, name: str, new_table: ttypes.Table, *, cascade: bool) -> None:
        if (new_table.dbName.lower(), new_table.tableName.lower()) != (database.lower(), name.lower()):
            # As AWS's Glue client for Hive says it.
            raise ttypes.InvalidOperationException(message="Table rename is not supported")
        current = self._catalog.tables.find(database, name)
        location = current.storage_descriptor.location if current.storage_descriptor else None
        given = table_input(new_table, location)
        self._catalog.tables.update(database, given)
        if cascade:
            self._cascade_columns(database, given)

    def _cascade_columns(self, database: str, table: TableInput) -> None:
        """Give every partition the table's columns."""
        if table.storage_descriptor is None:
            return
        for partition in self._catalog.partitions.select(database, table.name):
            if partition.storage_descriptor:
                descriptor = dataclasses.replace(partition.storage_descriptor, columns=table.storage_descriptor.columns)
                members = {field.name: getattr(partition, field.name) for field in dataclasses.fields(PartitionInput)}
                changed = PartitionInput(**members | {"storage_descriptor": descriptor})
                self._catalog.partitions.update(database, table.name, partition.values, changed)

    def _default_location(self, table: ttypes.Table) -> str | None:
        if table.tableType == "VIRTUAL_VIEW" or (table.sd and table.sd.location):
            return None
        database = self._catalog.databases.get(table.dbName)
        if not database.location_uri:
            raise ttypes.MetaException(
                message=f"Table {table.dbName}.{table.tableName} has no location, and neither has its database. Give one of them a location."
            )
        return f"{database.location_uri.rstrip('/')}/{table.tableName.lower()}"


def is_managed(table: Table) -> bool:
    return table.table_type == "MANAGED_TABLE" and (table.parameters or {}).get("EXTERNAL", "").upper() != "TRUE"
