"""Athena for one account in one region: the place where its pieces meet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lakestack_aws.athena.catalog import Catalog
from lakestack_aws.athena.config import Settings
from lakestack_aws.athena.delta_metadata import DeltaMetadata
from lakestack_aws.athena.hive_ddl.commands import Context
from lakestack_aws.athena.objects import Objects
from lakestack_aws.athena.queries import Pools, Queries
from lakestack_aws.athena.results import Results
from lakestack_aws.athena.runner import Runner
from lakestack_aws.athena.statements import StatementReader
from lakestack_aws.athena.store import Store
from lakestack_aws.athena.trino_protocol import Engine


@dataclass(frozen=True)
class Account:
    store: Store
    catalog: Catalog
    queries: Queries
    results: Results


def assemble(
    store: Store, *, glue: Any, s3: Any, engine: Engine, delta: DeltaMetadata, pools: Pools, settings: Settings, describe_delta: Callable[[str], Any]
) -> Account:
    """Return Athena over a store.

    Args:
        store: The account's records in the region.
        glue: A Glue client of the account.
        s3: An S3 client of the account.
        engine: What runs queries, for all accounts.
        delta: The engine's memory of Delta tables, for all accounts.
        pools: The threads, for all accounts.
        settings: The stack's.
        describe_delta: Reads a Delta log.
    """
    catalog, objects = Catalog(glue), Objects(s3)
    results = Results(objects, settings.state_folder)

    def context(database: str, workgroup: str) -> Context:
        return Context(catalog, objects, engine, store.prepared, describe_delta, database, workgroup)

    queries = Queries(
        executions=store.executions,
        workgroups=store.workgroups,
        reader=StatementReader(engine, store.prepared),
        runner=Runner(engine=engine, catalog=catalog, objects=objects, results=results, settings=settings, delta=delta),
        objects=objects,
        engine=engine,
        pools=pools,
        context=context,
    )
    return Account(store, catalog, queries, results)
