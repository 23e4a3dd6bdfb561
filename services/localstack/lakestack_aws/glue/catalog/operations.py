"""The catalog half of Glue's operations."""

from lakestack_aws.glue.catalog.database_operations import DATABASE_OPERATIONS
from lakestack_aws.glue.catalog.partition_operations import PARTITION_OPERATIONS
from lakestack_aws.glue.catalog.statistics_operations import STATISTICS_OPERATIONS
from lakestack_aws.glue.catalog.table_operations import TABLE_OPERATIONS
from lakestack_aws.glue.catalog.translation import Operation
from lakestack_aws.glue.tags import TAG_OPERATIONS

CATALOG_OPERATIONS: dict[str, Operation] = {
    **DATABASE_OPERATIONS,
    **TABLE_OPERATIONS,
    **PARTITION_OPERATIONS,
    **STATISTICS_OPERATIONS,
    **TAG_OPERATIONS,
}
