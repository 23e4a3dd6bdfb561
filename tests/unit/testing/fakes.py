"""Clients that answer from memory."""

from botocore.exceptions import ClientError

from lakestack.testing.live_stack import LiveStack


class FakeStack(LiveStack):
    """A stack whose clients are given."""

    def __init__(self, **clients):
        super().__init__("http://127.0.0.1:1")
        self._made.update(clients)


class FakeGlue:
    """One job, whose run passes through `states` and stays in the last."""

    def __init__(self, *states, reason=""):
        self.states, self.reason = list(states), reason
        self.arguments, self.stopped = None, []

    def start_job_run(self, JobName, Arguments):
        self.arguments = Arguments
        return {"JobRunId": "jr_1"}

    def get_job_run(self, JobName, RunId):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"JobRun": {"Id": RunId, "JobName": JobName, "JobRunState": state, "ErrorMessage": self.reason}}

    def batch_stop_job_run(self, JobName, JobRunIds):
        self.stopped += JobRunIds


class FakeLogs:
    """Log streams by group and name; as here, a prefix is ignored."""

    class exceptions:  # noqa: N801 - boto3's name
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, **streams):
        self.streams = {
            ("/aws-glue/jobs/output", "jr_2"): [(1, "another run")],
            **{(f"/aws-glue/jobs/{kind}", "jr_1"): said for kind, said in streams.items()},
        }

    def get_paginator(self, operation):
        return self

    def paginate(self, logGroupName, logStreamNames=None, logStreamNamePrefix=None):
        for (group, name), said in self.streams.items():
            if group == logGroupName and (logStreamNames is None or name in logStreamNames):
                yield {"events": [{"timestamp": at, "message": text, "eventId": f"{group}{at}"} for at, text in said]}


class FakeAthena:
    """Answers every statement with one result."""

    def __init__(self, columns, *rows, state="SUCCEEDED", reason=""):
        self.columns, self.rows, self.state, self.reason = columns, rows, state, reason
        self.asked, self.stopped = None, None

    def start_query_execution(self, **request):
        self.asked = request
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId):
        return {"QueryExecution": {"Status": {"State": self.state, "StateChangeReason": self.reason}, "StatementType": "DML"}}

    def stop_query_execution(self, QueryExecutionId):
        self.stopped = QueryExecutionId

    def get_paginator(self, operation):
        return self

    def paginate(self, QueryExecutionId):
        header = [name for name, _ in self.columns]
        cells = [[{} if text is None else {"VarCharValue": text} for text in row] for row in (header, *self.rows)]
        described = [{"Name": name, "Type": kind} for name, kind in self.columns]
        return [{"ResultSet": {"ResultSetMetadata": {"ColumnInfo": described}, "Rows": [{"Data": row} for row in cells]}}]


class FakeS3:
    """One bucket, into which one of `comes_later` comes whenever it was emptied."""

    def __init__(self, comes_later):
        self.coming, self.objects = list(comes_later), []
        self.deleted, self.is_gone = [], False

    def get_paginator(self, operation):
        return self

    def paginate(self, Bucket):
        found, self.objects = self.objects, []
        yield {"Versions": [{"Key": key, "VersionId": "null"} for key in found]}
        self.objects = [self.coming.pop(0)] if self.coming else []

    def delete_objects(self, Bucket, Delete):
        self.deleted.append([version["Key"] for version in Delete["Objects"]])

    def delete_bucket(self, Bucket):
        if self.objects:
            raise ClientError({"Error": {"Code": "BucketNotEmpty", "Message": "not empty"}}, "DeleteBucket")
        self.is_gone = True
