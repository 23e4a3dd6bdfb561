"""scripts/redrive.py: what could not start is started once, and is in the queue until it did."""

import json

import pytest
import redrive
from botocore.exceptions import ClientError

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:lakehouse-orchestration"


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": code}}, "operation")


class Aws:
    """SQS, S3 and Step Functions as far as the script uses them; messages that are put back come again."""

    def __init__(self, *bodies, objects=(), is_there=True, **attributes):
        found = {"TARGET_ARN": MACHINE, "ERROR_CODE": "StateMachineDoesNotExist", "ERROR_MESSAGE": "none of that name", **attributes}
        attributes = {name: {"StringValue": value} for name, value in found.items() if value}
        self.waiting = [
            {"MessageId": f"m{n}", "ReceiptHandle": f"r{n}", "Body": json.dumps(body), "MessageAttributes": attributes}
            for n, body in enumerate(bodies)
        ]
        self.in_flight = []
        self.objects = set(objects)
        self.is_there = is_there
        self.executions = {}

    def client(self, _service):
        return self

    def get_queue_url(self, QueueName):
        return {"QueueUrl": QueueName}

    def receive_message(self, MaxNumberOfMessages, **_options):
        received, self.waiting = self.waiting[:MaxNumberOfMessages], self.waiting[MaxNumberOfMessages:]
        self.in_flight += received
        return {"Messages": received} if received else {}

    def change_message_visibility(self, ReceiptHandle, VisibilityTimeout, **_queue):
        self.waiting += [message for message in self.in_flight if message["ReceiptHandle"] == ReceiptHandle]
        self.in_flight = [message for message in self.in_flight if message["ReceiptHandle"] != ReceiptHandle]

    def delete_message(self, ReceiptHandle, **_queue):
        self.in_flight = [message for message in self.in_flight if message["ReceiptHandle"] != ReceiptHandle]

    def head_object(self, Key, **_rest):
        if Key not in self.objects:
            raise refusal("404")

    def start_execution(self, stateMachineArn, name, **given):
        if not self.is_there:
            raise refusal("StateMachineDoesNotExist")
        if name in self.executions:
            raise refusal("ExecutionAlreadyExists")
        self.executions[name] = (stateMachineArn, json.loads(given["input"]))
        return {"executionArn": f"{stateMachineArn}:{name}"}


def upload(number, key="uploads/a.csv"):
    return {"id": f"e{number}", "detail": {"bucket": {"name": "lake"}, "object": {"key": key, "version-id": "v"}}}


def test_each_event_is_started_as_it_was_and_taken_out_of_the_queue():
    events = [upload(number) for number in range(25)]
    aws = Aws(*events, objects=["uploads/a.csv"])

    sent = redrive.Redrive(aws.client).send_again()

    assert sent == (25, 0)
    assert list(aws.executions.values()) == [(MACHINE, event) for event in events]
    assert aws.waiting == aws.in_flight == []


def test_listing_says_what_waits_and_why_and_changes_nothing(capsys):
    aws = Aws(upload(1), {"id": "e2", "detail-type": "Scheduled Event"}, objects=["uploads/a.csv"], RETRY_ATTEMPTS="185")

    assert redrive.Redrive(aws.client).show() == 2

    said = capsys.readouterr().out
    assert "uploads/a.csv\n    StateMachineDoesNotExist: none of that name (tried again 185 times)\n" in said
    assert "Scheduled Event" in said
    assert (len(aws.waiting), aws.executions) == (2, {})


def test_an_event_that_cannot_be_started_stays_in_the_queue():
    aws = Aws(upload(1), is_there=False)

    assert redrive.Redrive(aws.client).send_again() == (0, 1)
    assert len(aws.waiting) == 1


@pytest.mark.parametrize(("body", "attributes"), [({"no": "id"}, {}), (upload(1), {"TARGET_ARN": None}), ([1], {})])
def test_what_eventbridge_did_not_put_there_is_left_alone(body, attributes):
    aws = Aws(body, **attributes)

    assert redrive.Redrive(aws.client).send_again() == (0, 1)
    assert aws.executions == {}


def test_an_event_that_was_sent_again_before_starts_nothing_and_is_said_so(capsys):
    aws = Aws(upload(1), upload(1), objects=["uploads/a.csv"])

    assert redrive.Redrive(aws.client).send_again() == (2, 0)
    assert len(aws.executions) == 1
    assert "was sent again before" in capsys.readouterr().out


def test_an_object_that_is_gone_is_said_so(capsys):
    aws = Aws(upload(1))

    redrive.Redrive(aws.client).send_again()

    assert "the object is gone" in capsys.readouterr().out
