"""The rules of tables: lower-cased names, versions that only ever count upwards, and a check against lost updates.

Source: https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html (as at 2026-11-23); version ids start at "0".
"""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from lakestack_aws.glue.catalog import partition_rules
from lakestack_aws.glue.catalog.databases import Databases
from lakestack_aws.glue.catalog.records import PartitionIndex, Table, TableInput
from lakestack_aws.glue.catalog.store import Store
from lakestack_aws.glue.errors import AlreadyExistsException, ConcurrentModificationException, EntityNotFoundException, InvalidInputException

type Heal = Callable[[TableInput], TableInput]


class Tables:
    """The tables of one catalog.

    Args:
        heal: Returns its argument, or the same with the schema that the table's own files state (healing.py). It may do I/O
            and is therefore never called inside a transaction.
    """

    def __init__(self, store: Store, databases: Databases, account_id: str, heal: Heal) -> None:
        self._store = store
        self._databases = databases
        self._account_id = account_id
        self._heal = heal

    def create(self, database_name: str, given: TableInput, indexes: Iterable[PartitionIndex] = ()) -> Table:
        """Create a table at version "0".

        Raises:
            EntityNotFoundException: There is no such database.
            AlreadyExistsException: The name is taken.
            InvalidInputException: An index names a column that is no partition key.
        """
        database = self._databases.get(database_name)
        indexes = list(indexes)
        for index in indexes:
            partition_rules.check_index(index, given.partition_keys)
        if self._store.table(database.name, given.name.lower()):
            raise AlreadyExistsException.of("Table")
        now = datetime.now(UTC)
        table = self._table(self._heal(given), database.name, created_at=now, updated_at=now, version_id="0")
        with self._store.transaction():
            self._databases.get(database_name)
            if self._store.table(table.database_name, table.name):
                raise AlreadyExistsException.of("Table")
            self._store.put_table(table)
            for index in indexes:
                self._store.put_partition_index(table.database_name, table.name, index)
        return table

    def get(self, database_name: str, name: str) -> Table:
        """Return the current version; a placeholder of a Delta table is filled in once its log exists.

        Raises:
            EntityNotFoundException: There is no such database, or no such table in it.
        """
        return self._healed(self.find(database_name, name))

    def find(self, database_name: str, name: str) -> Table:
        """Return the current version as it is stored; for callers that hold a transaction."""
        database = self._databases.get(database_name)
        if table := self._store.table(database.name, name.lower()):
            return table
        raise EntityNotFoundException.table(name)

    def all_in(self, database_name: str) -> list[Table]:
        with self._store.transaction():
            tables = self._store.tables(self._databases.get(database_name).name)
        return [self._healed(table) for table in tables]

    def update(self, database_name: str, given: TableInput, *, version_id: str | None = None, skip_archive: bool = False) -> Table:
        """Replace the current version by the next one.

        Args:
            database_name: Where the table is.
            given: All that is to be known of it afterwards; what is not in it is gone.
            version_id: The version that the caller has read; None takes whatever is current.
            skip_archive: Forget the replaced version instead of archiving it.

        Raises:
            EntityNotFoundException: There is no such table.
            ConcurrentModificationException: The current version is another one than `version_id`.
        """
        self.find(database_name, given.name)
        healed = self._heal(given)
        with self._store.transaction():
            current = self.find(database_name, given.name)
            if version_id is not None and version_id != current.version_id:
                raise ConcurrentModificationException.update_table()
            if not skip_archive:
                self._store.archive(current)
            table = self._table(
                healed,
                current.database_name,
                created_at=current.create_time,
                updated_at=datetime.now(UTC),
                version_id=str(int(current.version_id) + 1),
            )
            self._store.put_table(table)
        return table

    def delete(self, database_name: str, name: str) -> Table:
        """Remove the table from the catalog and return what it was; files stay where they are."""
        with self._store.transaction():
            table = self.find(database_name, name)
            self._store.remove_table(table.database_name, table.name)
        return table

    def versions(self, database_name: str, name: str) -> list[Table]:
        """Return the current version and the archived ones, newest first."""
        with self._store.transaction():
            current = self.find(database_name, name)
            return [current, *self._store.archived(current.database_name, current.name)]

    def version(self, database_name: str, name: str, version_id: str | None = None) -> Table:
        """Return one version, the current one if `version_id` is None; EntityNotFoundException if there is none such."""
        for table in self.versions(database_name, name):
            if version_id in (None, table.version_id):
                return table
        raise EntityNotFoundException.version()

    def delete_version(self, database_name: str, name: str, version_id: str) -> None:
        """Forget an archived version.

        Raises:
            EntityNotFoundException: There is no such table or version.
            InvalidInputException: It is the current version.
        """
        with self._store.transaction():
            table = self.version(database_name, name, version_id)
            if table.version_id == self.find(database_name, name).version_id:
                raise InvalidInputException(
                    f"Version {version_id} is the current version of table {table.name}; only earlier versions can be deleted."
                )
            self._store.remove_archived(table.database_name, table.name, version_id)

    def _healed(self, table: Table) -> Table:
        """Return `table` healed, and keep it so. No new version: nobody has changed the table, we have only read its files."""
        healed = self._heal(table)
        if healed is table:
            return table
        with self._store.transaction():
            if self._store.table(table.database_name, table.name) is table:
                self._store.put_table(healed)  # type: ignore[arg-type]  # heal keeps the type
        return healed  # type: ignore[return-value]

    def _table(self, given: TableInput, database: str, *, created_at: datetime, updated_at: datetime, version_id: str) -> Table:
        members = {field.name: getattr(given, field.name) for field in dataclasses.fields(TableInput)}
        return Table(
            **members | {"name": given.name.lower()},
            database_name=database,
            create_time=created_at,
            update_time=updated_at,
            created_by=f"arn:aws:iam::{self._account_id}:root",
            catalog_id=self._account_id,
            version_id=version_id,
        )
