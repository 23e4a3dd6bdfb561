"""Athena's operations: each turns AWS's members into calls, and answers in AWS's members again."""

import functools
from collections.abc import Callable

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.connect import connect_to
from localstack.aws.handlers import run_custom_response_handlers
from localstack.http import Response as HttpResponse

from lakestack_aws.athena import metadata, wire
from lakestack_aws.athena.account import Account, assemble
from lakestack_aws.athena.config import Settings
from lakestack_aws.athena.delta_metadata import DeltaMetadata
from lakestack_aws.athena.errors import InvalidRequestError, ResourceNotFoundError
from lakestack_aws.athena.paging import page
from lakestack_aws.athena.queries import Pools
from lakestack_aws.athena.store import Stores
from lakestack_aws.athena.trino_client import TrinoClient
from lakestack_aws.athena.workgroups import PRIMARY
from lakestack_aws.delta_log import describe_delta_table
from lakestack_aws.dispatch import Operation, Request, Response

STORES = Stores()
OPERATIONS: dict[str, Operation] = {}

_PAGE = 50


@functools.cache
def _settings() -> Settings:
    return Settings.from_environment()


@functools.cache
def _engine() -> TrinoClient:
    return TrinoClient(_settings().trino_url, wait_s=_settings().engine_wait_s, query_timeout_s=_settings().query_timeout_s)


@functools.cache
def _delta() -> DeltaMetadata:
    return DeltaMetadata(_engine())


def _note_s3_write(_chain: HandlerChain, context: RequestContext, response: HttpResponse) -> None:
    is_write = context.operation is not None and context.operation.name in ("PutObject", "CopyObject", "CompleteMultipartUpload")
    if is_write and response.status_code < 300:
        _delta().note_written((context.service_request or {}).get("Key", ""))


run_custom_response_handlers.append(_note_s3_write)


@functools.cache
def _pools() -> Pools:
    return Pools.of(_settings())


@functools.cache
def _account(account_id: str, region: str) -> Account:
    clients = connect_to(aws_access_key_id=account_id, region_name=region)
    return assemble(
        STORES.of(account_id, region),
        glue=clients.glue,
        s3=clients.s3,
        engine=_engine(),
        delta=_delta(),
        pools=_pools(),
        settings=_settings(),
        describe_delta=describe_delta_table,
    )


def _operation(operation: Callable[[Account, Request], Response]) -> Callable[[Account, Request], Response]:
    """Enter a function into the table under its name in AWS's spelling."""
    name = operation.__name__.title().replace("_", "")

    @functools.wraps(operation)
    def handler(context: RequestContext, request: Request) -> Response:
        return operation(_account(context.account_id, context.region), request)

    OPERATIONS[name.replace("Workgroup", "WorkGroup")] = handler
    return operation


# Queries


@_operation
def start_query_execution(account: Account, request: Request) -> Response:
    return {"QueryExecutionId": account.queries.start(wire.query_request(request))}


@_operation
def stop_query_execution(account: Account, request: Request) -> Response:
    account.queries.stop(request["QueryExecutionId"])
    return {}


@_operation
def get_query_execution(account: Account, request: Request) -> Response:
    return {"QueryExecution": wire.query_execution(account.store.executions.get(request["QueryExecutionId"]))}


@_operation
def batch_get_query_execution(account: Account, request: Request) -> Response:
    wanted = request["QueryExecutionIds"]
    found = account.store.executions.find(wanted)
    missing = [query_id for query_id in wanted if query_id not in {execution.id for execution in found}]
    unprocessed = [
        {"QueryExecutionId": query_id, "ErrorCode": "QUERY_EXECUTION_NOT_FOUND", "ErrorMessage": f"QueryExecution {query_id} was not found"}
        for query_id in missing
    ]
    return {"QueryExecutions": [wire.query_execution(execution) for execution in found], "UnprocessedQueryExecutionIds": unprocessed}


@_operation
def list_query_executions(account: Account, request: Request) -> Response:
    group = account.store.workgroups.get(request.get("WorkGroup") or PRIMARY)
    query_ids = [execution.id for execution in account.store.executions.newest_first(group.name)]
    chosen, more = page(query_ids, str, request.get("NextToken"), request.get("MaxResults") or _PAGE)
    return {"QueryExecutionIds": chosen, **more}


@_operation
def get_query_results(account: Account, request: Request) -> Response:
    execution = account.store.executions.get(request["QueryExecutionId"])
    return wire.result_page(account.results.page(execution, request.get("MaxResults"), request.get("NextToken")))


@_operation
def get_query_runtime_statistics(account: Account, request: Request) -> Response:
    execution = account.store.executions.get(request["QueryExecutionId"])
    statistics = execution.statistics
    timeline = {
        "QueryQueueTimeInMillis": statistics.queue_ms,
        "QueryPlanningTimeInMillis": statistics.planning_ms,
        "EngineExecutionTimeInMillis": statistics.engine_ms,
        "TotalExecutionTimeInMillis": statistics.total_ms,
    }
    return {"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": {"InputBytes": statistics.scanned_bytes}}}


# Work groups


@_operation
def create_workgroup(account: Account, request: Request) -> Response:
    name = request["Name"]
    account.store.workgroups.create(name, request.get("Configuration") or {}, request.get("Description"))
    if tags := request.get("Tags"):
        account.store.tags.add(f"workgroup/{name}", {tag["Key"]: tag.get("Value", "") for tag in tags})
    return {}


@_operation
def get_workgroup(account: Account, request: Request) -> Response:
    return {"WorkGroup": wire.workgroup(account.store.workgroups.get(request["WorkGroup"]))}


