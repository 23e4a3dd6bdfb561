"""Glue's operations: the catalog's and the jobs', one table."""

from lakestack_aws.dispatch import Operation
from lakestack_aws.glue.catalog.operations import CATALOG_OPERATIONS
from lakestack_aws.glue.jobs.operations import JOB_OPERATIONS

OPERATIONS: dict[str, Operation] = {**CATALOG_OPERATIONS, **JOB_OPERATIONS}
