"""Step Functions: tasks that wait for Glue and Athena, and end what they started when nobody waits any more."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

GLUE_URL = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html"
ATHENA_URL = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html"
RUN_A_JOB_URL = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync"
STOP_URL = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html"
DATA_URL = "https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"
ROLE_URL = "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html"
# More than one run waits: an interrupted one must not make the next test wait for its own end.
RUNS_AT_ONCE = 10
UNFINISHED = {"WAITING", "STARTING", "RUNNING", "STOPPING"}


@pytest.fixture
def job(stack, bucket):
    """A factory of Python shell jobs, each with its script."""
    glue, names = stack.client("glue"), []

    def make(script):
        name = f"test-{uuid.uuid4().hex[:10]}"
        stack.client("s3").put_object(Bucket=bucket, Key=f"{name}.py", Body=script.encode())
        glue.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/any",
            GlueVersion="3.0",
            Command={"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{bucket}/{name}.py"},
            ExecutionProperty={"MaxConcurrentRuns": RUNS_AT_ONCE},
        )
        names.append(name)
        return name

    yield make
    for name in names:
        glue.delete_job(JobName=name)


@pytest.fixture
def long_job(job):
    return job("import time; time.sleep(600)")


def run_of(job, **fields):
    return {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": job}, "End": True} | fields


def query_of(bucket, sql, **fields):
    parameters = {"QueryString": sql, "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}}
    return {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync", "Parameters": parameters, "End": True} | fields


def start(stack, machine, **given):
    return stack.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]


def ended(stack, execution, within_s=60):
    machines = stack.client("stepfunctions")

    def look():
        described = machines.describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    return eventually(look, within_s, what="the end of the execution")


def history(stack, execution):
    return [event["type"] for event in stack.client("stepfunctions").get_execution_history(executionArn=execution)["events"]]


def only_run(stack, job):
    (run,) = stack.client("glue").get_job_runs(JobName=job)["JobRuns"]
    return run


def begun(stack, job):
    return eventually(lambda: stack.client("glue").get_job_runs(JobName=job)["JobRuns"], what="the job run")[0]["Id"]


def final_state(stack, job):
    return eventually(lambda: (only_run(stack, job)["JobRunState"] not in UNFINISHED) and only_run(stack, job)["JobRunState"], what="the run's end")


@pytest.mark.aws_documented(GLUE_URL)
def test_a_run_that_succeeds_is_the_states_output(stack, made, job):
    name = job("print('done')")

    execution = start(stack, made.state_machine({"Run": run_of(name)}))

    described = ended(stack, execution)
    assert described["status"] == "SUCCEEDED", described.get("cause")
    output = json.loads(described["output"])
    assert output["JobName"] == name
    assert output["JobRunState"] == "SUCCEEDED"
    assert isinstance(output["StartedOn"], int)


@pytest.mark.aws_documented(GLUE_URL)
def test_a_run_that_fails_is_a_failed_task_with_the_run_as_its_cause(stack, made, job):
    name = job("raise SystemExit('must FAIL')")

    execution = start(stack, made.state_machine({"Run": run_of(name)}))

    described = ended(stack, execution)
    assert (described["status"], described["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(described["cause"])
    assert (cause["JobName"], cause["JobRunState"]) == (name, "FAILED")
    assert "must FAIL" in cause["ErrorMessage"]


@pytest.mark.aws_documented(STOP_URL)
def test_a_stopped_execution_stops_its_run_and_says_why_it_ended(stack, made, long_job):
    execution = start(stack, made.state_machine({"Run": run_of(long_job, ResultSelector={"id.$": "$.Id"})}))
    begun(stack, long_job)

    stack.client("stepfunctions").stop_execution(executionArn=execution, error="Operator", cause="not today")

    described = ended(stack, execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Operator", "not today")
    assert final_state(stack, long_job) == "STOPPED"
    events = eventually(lambda: history(stack, execution)[-1] == "ExecutionAborted" and history(stack, execution), what="the last event")
    assert "TaskSucceeded" not in events
    assert "TaskFailed" not in events


@pytest.mark.aws_documented(RUN_A_JOB_URL)
def test_a_task_that_times_out_stops_its_run(stack, made, long_job):
    execution = start(stack, made.state_machine({"Run": run_of(long_job, TimeoutSeconds=2)}))

    described = ended(stack, execution)
    assert described["error"] == "States.Timeout"
    assert final_state(stack, long_job) == "STOPPED"
    assert "TaskTimedOut" in history(stack, execution)
    assert "TaskSucceeded" not in history(stack, execution)


@pytest.mark.aws_documented(RUN_A_JOB_URL)
def test_an_execution_that_times_out_stops_its_run(stack, made, long_job):
    execution = start(stack, made.state_machine({"Run": run_of(long_job)}, TimeoutSeconds=2))

    assert ended(stack, execution)["status"] == "TIMED_OUT"
    assert final_state(stack, long_job) == "STOPPED"
    eventually(lambda: history(stack, execution)[-1] == "ExecutionTimedOut", what="the last event")


@pytest.mark.aws_documented(RUN_A_JOB_URL)
def test_a_branch_that_fails_stops_the_run_of_the_other_branch(stack, made, long_job):
    failing = {"Wait": {"Type": "Wait", "Seconds": 2, "Next": "Fail"}, "Fail": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}}
    branches = [{"StartAt": "Run", "States": {"Run": run_of(long_job)}}, {"StartAt": "Wait", "States": failing}]
    machine = made.state_machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}})

    execution = start(stack, machine)

    assert ended(stack, execution)["error"] == "Broken"
    assert final_state(stack, long_job) == "STOPPED"


@pytest.mark.aws_documented(GLUE_URL)
def test_a_run_that_somebody_stopped_is_not_a_success(stack, made, long_job):
    execution = start(stack, made.state_machine({"Run": run_of(long_job)}))

    stack.client("glue").batch_stop_job_run(JobName=long_job, JobRunIds=[begun(stack, long_job)])

    described = ended(stack, execution)
    assert (described["status"], described["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(described["cause"])["JobRunState"] == "STOPPED"


@pytest.mark.aws_documented(GLUE_URL)
def test_a_refused_start_is_caught_by_the_services_own_error(stack, made):
    catch = [{"ErrorEquals": ["Glue.EntityNotFoundException"], "ResultPath": "$.caught", "Next": "Done"}]
    states = {"Run": run_of("there-is-none") | {"Next": "Done", "Catch": catch}, "Done": {"Type": "Pass", "End": True}}
    del states["Run"]["End"]

    described = ended(stack, start(stack, made.state_machine(states)))

    assert json.loads(described["output"])["caught"]["Error"] == "Glue.EntityNotFoundException"


@pytest.mark.aws_documented(ATHENA_URL)
def test_a_query_is_waited_for_and_its_rows_are_read(stack, made, bucket, database):
    states = {
        "Query": query_of(bucket, f"SHOW TABLES IN {database}") | {"Next": "Rows"},
        "Rows": {
            "Type": "Task",
            "Resource": "arn:aws:states:::athena:getQueryResults",
            "Parameters": {"QueryExecutionId.$": "$.QueryExecution.QueryExecutionId"},
            "End": True,
        },
    }
    del states["Query"]["End"]

    described = ended(stack, start(stack, made.state_machine(states)))

    assert described["status"] == "SUCCEEDED", described.get("cause")
    assert "Rows" in json.loads(described["output"])["ResultSet"]


@pytest.mark.aws_documented(ATHENA_URL)
def test_a_query_that_fails_is_a_failed_task_with_the_query_as_its_cause(stack, made, bucket):
    described = ended(stack, start(stack, made.state_machine({"Query": query_of(bucket, "DROP DATABASE there_is_none_of_it")})))

    cause = json.loads(described["cause"])
    assert described["error"] == "States.TaskFailed"
    assert cause["Status"]["State"] == "FAILED"
    assert isinstance(cause["Status"]["SubmissionDateTime"], int)


@pytest.mark.aws_documented(ATHENA_URL)
def test_a_refused_query_fails_with_athenas_error(stack, made, bucket):
    query = query_of(bucket, "SELECT 1")
    query["Parameters"]["WorkGroup"] = "there-is-none"

    described = ended(stack, start(stack, made.state_machine({"Query": query})))

    assert described["error"] == "Athena.InvalidRequestException"
    assert "(Service: AmazonAthena; Status Code: 400; Error Code: InvalidRequestException; Request ID: " in described["cause"]


@pytest.mark.aws_documented(ATHENA_URL)
@pytest.mark.parametrize("action", ["getQueryResults.sync", "listWorkGroups", "startQueryExecution.waitForTaskToken"])
def test_an_action_that_the_integration_does_not_have_is_refused(made, action):
    with pytest.raises(ClientError) as refused:
        made.state_machine({"A": {"Type": "Task", "Resource": f"arn:aws:states:::athena:{action}", "Parameters": {}, "End": True}})

    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


@pytest.mark.aws_documented(ROLE_URL)
def test_tasks_call_with_the_credentials_of_the_state_machines_role(stack, made):
    role = made.role("states")
    machine = made.state_machine({"Who": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity", "End": True}}, role)

    described = ended(stack, start(stack, machine))

    assert f":assumed-role/{role.rpartition('/')[2]}/" in json.loads(described["output"])["Arn"]


@pytest.mark.aws_documented(DATA_URL)
def test_jsonata_transforms_without_java(stack, made):
    states = {
        "Assign": {"Type": "Pass", "Assign": {"text": 'say "hi"\n', "n": "{% $states.input.n + 1 %}"}, "Next": "Out"},
        "Out": {"Type": "Pass", "Output": "{% {'text': $text, 'n': $n, 'hash': $hash('x', 'MD5'), 'ids': [$uuid(), $uuid()]} %}", "End": True},
    }

    described = ended(stack, start(stack, made.state_machine(states, QueryLanguage="JSONata"), n=1))

    output = json.loads(described["output"])
    assert (output["text"], output["n"]) == ('say "hi"\n', 2)
    assert output["hash"] == "9dd4e461268c8034f5c8564e155c67a6"
    assert len({uuid.UUID(each) for each in output["ids"]}) == 2
