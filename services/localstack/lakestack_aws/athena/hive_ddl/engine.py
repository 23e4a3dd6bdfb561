"""The few statements of ours that Trino runs: an Iceberg table's metadata is its writer's to change."""

from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.context import Context
from lakestack_aws.athena.trino_protocol import EngineError, EngineSession


def run_in_engine(context: Context, database: str, sql: str) -> None:
    """Run a statement of ours in Trino.

    Raises:
        QueryFailed: It failed.
    """
    try:
        for _ in context.engine.start(sql, EngineSession(schema=database)).pages():
            pass
    except EngineError as error:
        raise QueryFailed.in_engine(error.name, error.message, is_users=error.is_users) from error
