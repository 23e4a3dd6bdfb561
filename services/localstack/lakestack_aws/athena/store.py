"""Where Athena's records lie: one store per account and region.

Each half keeps its own records behind its own methods, so that a database on disk may take the place of any of them.
"""

import threading
from dataclasses import dataclass, field

from lakestack_aws.athena.prepared_statements import PreparedStatements
from lakestack_aws.athena.query_executions import QueryExecutions
from lakestack_aws.athena.tags import Tags
from lakestack_aws.athena.workgroups import WorkGroups


@dataclass(frozen=True)
class Store:
    executions: QueryExecutions = field(default_factory=QueryExecutions)
    workgroups: WorkGroups = field(default_factory=WorkGroups)
    prepared: PreparedStatements = field(default_factory=PreparedStatements)
    tags: Tags = field(default_factory=Tags)


class Stores:
    """The stores of all accounts and regions, each made when it is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: dict[tuple[str, str], Store] = {}

    def of(self, account_id: str, region: str) -> Store:
        with self._lock:
            return self._stores.setdefault((account_id, region), Store())
