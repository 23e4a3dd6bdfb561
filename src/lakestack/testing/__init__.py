"""Test your own Glue jobs, state machines and SQL: the pytest plugin's objects and errors. docs/testing.md shows their use."""

from lakestack.testing.errors import JobRunError, QueryError, StateMachineError

__all__ = ["JobRunError", "QueryError", "StateMachineError"]
