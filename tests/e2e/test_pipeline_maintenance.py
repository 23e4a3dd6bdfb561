"""The care of the lake over time: small files are put together, old ones go, answers stay; and what could not start is started again."""

import json
import uuid

import pytest

from tests.support import command
from tests.support.pipeline import LAKE
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)

ORDERS = "order_num,order_id,user_id,order_timestamp,total_amount,date\n"
RULE = "lakehouse-maintenance"
MACHINES = "arn:aws:states:us-east-1:000000000000:stateMachine"


def start(stack, **given):
    machines = stack.client("stepfunctions")
    return machines.start_execution(stateMachineArn=f"{MACHINES}:lakehouse-maintenance", input=json.dumps(given))["executionArn"]


def ended(stack, execution):
    def found():
        described = stack.client("stepfunctions").describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    return eventually(found, 240, 0.5, f"the end of {execution}")


def order(number, day=1):
    return f"1,{number},7,2033-01-0{day}T08:00:00,{number % 100}.50,2033-01-0{day}\n"


def files(stack, table):
    pages = stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=LAKE, Prefix=f"lakehouse/processed/{table}/date=2033-01-01/")
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def states_of_the_last_load(stack):
    machines = stack.client("stepfunctions")
    last = machines.list_executions(stateMachineArn=f"{MACHINES}:lakehouse-orchestration")["executions"][0]["executionArn"]
    pages = machines.get_paginator("get_execution_history").paginate(executionArn=last)
    return {event["stateEnteredEventDetails"]["name"] for page in pages for event in page["events"] if "stateEnteredEventDetails" in event}


def test_maintenance_leaves_fewer_files_and_the_same_answers_and_a_load_meanwhile_waits_and_loads(stack, pipeline):
    for number in (950001, 950002):
        (execution,) = pipeline.upload(orders__csv=ORDERS + order(number) + order(number + 100, day=2))
        assert execution.status == "SUCCEEDED", execution.why
    asked = 'select order_id, total_amount, "date" from orders where "date" < date \'2034-01-01\' order by 1'
    before, lying = pipeline.query(asked), files(stack, "orders")
    assert len(lying) == 2

    maintenance = start(stack, retention_hours="0")
    (meanwhile,) = pipeline.upload(orders__csv=ORDERS + order(950004, day=3))
    described = ended(stack, maintenance)

    assert (described["status"], json.loads(described.get("output", "{}")).get("outcome")) == ("SUCCEEDED", "DONE"), described
    assert meanwhile.status == "SUCCEEDED", meanwhile.why
    assert "Wait for the load lease" in states_of_the_last_load(stack)
    assert [row for row in pipeline.query(asked) if row[0] != "950004"] == before
    assert pipeline.query("select count(*) from orders where order_id = 950004") == [("1",)]
    left = files(stack, "orders")
    assert len(left) == 1
    assert not left & lying
    assert [row for row in pipeline.query("execute validate_orders") if row[1] == "error"] == []


@pytest.fixture(scope="module")
def by_the_minute(stack, pipeline):
    """Lets the maintenance's rule fire at the next full minute; what was deployed is yielded, and comes back."""
    events, sqs = stack.client("events"), stack.client("sqs")
    deployed = events.describe_rule(Name=RULE)
    (target,) = events.list_targets_by_rule(Rule=RULE)["Targets"]
    queue = sqs.create_queue(QueueName=f"disabled-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="test-disabled", ScheduleExpression="cron(* * * * ? *)", State="DISABLED")
    events.put_targets(Rule="test-disabled", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_rule(Name=RULE, ScheduleExpression="cron(* * * * ? *)", State="ENABLED")
    events.put_targets(Rule=RULE, Targets=[target])  # as CloudFormation does at every change; it is one schedule all the same

    yield deployed, target, lambda: sqs.receive_message(QueueUrl=queue).get("Messages", [])

    events.put_rule(Name=RULE, ScheduleExpression=deployed["ScheduleExpression"], State=deployed["State"])
    events.remove_targets(Rule="test-disabled", Ids=["queue"])
    events.delete_rule(Name="test-disabled")
    sqs.delete_queue(QueueUrl=queue)


@pytest.fixture
def without_state_machine(stack, pipeline):
    """The pipeline while its state machine is gone; calling it brings the state machine back."""
    machines, gone = stack.client("stepfunctions"), []
    had = machines.describe_state_machine(stateMachineArn=f"{MACHINES}:lakehouse-orchestration")
    machines.delete_state_machine(stateMachineArn=had["stateMachineArn"])

    def bring_back():
        if not gone:
            kept = {name: had[name] for name in ("name", "definition", "roleArn", "type", "loggingConfiguration")}
            gone.append(machines.create_state_machine(**kept)["stateMachineArn"])

    yield bring_back
    bring_back()


def test_an_upload_that_could_not_start_waits_in_the_queue_until_it_is_sent_again(stack, pipeline, without_state_machine, by_the_minute, tmp_path):
    sqs, machines = stack.client("sqs"), stack.client("stepfunctions")
    queue = sqs.get_queue_url(QueueName="lakehouse-uploads-dlq")["QueueUrl"]
    key = f"uploads/undelivered {uuid.uuid4().hex[:6]}/orders.csv"

    def waiting():
        return int(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"])

    stack.client("s3").put_object(Bucket=LAKE, Key=key, Body=(ORDERS + order(960001)).encode())
    eventually(lambda: waiting() == 1, 60, what="the event in the dead-letter queue")
    listed = command.run(stack, tmp_path, "redrive", "--list")
    refused = command.run(stack, tmp_path, "redrive")
    assert key in listed.stdout, listed.stdout + listed.stderr
    assert "StateMachineDoesNotExist" in listed.stdout
    assert (refused.returncode, waiting()) == (1, 1), refused.stdout + refused.stderr

    without_state_machine()
    sent = command.run(stack, tmp_path, "redrive")

    assert (sent.returncode, waiting()) == (0, 0), sent.stdout + sent.stderr
    executions = machines.list_executions(stateMachineArn=f"{MACHINES}:lakehouse-orchestration")["executions"]
    (again,) = [each["executionArn"] for each in executions if each["name"].startswith("redrive-")]
    assert ended(stack, again)["status"] == "SUCCEEDED"
    assert pipeline.query("select order_id from orders where order_id = 960001") == [("960001",)]


def test_the_schedule_starts_the_maintenance_once_at_its_time(stack, by_the_minute):
    deployed, target, received_while_disabled = by_the_minute
    assert (deployed["ScheduleExpression"], deployed["State"]) == ("cron(0 3 * * ? *)", "ENABLED")
    assert target["DeadLetterConfig"]["Arn"].endswith(":lakehouse-uploads-dlq")
    assert stack.client("glue").get_job(JobName="compact_tables")["Job"]["DefaultArguments"]["--retention_hours"] == "168"

    def by_the_clock():
        machines = stack.client("stepfunctions")
        found = machines.list_executions(stateMachineArn=f"{MACHINES}:lakehouse-maintenance")["executions"]
        started = [machines.describe_execution(executionArn=each["executionArn"]) for each in found]
        return [each for each in started if json.loads(each["input"]).get("detail-type") == "Scheduled Event"]

    eventually(by_the_clock, 75, 0.5, "an execution by the clock")

    minutes = [each["startDate"].minute for each in by_the_clock()]
    assert len(minutes) == len(set(minutes))
    assert all(each["startDate"].second < 10 for each in by_the_clock())
    assert ended(stack, by_the_clock()[-1]["executionArn"])["status"] == "SUCCEEDED"
    assert received_while_disabled() == []
