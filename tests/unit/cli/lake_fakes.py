"""A lake that answers from memory: executions of uploads, the ingestion log, and what else the verbs ask for."""

import io
import json
from datetime import UTC, datetime

from lakestack.lake.claims import Claims
from lakestack.lake.executions import Executions
from lakestack.lake.ingestions import Ingestions

ROW = [
    "upload_id",
    "dataset",
    "sheet",
    "source_key",
    "source_version_id",
    "content_hash",
    "outcome",
    "reason",
    "rows_read",
    "inserted",
    "updated",
    "unchanged",
    "rejected",
    "held",
    "duplicates",
    "seconds",
    "warnings",
]


class LakeAthena:
    """Answers a statement with the rows of the first entry whose words it holds; remembers what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, []

    def start_query_execution(self, QueryString, **_):
        self.asked.append(QueryString)
        return {"QueryExecutionId": QueryString}

    def get_query_execution(self, QueryExecutionId):
        return {"QueryExecution": {"Status": {"State": "SUCCEEDED"}, "StatementType": "DML"}}

    def get_paginator(self, operation):
        return self

    def paginate(self, QueryExecutionId):
        rows = next((rows for words, rows in self.answers if words in QueryExecutionId), [])
        cells = [[{} if value is None else {"VarCharValue": str(value)} for value in row] for row in rows]
        yield {"ResultSet": {"Rows": [{"Data": row} for row in cells], "ResultSetMetadata": {"ColumnInfo": []}}}


class LakeStepFunctions:
    """Executions as (key, version, status, further members of DescribeExecution), oldest first."""

    def __init__(self, *executions, state="Load orders"):
        self.executions, self.state = executions, state

    def list_executions(self, stateMachineArn, maxResults):
        described = [
            {"executionArn": f"arn:{n}", "name": f"name-{n}", "status": one[2], "startDate": datetime(2026, 4, 1, 13, n, tzinfo=UTC)}
            for n, one in enumerate(self.executions)
        ]
        return {"executions": described[::-1]}

    def describe_execution(self, executionArn):
        key, version, status, *more = self.executions[int(executionArn.removeprefix("arn:"))]
        event = {"detail": {"object": {"key": key, "version-id": version}}}
        return {"status": status, "input": json.dumps(event), **(more[0] if more else {})}

    def get_paginator(self, operation):
        return self

    def paginate(self, executionArn):
        entered = {"id": 1, "type": "TaskStateEntered", "timestamp": datetime.now(UTC), "stateEnteredEventDetails": {"name": self.state}}
        return [{"events": [entered]}]


class LakeS3:
    """Objects as key=content."""

    class exceptions:  # noqa: N801 - boto3's name
        class NoSuchKey(Exception):
            pass

    def __init__(self, **objects):
        self.objects = objects

    def list_objects_v2(self, Bucket, Prefix):
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}

    def get_object(self, Bucket, Key):
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey
        return {"Body": io.BytesIO(json.dumps(self.objects[Key]).encode())}


class LakeDynamoDB:
    """The items of one table as key=content."""

    def __init__(self, **items):
        self.items = items

    def get_item(self, TableName, Key):
        content = self.items.get(Key["key"]["S"])
        return {"Item": {"content": {"S": json.dumps(content)}}} if content else {}


class LakeLambda:
    def __init__(self, coordination):
        self.coordination = coordination

    def get_function_configuration(self, FunctionName):
        return {"Environment": {"Variables": {"COORDINATION": self.coordination} if self.coordination else {}}}


class LakeClients:
    def __init__(self, s3=None, dynamodb=None, coordination=None):
        self.clients = {"s3": s3 or LakeS3(), "dynamodb": dynamodb, "lambda": LakeLambda(coordination)}

    def client(self, service):
        return self.clients[service]


class LakeGlue:
    def get_job(self, JobName):
        return {"Job": {"DefaultArguments": {"--held_limit_days": "7"}}}


def logged(upload_id, key="uploads/orders.csv", dataset="orders", sheet="2025-04-01", outcome="OK", **values):
    """Return a row of the ingestion log as the verbs ask for it; numbers that are not given are 0, texts null."""
    known = {
        "upload_id": upload_id,
        "dataset": dataset,
        "sheet": sheet,
        "source_key": key,
        "source_version_id": upload_id.partition("-")[2],
        "content_hash": "hash",
        "outcome": outcome,
    }
    given = {**known, **values}
    return tuple(given.get(name, 0 if name in ROW[8:16] else None) for name in ROW)


def ingestions(athena, stepfunctions=None, clients=None):
    return Ingestions(athena, Executions(stepfunctions or LakeStepFunctions(), "us-east-1"), Claims(clients or LakeClients()))
