"""The jobs half of Glue's operations."""

from lakestack_aws.dispatch import Operation

JOB_OPERATIONS: dict[str, Operation] = {}
