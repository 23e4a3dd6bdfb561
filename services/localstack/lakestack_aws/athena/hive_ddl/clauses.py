"""What a CREATE TABLE says, before it is known what kind of table it makes."""

from dataclasses import dataclass, field

from lakestack_aws.athena.hive_ddl.formats import StorageFormat
from lakestack_aws.athena.hive_ddl.syntax import HiveColumn


@dataclass
class Clauses:
    """The clauses of a CREATE TABLE, filled in as they are read.

    Attributes:
        transforms: An Iceberg table's partitioning in Trino's words, such as `bucket(id, 16)`.
    """

    columns: tuple[HiveColumn, ...] = ()
    partitioned_by: tuple[HiveColumn, ...] = ()
    transforms: tuple[str, ...] = ()
    comment: str | None = None
    bucketed_by: tuple[str, ...] = ()
    bucket_count: int = -1
    row_format: str | None = None
    serde_properties: dict[str, str] = field(default_factory=dict)
    storage: StorageFormat | None = None
    location: str | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def table_type(self) -> str:
        return next((value.upper() for key, value in self.properties.items() if key.lower() == "table_type"), "")
