"""Databases and user-defined functions, as Glue's operations."""

from lakestack_aws.glue import tags
from lakestack_aws.glue.catalog.catalog import Catalog, catalog_of
from lakestack_aws.glue.catalog.paging import page
from lakestack_aws.glue.catalog.records import DatabaseInput
from lakestack_aws.glue.catalog.translation import Request, Response, on_catalog, with_next_token
from lakestack_aws.glue.catalog.wire import decode, encode
from lakestack_aws.glue.errors import EntityNotFoundException, InvalidInputException

PAGE_SIZE = 100
_ATTRIBUTES = {"NAME": "Name", "TARGET_DATABASE": "TargetDatabase"}


@on_catalog
def create_database(catalog: Catalog, request: Request) -> Response:
    database = catalog.databases.create(decode(DatabaseInput, request["DatabaseInput"]))
    if given := request.get("Tags"):
        tags.tag(_arn(catalog, database.name), given)
    return {}


@on_catalog
def get_database(catalog: Catalog, request: Request) -> Response:
    return {"Database": encode(catalog.databases.get(request["Name"]))}


@on_catalog
def get_databases(catalog: Catalog, request: Request) -> Response:
    # Nothing is shared with a catalog that stands alone.
    is_own = request.get("ResourceShareType", "ALL") == "ALL"
    databases = catalog.databases.all() if is_own else []
    chosen, token = page(databases, lambda database: database.name, request.get("NextToken"), request.get("MaxResults", PAGE_SIZE))
    payloads = [encode(database) for database in chosen]
    if (attributes := request.get("AttributesToGet")) is not None:
        payloads = [only(payload, attributes, _ATTRIBUTES) for payload in payloads]
    return with_next_token({"DatabaseList": payloads}, token)


@on_catalog
def update_database(catalog: Catalog, request: Request) -> Response:
    catalog.databases.update(request["Name"], decode(DatabaseInput, request["DatabaseInput"]))
    return {}


@on_catalog
def delete_database(catalog: Catalog, request: Request) -> Response:
    name = request["Name"]
    catalog.databases.delete(name)
    tags.forget(_arn(catalog, name.lower()))
    return {}


@on_catalog
def get_user_defined_function(catalog: Catalog, request: Request) -> Response:
    """Find no function: there is no operation yet that makes one."""
    catalog.databases.get(request["DatabaseName"])
    raise EntityNotFoundException(f"Function {request['FunctionName']} not found.")


@on_catalog
def get_user_defined_functions(catalog: Catalog, request: Request) -> Response:
    if database := request.get("DatabaseName"):
        catalog.databases.get(database)
    return {"UserDefinedFunctions": []}


def only(payload: Response, attributes: list[str], members: dict[str, str]) -> Response:
    """Return of `payload` what AttributesToGet names; InvalidInputException if the name itself is not among it."""
    if "NAME" not in attributes:
        raise InvalidInputException("AttributesToGet must include NAME.")
    wanted = {members[attribute] for attribute in attributes}
    return {member: value for member, value in payload.items() if member in wanted}


def _arn(catalog: Catalog, name: str) -> str:
    return tags.arn_of("database", name, catalog.account_id, catalog.region)


def _database_exists(account_id: str, region: str, name: str) -> bool:
    return name.lower() in {database.name for database in catalog_of(account_id, region).databases.all()}


tags.register_kind("database", _database_exists)

DATABASE_OPERATIONS = {
    "CreateDatabase": create_database,
    "GetDatabase": get_database,
    "GetDatabases": get_databases,
    "UpdateDatabase": update_database,
    "DeleteDatabase": delete_database,
    "GetUserDefinedFunction": get_user_defined_function,
    "GetUserDefinedFunctions": get_user_defined_functions,
}
