"""Tables and their versions, as Glue's operations."""

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.database_operations import only
from lakestack_aws.glue.catalog.healing import mark_iceberg_columns
from lakestack_aws.glue.catalog.name_pattern import name_pattern
from lakestack_aws.glue.catalog.paging import page
from lakestack_aws.glue.catalog.records import PartitionIndex, Table, TableInput
from lakestack_aws.glue.catalog.table_search import search
from lakestack_aws.glue.catalog.translation import Request, Response, error_detail, on_catalog, refuse, with_next_token
from lakestack_aws.glue.catalog.wire import decode, encode
from lakestack_aws.glue.errors import InvalidInputException

PAGE_SIZE = 100
_ATTRIBUTES = {"NAME": "Name", "TABLE_TYPE": "TableType"}


@on_catalog
def create_table(catalog: Catalog, request: Request) -> Response:
    refuse("CreateTable", request, ["OpenTableFormatInput"])
    indexes = [decode(PartitionIndex, index) for index in request.get("PartitionIndexes", ())]
    catalog.tables.create(request["DatabaseName"], _table_input(request), indexes)
    return {}


@on_catalog
def get_table(catalog: Catalog, request: Request) -> Response:
    refuse("GetTable", request, ["QueryAsOfTime"])
    return {"Table": _payload(catalog.tables.get(request["DatabaseName"], request["Name"]))}


@on_catalog
def get_tables(catalog: Catalog, request: Request) -> Response:
    refuse("GetTables", request, ["QueryAsOfTime"])
    pattern = name_pattern(request.get("Expression") or "*")
    tables = [table for table in catalog.tables.all_in(request["DatabaseName"]) if pattern.fullmatch(table.name)]
    chosen, token = page(tables, lambda table: table.name, request.get("NextToken"), request.get("MaxResults", PAGE_SIZE))
    payloads = [_payload(table) for table in chosen]
    if (attributes := request.get("AttributesToGet")) is not None:
        payloads = [only(payload, attributes, _ATTRIBUTES) for payload in payloads]
    return with_next_token({"TableList": payloads}, token)


@on_catalog
def update_table(catalog: Catalog, request: Request) -> Response:
    refuse("UpdateTable", request, ["UpdateOpenTableFormatInput", "ViewUpdateAction"])
    given = _table_input(request)
    if request.get("Name", given.name).lower() != given.name.lower():
        refuse("UpdateTable", {"Name, other than TableInput.Name,": request["Name"]}, ["Name, other than TableInput.Name,"])
    catalog.tables.update(request["DatabaseName"], given, version_id=request.get("VersionId"), skip_archive=request.get("SkipArchive", False))
    return {}


@on_catalog
def delete_table(catalog: Catalog, request: Request) -> Response:
    catalog.tables.delete(request["DatabaseName"], request["Name"])
    return {}


@on_catalog
def batch_delete_table(catalog: Catalog, request: Request) -> Response:
    catalog.databases.get(request["DatabaseName"])
    errors = []
    for name in request["TablesToDelete"]:
        try:
            catalog.tables.delete(request["DatabaseName"], name)
        except ServiceError as error:
            errors.append({"TableName": name, "ErrorDetail": error_detail(error)})
    return {"Errors": errors}


@on_catalog
def get_table_version(catalog: Catalog, request: Request) -> Response:
    return {"TableVersion": _version(catalog.tables.version(request["DatabaseName"], request["TableName"], request.get("VersionId")))}


@on_catalog
def get_table_versions(catalog: Catalog, request: Request) -> Response:
    versions = catalog.tables.versions(request["DatabaseName"], request["TableName"])
    chosen, token = page(versions, lambda table: -int(table.version_id), request.get("NextToken"), request.get("MaxResults", PAGE_SIZE))
    return with_next_token({"TableVersions": [_version(table) for table in chosen]}, token)


@on_catalog
def delete_table_version(catalog: Catalog, request: Request) -> Response:
    catalog.tables.delete_version(request["DatabaseName"], request["TableName"], request["VersionId"])
    return {}


@on_catalog
def batch_delete_table_version(catalog: Catalog, request: Request) -> Response:
    database, name = request["DatabaseName"], request["TableName"]
    catalog.tables.find(database, name)
    errors = []
    for version_id in request["VersionIds"]:
        try:
            catalog.tables.delete_version(database, name, version_id)
        except ServiceError as error:
            errors.append({"TableName": name, "VersionId": version_id, "ErrorDetail": error_detail(error)})
    return {"Errors": errors}


@on_catalog
def search_tables(catalog: Catalog, request: Request) -> Response:
    is_own = request.get("ResourceShareType", "ALL") == "ALL"
    tables = [table for database in catalog.databases.all() for table in catalog.tables.all_in(database.name)] if is_own else []
    found = search([_payload(table) for table in tables], request.get("SearchText"), request.get("Filters", []), request.get("SortCriteria", []))
    chosen, token = page(list(enumerate(found)), lambda item: item[0], request.get("NextToken"), request.get("MaxResults", PAGE_SIZE))
    return with_next_token({"TableList": [payload for _, payload in chosen]}, token)


def _table_input(request: Request) -> TableInput:
    if request.get("TableInput") is None:
        raise InvalidInputException("TableInput must be provided.")
    return decode(TableInput, request["TableInput"])


def _payload(table: Table) -> Response:
    return encode(mark_iceberg_columns(table))


def _version(table: Table) -> Response:
    return {"Table": _payload(table), "VersionId": table.version_id}


TABLE_OPERATIONS = {
    "CreateTable": create_table,
    "GetTable": get_table,
    "GetTables": get_tables,
    "UpdateTable": update_table,
    "DeleteTable": delete_table,
    "BatchDeleteTable": batch_delete_table,
    "GetTableVersion": get_table_version,
    "GetTableVersions": get_table_versions,
    "DeleteTableVersion": delete_table_version,
    "BatchDeleteTableVersion": batch_delete_table_version,
    "SearchTables": search_tables,
}
