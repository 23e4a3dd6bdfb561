"""Empty the data and keep the stack: what was deployed stays, what was uploaded and computed goes."""

import time
from collections.abc import Iterator
from typing import Any

from lakestack.client import Clients
from lakestack.errors import PipelineError

# What a deploy put there and nothing runs without: the buckets of this stack, and this prefix of all the others.
_BOOTSTRAP_STACK = "lakestack-bootstrap"
_KEPT_PREFIX = "scripts/"
_TABLES_JOB = "create_tables"
_TABLES_WITHIN_S = 120.0
_POLL_S = 0.2
_UNFINISHED = {"WAITING", "STARTING", "RUNNING", "STOPPING"}


def reset(clients: Clients) -> Iterator[str]:
    """Do it step by step, yielding a line on each.

    Running executions and job runs are stopped first, then every object but the deployed scripts and artifacts is removed in all
    its versions, queues and DynamoDB tables are emptied, tables that no CloudFormation stack made are dropped, and the empty Delta
    tables are made anew.

    Raises:
        PipelineError: The tables could not be made anew.
    """
    yield f"stopped {_stop_executions(clients.client('stepfunctions'))} executions and {_stop_job_runs(clients.client('glue'))} job runs"
    s3 = clients.client("s3")
    deployed = _resources(clients.client("cloudformation"))
    kept = {name for stack, kind, name in deployed if (stack, kind) == (_BOOTSTRAP_STACK, "AWS::S3::Bucket")}
    for bucket in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        if bucket not in kept:
            yield f"removed {_empty(s3, bucket)} objects and versions of {bucket}"
    yield f"emptied {_purge(clients.client('sqs'))} queues"
    yield f"removed {_remove_items(clients.client('dynamodb'))} items of DynamoDB tables"
    yield f"dropped {_drop_tables(clients.client('glue'), but=_tables(deployed))} tables that were made by hand or by queries"
    if _has_job(clients.client("glue"), _TABLES_JOB):
        _make_tables(clients)
        yield "made the empty tables anew"


def _stop_executions(stepfunctions: Any) -> int:
    stopped = 0
    for page in stepfunctions.get_paginator("list_state_machines").paginate():
        for machine in page["stateMachines"]:
            running = stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")
            for execution in [execution for executions in running for execution in executions["executions"]]:
                stepfunctions.stop_execution(executionArn=execution["executionArn"], error="Reset", cause="lakestack reset")
                stopped += 1
    return stopped


def _stop_job_runs(glue: Any) -> int:
    stopped = 0
    for name in glue.list_jobs(MaxResults=1000)["JobNames"]:
        active = [run["Id"] for run in glue.get_job_runs(JobName=name)["JobRuns"] if run["JobRunState"] in _UNFINISHED]
        if active:
            stopped += len(glue.batch_stop_job_run(JobName=name, JobRunIds=active)["SuccessfulSubmissions"])
    return stopped


def _empty(s3: Any, bucket: str) -> int:
    removed = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found if not one["Key"].startswith(_KEPT_PREFIX)]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
        removed += len(doomed)
    return removed


def _purge(sqs: Any) -> int:
    urls = [url for page in sqs.get_paginator("list_queues").paginate() for url in page.get("QueueUrls", [])]
    for url in urls:
        sqs.purge_queue(QueueUrl=url)
    return len(urls)


def _remove_items(dynamodb: Any) -> int:
    removed = 0
    for name in [name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]]:
        key_names = [part["AttributeName"] for part in dynamodb.describe_table(TableName=name)["Table"]["KeySchema"]]
        for item in [item for page in dynamodb.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]:
            dynamodb.delete_item(TableName=name, Key={key: item[key] for key in key_names})
            removed += 1
    return removed


def _drop_tables(glue: Any, but: set[str]) -> int:
    dropped = 0
    for page in glue.get_paginator("get_databases").paginate():
        for database in page["DatabaseList"]:
            tables = glue.get_paginator("get_tables").paginate(DatabaseName=database["Name"])
            for table in [table for page_of_tables in tables for table in page_of_tables["TableList"]]:
                if table["Name"] not in but:
                    glue.delete_table(DatabaseName=database["Name"], Name=table["Name"])
                    dropped += 1
    return dropped


def _tables(resources: list[tuple[str, str, str]]) -> set[str]:
    # The physical id of a table is its name; some versions put the database before it.
    return {name.rpartition("|")[2] for _, kind, name in resources if kind == "AWS::Glue::Table"}


def _resources(cloudformation: Any) -> list[tuple[str, str, str]]:
    """Return stack, type and physical id of every deployed resource."""
    stacks = [stack["StackName"] for page in cloudformation.get_paginator("describe_stacks").paginate() for stack in page["Stacks"]]
    found = [(stack, one) for stack in stacks for one in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]]
    return [(stack, one["ResourceType"], one["PhysicalResourceId"]) for stack, one in found if "PhysicalResourceId" in one]


def _has_job(glue: Any, name: str) -> bool:
    return name in glue.list_jobs(MaxResults=1000)["JobNames"]


def _make_tables(clients: Clients) -> None:
    glue = clients.client("glue")
    run_id = glue.start_job_run(JobName=_TABLES_JOB)["JobRunId"]
    deadline = time.monotonic() + _TABLES_WITHIN_S
    while (run := glue.get_job_run(JobName=_TABLES_JOB, RunId=run_id)["JobRun"])["JobRunState"] in _UNFINISHED:
        if time.monotonic() > deadline:
            raise PipelineError(f"{_TABLES_JOB} is still {run['JobRunState']} after {_TABLES_WITHIN_S:.0f} s. See: lakestack logs {run_id}")
        time.sleep(_POLL_S)
    if run["JobRunState"] != "SUCCEEDED":
        raise PipelineError(f"{_TABLES_JOB} is {run['JobRunState']}: {run.get('ErrorMessage', 'no reason given')}. See: lakestack logs {run_id}")
