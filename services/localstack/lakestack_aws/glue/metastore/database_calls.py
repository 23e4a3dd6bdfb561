"""Hive's calls about databases, functions and the connection itself."""

import contextlib

from hive_metastore import ttypes

from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.name_pattern import name_pattern
from lakestack_aws.glue.catalog.records import DatabaseInput
from lakestack_aws.glue.errors import AlreadyExistsException
from lakestack_aws.glue.metastore.files import Files
from lakestack_aws.glue.metastore.thrift_records import database_input, thrift_database

DEFAULT_DATABASE = "default"


class DatabaseCalls:
    """Needs `drop_table` of TableCalls beside it."""

    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._catalog = catalog
        self._files = files

    def get_all_databases(self) -> list[str]:
        return [database.name for database in self._catalog.databases.all()]

    def get_databases(self, pattern: str) -> list[str]:
        matches = name_pattern(pattern or "*").fullmatch
        return [name for name in self.get_all_databases() if matches(name)]

    def get_database(self, name: str) -> ttypes.Database:
        """Return a database; the one called default is made when it is first asked for, as AWS's Glue client for Hive does.

        Left to Spark, it would lie in the folder of the run that happened to come first. It has no location here, so that a
        table in it must say where it lies.
        """
        if name.lower() == DEFAULT_DATABASE:
            with contextlib.suppress(AlreadyExistsException):
                self._catalog.databases.create(DatabaseInput(name=DEFAULT_DATABASE, description="Default Hive database"))
        return thrift_database(self._catalog.databases.get(name))

    def create_database(self, database: ttypes.Database) -> None:
        self._catalog.databases.create(database_input(database))

    def alter_database(self, dbname: str, db: ttypes.Database) -> None:
        self._catalog.databases.update(dbname, database_input(db))

    def drop_database(self, name: str, deleteData: bool, cascade: bool) -> None:
        """Drop a database, with its tables if `cascade`; the files of managed tables go, whatever else lies at its location stays."""
        tables = self._catalog.tables.all_in(name)
        if tables and not cascade:
            raise ttypes.InvalidOperationException(message=f"Database {name} is not empty. One or more tables exist.")
        for table in tables:
            self.drop_table(name, table.name, deleteData)
        self._catalog.databases.delete(name)

    def drop_table(self, dbname: str, name: str, deleteData: bool) -> None:
        raise NotImplementedError

    def get_functions(self, dbName: str, pattern: str) -> list[str]:  # noqa: ARG002
        return []

    def get_all_functions(self) -> ttypes.GetAllFunctionsResponse:
        return ttypes.GetAllFunctionsResponse(functions=[])

    def get_function(self, dbName: str, funcName: str) -> ttypes.Function:
        raise ttypes.NoSuchObjectException(message=f"Function {dbName}.{funcName} does not exist")

    def get_config_value(self, name: str, defaultValue: str) -> str:  # noqa: ARG002
        return defaultValue

    def getMetaConf(self, key: str) -> str:  # noqa: ARG002
        return ""

    def setMetaConf(self, key: str, value: str) -> None:
        """Take note of nothing: no setting of Hive's has a meaning here."""

    def set_ugi(self, user_name: str, group_names: list[str]) -> list[str]:  # noqa: ARG002
        return group_names

    def get_role_names(self) -> list[str]:
        return []

    def get_privilege_set(self, *_args: object) -> ttypes.PrincipalPrivilegeSet:
        return ttypes.PrincipalPrivilegeSet(userPrivileges={}, groupPrivileges={}, rolePrivileges={})

    def list_privileges(self, *_args: object) -> list[ttypes.HiveObjectPrivilege]:
        return []

    def getName(self) -> str:
        return "lakestack"

    def getVersion(self) -> str:
        return "2.3.10"

    def flushCache(self) -> None:
        """There is no cache."""

    def shutdown(self) -> None:
        """A client says good-bye; the server stays."""
