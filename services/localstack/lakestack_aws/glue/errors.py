"""The errors of Glue, each with AWS's own text.

    ServiceError
    ├── EntityNotFoundException          a database, table, version, partition, index or function that is not there
    ├── AlreadyExistsException           a name that is taken
    ├── InvalidInputException            a request that contradicts itself or the catalog
    ├── ConcurrentModificationException  somebody else was faster
    └── ValidationException              a request that breaks the service model (glue/validation.py)

Source of the texts: moto 5 for "not found" and "already exists"; what clients report of AWS for the others
(apache/iceberg#8636, dbt-labs/dbt-athena#327), as at 2026-11-23.
"""

from typing import Self

from lakestack_aws.errors import ServiceError


class EntityNotFoundException(ServiceError):
    code = "EntityNotFoundException"

    @classmethod
    def database(cls, name: str) -> Self:
        return cls(f"Database {name} not found.")

    @classmethod
    def table(cls, name: str) -> Self:
        return cls(f"Table {name} not found.")

    @classmethod
    def version(cls) -> Self:
        return cls("Version not found.")

    @classmethod
    def partition(cls) -> Self:
        return cls("Cannot find partition.")

    @classmethod
    def entity(cls) -> Self:
        return cls("Entity not found")

    @classmethod
    def catalog(cls, catalog_id: str) -> Self:
        return cls(f"Catalog {catalog_id} not found.")


class AlreadyExistsException(ServiceError):
    code = "AlreadyExistsException"

    @classmethod
    def of(cls, kind: str) -> Self:
        return cls(f"{kind} already exists.")


class InvalidInputException(ServiceError):
    code = "InvalidInputException"


class ConcurrentModificationException(ServiceError):
    code = "ConcurrentModificationException"

    @classmethod
    def update_table(cls) -> Self:
        return cls("Update table failed due to concurrent modifications.")


class ValidationException(ServiceError):
    code = "ValidationException"


class NotImplementedByLakestackError(ServiceError):
    """A member of a request that would change its meaning and that we do not honour."""

    code = "InternalFailure"
    status = 501
