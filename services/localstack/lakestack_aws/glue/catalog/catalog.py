"""One account's Data Catalog in one region: the object that Glue's operations and the metastore front both speak to."""

import functools
import threading
from collections.abc import Callable

from lakestack_aws import delta_log
from lakestack_aws.glue.catalog.databases import Databases
from lakestack_aws.glue.catalog.healing import heal_delta_entry
from lakestack_aws.glue.catalog.partitions import Partitions
from lakestack_aws.glue.catalog.statistics import Statistics
from lakestack_aws.glue.catalog.store import MemoryStore, Store
from lakestack_aws.glue.catalog.tables import Tables


class Catalog:
    """What there is, by noun: ``catalog.tables.get("ecom_catalog", "orders")``.

    Args:
        account_id: The account; it is the CatalogId too.
        region: The region, which the ARNs of tags name.
        describe_delta_table: Reads the Delta log at a location, or raises delta_log.NoDeltaLogError.
    """

    def __init__(
        self,
        account_id: str,
        region: str,
        store: Store | None = None,
        describe_delta_table: Callable[[str], delta_log.DeltaTable] = delta_log.describe_delta_table,
    ) -> None:
        store = store or MemoryStore()
        self.account_id = account_id
        self.region = region
        self.databases = Databases(store, account_id)
        self.tables = Tables(store, self.databases, account_id, heal=functools.partial(heal_delta_entry, describe=describe_delta_table))
        self.partitions = Partitions(store, self.tables, account_id)
        self.statistics = Statistics(store, self.tables, self.partitions)


_catalogs: dict[tuple[str, str], Catalog] = {}
_catalogs_lock = threading.Lock()


def catalog_of(account_id: str, region: str) -> Catalog:
    """Return the catalog of an account and region; the first call makes it."""
    with _catalogs_lock:
        return _catalogs.setdefault((account_id, region), Catalog(account_id, region))
