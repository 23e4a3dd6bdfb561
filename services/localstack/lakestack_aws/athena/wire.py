"""Athena's records in AWS's members."""

from typing import Any

from lakestack_aws.athena.column_info import Column
from lakestack_aws.athena.prepared_statements import PreparedStatement
from lakestack_aws.athena.query_executions import QueryExecution, QueryRequest
from lakestack_aws.athena.results import Page
from lakestack_aws.athena.workgroups import ENGINE_VERSION, PRIMARY, WorkGroup

type Payload = dict[str, Any]


def query_request(request: Payload) -> QueryRequest:
    """Return what StartQueryExecution asks."""
    context = request.get("QueryExecutionContext") or {}
    reuse = request.get("ResultReuseConfiguration") or {}
    by_age = reuse.get("ResultReuseByAgeConfiguration") or {}
    configuration = request.get("ResultConfiguration") or {}
    return QueryRequest(
        sql=request["QueryString"],
        token=request.get("ClientRequestToken") or "",
        workgroup=request.get("WorkGroup") or PRIMARY,
        database=context.get("Database"),
        catalog=context.get("Catalog"),
        output_location=configuration.get("OutputLocation"),
        result_configuration=configuration,
        parameters=tuple(request.get("ExecutionParameters") or ()),
        # https://docs.aws.amazon.com/athena/latest/APIReference/API_ResultReuseByAgeConfiguration.html: 60 minutes unless it says otherwise.
        reuse_max_age_minutes=by_age.get("MaxAgeInMinutes", 60) if by_age.get("Enabled") else None,
        result_reuse=reuse,
    )


def query_execution(execution: QueryExecution) -> Payload:
    """Return an execution as GetQueryExecution answers it."""
    request = execution.request
    context = {"Database": request.database, "Catalog": request.catalog.lower() if request.catalog else None}
    location = {} if execution.output_location is None else {"OutputLocation": execution.output_location}
    payload = {
        "QueryExecutionId": execution.id,
        "Query": request.sql,
        "StatementType": execution.route.statement_type.value,
        "SubstatementType": execution.route.statement,
        "ResultConfiguration": {**request.result_configuration, **location},
        "ResultReuseConfiguration": request.result_reuse or {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": {member: value for member, value in context.items() if value is not None},
        "Status": _status(execution),
        "Statistics": _statistics(execution),
        "WorkGroup": request.workgroup,
        "EngineVersion": ENGINE_VERSION,
    }
    if request.parameters:
        payload["ExecutionParameters"] = list(request.parameters)
    return payload


def _status(execution: QueryExecution) -> Payload:
    status: Payload = {"State": execution.state.value, "SubmissionDateTime": execution.submitted_at}
    if execution.completed_at is not None:
        status["CompletionDateTime"] = execution.completed_at
    if execution.reason is not None:
        status["StateChangeReason"] = execution.reason
    if error := execution.error:
        status["AthenaError"] = {
            "ErrorCategory": error.category,
            "ErrorType": error.error_type,
            "Retryable": error.is_retryable,
            "ErrorMessage": error.message,
        }
    return status


def _statistics(execution: QueryExecution) -> Payload:
    statistics = execution.statistics
    payload: Payload = {
        "EngineExecutionTimeInMillis": statistics.engine_ms,
        "DataScannedInBytes": statistics.scanned_bytes,
        "TotalExecutionTimeInMillis": statistics.total_ms,
        "QueryQueueTimeInMillis": statistics.queue_ms,
        "QueryPlanningTimeInMillis": statistics.planning_ms,
        "ServicePreProcessingTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": max(0, statistics.total_ms - statistics.queue_ms - statistics.engine_ms),
        "ResultReuseInformation": {"ReusedPreviousResult": statistics.is_reused},
    }
    if statistics.manifest_location is not None:
        payload["DataManifestLocation"] = statistics.manifest_location
    return payload


def column_info(column: Column) -> Payload:
    """Return a column of a result."""
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.type,
        "Precision": column.precision,
        "Scale": column.scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column.is_case_sensitive,
    }


def result_page(page: Page) -> Payload:
    """Return a page as GetQueryResults answers it."""
    rows = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in page.rows]
    payload: Payload = {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [column_info(column) for column in page.columns]}}}
    if page.update_count is not None:
        payload["UpdateCount"] = page.update_count
    if page.next_token is not None:
        payload["NextToken"] = page.next_token
    return payload


def workgroup(group: WorkGroup) -> Payload:
    """Return a work group as GetWorkGroup answers it."""
    payload = {"Name": group.name, "State": group.state, "Configuration": group.configuration, "CreationTime": group.created_at}
    return payload if group.description is None else {**payload, "Description": group.description}


def workgroup_summary(group: WorkGroup) -> Payload:
    """Return a work group as ListWorkGroups answers it."""
    return {
        "Name": group.name,
        "State": group.state,
        "Description": group.description or "",
        "CreationTime": group.created_at,
        "EngineVersion": group.configuration["EngineVersion"],
    }


def prepared_statement(statement: PreparedStatement) -> Payload:
    """Return a prepared statement as GetPreparedStatement answers it."""
    payload = {
        "StatementName": statement.name,
        "QueryStatement": statement.query,
        "WorkGroupName": statement.workgroup,
        "LastModifiedTime": statement.modified_at,
    }
    return payload if statement.description is None else {**payload, "Description": statement.description}
