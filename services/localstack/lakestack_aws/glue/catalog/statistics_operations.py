"""Column statistics, as Glue's operations: each comes twice, for a table and for a partition of it."""

from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.records import ColumnStatistics, PartitionValues
from lakestack_aws.glue.catalog.translation import Request, Response, error_detail, on_catalog
from lakestack_aws.glue.catalog.wire import decode, encode
from lakestack_aws.glue.errors import EntityNotFoundException


@on_catalog
def get_column_statistics(catalog: Catalog, request: Request) -> Response:
    known = catalog.statistics.get(request["DatabaseName"], request["TableName"], _values(request))
    found = [encode(known[column]) for column in request["ColumnNames"] if column in known]
    missing = [column for column in request["ColumnNames"] if column not in known]
    error = error_detail(EntityNotFoundException.entity())
    return {"ColumnStatisticsList": found, "Errors": [{"ColumnName": column, "Error": error} for column in missing]}


@on_catalog
def update_column_statistics(catalog: Catalog, request: Request) -> Response:
    statistics = [decode(ColumnStatistics, payload) for payload in request["ColumnStatisticsList"]]
    catalog.statistics.put(request["DatabaseName"], request["TableName"], _values(request), statistics)
    return {"Errors": []}


@on_catalog
def delete_column_statistics(catalog: Catalog, request: Request) -> Response:
    catalog.statistics.delete(request["DatabaseName"], request["TableName"], _values(request), request["ColumnName"])
    return {}


def _values(request: Request) -> PartitionValues | None:
    values = request.get("PartitionValues")
    return None if values is None else tuple(values)


STATISTICS_OPERATIONS = {
    f"{verb}ColumnStatisticsFor{owner}": operation
    for verb, operation in (("Get", get_column_statistics), ("Update", update_column_statistics), ("Delete", delete_column_statistics))
    for owner in ("Table", "Partition")
}
