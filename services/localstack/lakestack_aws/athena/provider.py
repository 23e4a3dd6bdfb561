"""Athena's operations."""

from lakestack_aws.dispatch import Operation

OPERATIONS: dict[str, Operation] = {}
