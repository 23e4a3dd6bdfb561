"""The catalog half of Glue's operations."""

from lakestack_aws.dispatch import Operation

CATALOG_OPERATIONS: dict[str, Operation] = {}
