"""Clients that answer from memory."""

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