@_operation
def update_workgroup(account: Account, request: Request) -> Response:
    updates = request.get("ConfigurationUpdates") or {}
    account.store.workgroups.update(request["WorkGroup"], updates, request.get("Description"), request.get("State"))
    return {}


@_operation
def delete_workgroup(account: Account, request: Request) -> Response:
    name = request["WorkGroup"]
    account.store.workgroups.get(name)
    is_empty = not account.store.prepared.list(name) and not account.store.executions.newest_first(name)
    if name != PRIMARY and not is_empty and not request.get("RecursiveDeleteOption"):
        raise InvalidRequestError(f"WorkGroup {name} is not empty")
    account.store.workgroups.delete(name)
    account.store.prepared.delete_all(name)
    account.store.tags.forget(f"workgroup/{name}")
    return {}


@_operation
def list_workgroups(account: Account, request: Request) -> Response:
    groups = account.store.workgroups.list()
    chosen, more = page(groups, lambda group: group.name, request.get("NextToken"), request.get("MaxResults") or _PAGE)
    return {"WorkGroups": [wire.workgroup_summary(group) for group in chosen], **more}


# Prepared statements


def _workgroup(account: Account, request: Request) -> str:
    return account.store.workgroups.get(request["WorkGroup"]).name


@_operation
def create_prepared_statement(account: Account, request: Request) -> Response:
    workgroup = _workgroup(account, request)
    account.store.prepared.create(workgroup, request["StatementName"], request["QueryStatement"], request.get("Description"))
    return {}


@_operation
def get_prepared_statement(account: Account, request: Request) -> Response:
    statement = account.store.prepared.get(_workgroup(account, request), request["StatementName"])
    return {"PreparedStatement": wire.prepared_statement(statement)}


@_operation
def batch_get_prepared_statement(account: Account, request: Request) -> Response:
    workgroup = _workgroup(account, request)
    found, missing = [], []
    for name in request["PreparedStatementNames"]:
        try:
            found.append(wire.prepared_statement(account.store.prepared.get(workgroup, name)))
        except ResourceNotFoundError as error:
            missing.append({"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": error.message})
    return {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}


@_operation
def update_prepared_statement(account: Account, request: Request) -> Response:
    workgroup = _workgroup(account, request)
    account.store.prepared.update(workgroup, request["StatementName"], request["QueryStatement"], request.get("Description"))
    return {}


@_operation
def delete_prepared_statement(account: Account, request: Request) -> Response:
    account.store.prepared.delete(_workgroup(account, request), request["StatementName"])
    return {}


@_operation
def list_prepared_statements(account: Account, request: Request) -> Response:
    statements = account.store.prepared.list(_workgroup(account, request))
    chosen, more = page(statements, lambda statement: statement.name, request.get("NextToken"), request.get("MaxResults") or _PAGE)
    return {"PreparedStatements": [{"StatementName": one.name, "LastModifiedTime": one.modified_at} for one in chosen], **more}


# The data catalog


@_operation
def list_data_catalogs(_account: Account, _request: Request) -> Response:
    return {"DataCatalogsSummary": [{"CatalogName": metadata.CATALOG_NAME, "Type": "GLUE"}]}


@_operation
def get_data_catalog(_account: Account, request: Request) -> Response:
    metadata.demand_catalog(request["Name"])
    return {"DataCatalog": {"Name": metadata.CATALOG_NAME, "Type": "GLUE"}}


@_operation
def list_databases(account: Account, request: Request) -> Response:
    metadata.demand_catalog(request["CatalogName"])
    databases = sorted(account.catalog.databases(), key=lambda database: database["Name"])
    chosen, more = page(databases, lambda database: database["Name"], request.get("NextToken"), request.get("MaxResults") or _PAGE)
    return {"DatabaseList": [metadata.database_payload(database) for database in chosen], **more}


@_operation
def get_database(account: Account, request: Request) -> Response:
    metadata.demand_catalog(request["CatalogName"])
    return {"Database": metadata.get_database(account.catalog, request["DatabaseName"])}


@_operation
def list_table_metadata(account: Account, request: Request) -> Response:
    metadata.demand_catalog(request["CatalogName"])
    tables = metadata.list_tables(account.catalog, request["DatabaseName"], request.get("Expression"))
    chosen, more = page(tables, lambda table: table["Name"], request.get("NextToken"), request.get("MaxResults") or _PAGE)
    return {"TableMetadataList": [metadata.table_payload(table) for table in chosen], **more}


@_operation
def get_table_metadata(account: Account, request: Request) -> Response:
    metadata.demand_catalog(request["CatalogName"])
    return {"TableMetadata": metadata.get_table(account.catalog, request["DatabaseName"], request["TableName"])}


# Tags


def _resource(account: Account, arn: str) -> str:
    """Return the resource that an ARN names, as `workgroup/name`; a work group must be there."""
    resource = arn.split(":", 5)[-1]
    kind, _, name = resource.partition("/")
    if kind == "workgroup":
        account.store.workgroups.get(name)
    return resource


@_operation
def tag_resource(account: Account, request: Request) -> Response:
    resource = _resource(account, request["ResourceARN"])
    account.store.tags.add(resource, {tag["Key"]: tag.get("Value", "") for tag in request["Tags"]})
    return {}


@_operation
def untag_resource(account: Account, request: Request) -> Response:
    account.store.tags.remove(_resource(account, request["ResourceARN"]), request["TagKeys"])
    return {}


@_operation
def list_tags_for_resource(account: Account, request: Request) -> Response:
    tags = account.store.tags.of(_resource(account, request["ResourceARN"]))
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
