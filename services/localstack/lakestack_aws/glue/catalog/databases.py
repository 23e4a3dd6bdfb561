"""The rules of databases: names are lower-cased and unique, and a database takes its tables with it."""

import dataclasses
from datetime import UTC, datetime

from lakestack_aws.glue.catalog.records import Database, DatabaseInput
from lakestack_aws.glue.catalog.store import Store
from lakestack_aws.glue.errors import AlreadyExistsException, EntityNotFoundException


class Databases:
    def __init__(self, store: Store, account_id: str) -> None:
        self._store = store
        self._account_id = account_id

    def create(self, given: DatabaseInput) -> Database:
        """Create a database.

        Raises:
            AlreadyExistsException: The name is taken.
        """
        database = self._database(given, created_at=datetime.now(UTC))
        with self._store.transaction():
            if self._store.database(database.name):
                raise AlreadyExistsException.of("Database")
            self._store.put_database(database)
        return database

    def get(self, name: str) -> Database:
        """Return the database, or raise EntityNotFoundException."""
        if database := self._store.database(name.lower()):
            return database
        raise EntityNotFoundException.database(name)

    def all(self) -> list[Database]:
        return self._store.databases()

    def update(self, name: str, given: DatabaseInput) -> None:
        """Replace what is known of the database; its name stays, whatever `given.name` is."""
        with self._store.transaction():
            current = self.get(name)
            renamed = dataclasses.replace(given, name=current.name)
            self._store.put_database(self._database(renamed, created_at=current.create_time))

    def delete(self, name: str) -> None:
        """Remove the database and all its tables; files stay where they are."""
        with self._store.transaction():
            self._store.remove_database(self.get(name).name)

    def _database(self, given: DatabaseInput, created_at: datetime) -> Database:
        members = {field.name: getattr(given, field.name) for field in dataclasses.fields(DatabaseInput)}
        return Database(**members | {"name": given.name.lower()}, create_time=created_at, catalog_id=self._account_id)
