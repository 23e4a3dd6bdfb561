"""EventBridge: from an upload to a target, with the key as it is, and nothing lost."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

S3_URL = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"
PATTERN_URL = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"
TRANSFORM_URL = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"
DLQ_URL = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"
DISABLE_URL = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html"

AWKWARD_KEYS = ["uploads/a b+c%41&é=#'\".csv", "uploads/日本語/ÄÖ.xlsx", "uploads/" + "k" * 1016, "uploads/100%.csv"]
DONE = {"Done": {"Type": "Pass", "End": True}}


@pytest.fixture
def noisy_bucket(stack, bucket):
    """A bucket that tells EventBridge of its objects."""
    stack.client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    return bucket


def uploads_of(bucket):
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "uploads/"}]}},
    }


def received(stack, url, wait_s=10):
    messages = stack.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=wait_s, MessageAttributeNames=["All"]).get("Messages", [])
    return messages[0] if messages else None


def inputs_of(stack, machine):
    machines = stack.client("stepfunctions")
    executions = machines.list_executions(stateMachineArn=machine)["executions"]
    return [json.loads(machines.describe_execution(executionArn=each["executionArn"])["input"]) for each in executions]


@pytest.mark.aws_documented(S3_URL)
@pytest.mark.parametrize("key", AWKWARD_KEYS, ids=["punctuation", "other scripts", "1,024 bytes", "a percent sign"])
def test_an_upload_starts_the_state_machine_with_its_raw_key(stack, made, noisy_bucket, key):
    role, machine = made.role("events"), made.state_machine(DONE)
    made.rule(uploads_of(noisy_bucket), {"Arn": machine, "RoleArn": role})

    etag = stack.client("s3").put_object(Bucket=noisy_bucket, Key=key, Body=b"12345")["ETag"]

    (event,) = eventually(lambda: inputs_of(stack, machine), what="the execution")
    assert event["detail"]["object"]["key"] == key
    assert event["detail"]["object"]["size"] == 5
    assert event["detail"]["object"]["etag"] == etag.strip('"')
    assert event["detail"]["reason"] == "PutObject"
    assert event["detail"]["requester"] == event["account"] == "000000000000"


@pytest.mark.aws_documented(S3_URL)
def test_a_multipart_upload_is_one_event_with_its_own_reason_and_version(stack, made, noisy_bucket):
    s3, (url, arn) = stack.client("s3"), made.queue()
    s3.put_bucket_versioning(Bucket=noisy_bucket, VersioningConfiguration={"Status": "Enabled"})
    made.rule(uploads_of(noisy_bucket), {"Arn": arn})
    upload = s3.create_multipart_upload(Bucket=noisy_bucket, Key="uploads/k")["UploadId"]
    etag = s3.upload_part(Bucket=noisy_bucket, Key="uploads/k", UploadId=upload, PartNumber=1, Body=b"1")["ETag"]

    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    version = s3.complete_multipart_upload(Bucket=noisy_bucket, Key="uploads/k", UploadId=upload, MultipartUpload=parts)["VersionId"]

    event = json.loads(received(stack, url)["Body"])
    assert event["detail"]["reason"] == "CompleteMultipartUpload"
    assert event["detail"]["object"]["version-id"] == version


@pytest.mark.aws_documented(TRANSFORM_URL)
def test_a_state_machine_takes_a_transformed_input(stack, made, noisy_bucket):
    role, machine = made.role("events"), made.state_machine(DONE)
    transformer = {
        "InputPathsMap": {"key": "$.detail.object.key", "size": "$.detail.object.size"},
        "InputTemplate": '{"key": <key>, "size": <size>, "text": "of <size> bytes"}',
    }
    made.rule(uploads_of(noisy_bucket), {"Arn": machine, "RoleArn": role, "InputTransformer": transformer})

    stack.client("s3").put_object(Bucket=noisy_bucket, Key="uploads/empty", Body=b"")

    (given,) = eventually(lambda: inputs_of(stack, machine), what="the execution")
    assert given == {"key": "uploads/empty", "size": 0, "text": "of 0 bytes"}


@pytest.mark.aws_documented("https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html")
@pytest.mark.parametrize(
    ("target", "expected"), [({"Input": '{"fixed": true}'}, {"fixed": True}), ({"InputPath": "$.detail"}, {"n": 1})], ids=["Input", "InputPath"]
)
def test_a_state_machine_takes_a_fixed_input_or_a_part_of_the_event(stack, made, target, expected):
    source, role, machine = f"test.{target}", made.role("events"), made.state_machine(DONE)
    made.rule({"source": [source]}, {"Arn": machine, "RoleArn": role, **target})

    stack.client("events").put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": '{"n": 1}'}])

    assert eventually(lambda: inputs_of(stack, machine), what="the execution") == [expected]


@pytest.mark.aws_documented(DLQ_URL)
def test_an_event_that_cannot_be_delivered_is_in_the_dead_letter_queue(stack, made):
    url, arn = made.queue()
    gone = "arn:aws:states:us-east-1:000000000000:stateMachine:there-is-none"
    target = {"Arn": gone, "RoleArn": made.role("events"), "DeadLetterConfig": {"Arn": arn}, "RetryPolicy": {"MaximumRetryAttempts": 0}}
    rule = made.rule({"source": ["test.lost"]}, target)

    stack.client("events").put_events(Entries=[{"Source": "test.lost", "DetailType": "t", "Detail": '{"n": 1}'}])

    message = received(stack, url)
    assert json.loads(message["Body"])["detail"] == {"n": 1}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "StateMachineDoesNotExist"
    assert attributes["TARGET_ARN"] == gone
    assert attributes["RULE_ARN"].endswith(rule)


@pytest.mark.aws_documented(PATTERN_URL)
@pytest.mark.parametrize(("pattern", "is_match"), [("uploads/*.csv", True), ("*", True), ("uploads/*a.csv", True), (r"uploads/\*.csv", False)])
def test_a_wildcard_stands_for_any_number_of_characters(stack, pattern, is_match):
    event = {"id": "1", "account": "0", "source": "s", "time": "2026-11-23T00:00:00Z", "region": "r", "resources": [], "detail-type": "d"}

    tested = stack.client("events").test_event_pattern(
        EventPattern=json.dumps({"detail": {"key": [{"wildcard": pattern}]}}), Event=json.dumps(event | {"detail": {"key": "uploads/a.csv"}})
    )

    assert tested["Result"] is is_match


@pytest.mark.aws_documented(PATTERN_URL)
@pytest.mark.parametrize(
    "pattern", ['{"source": "text"}', '{"source": []}', '{"source": [{"prefix": 1}]}', '{"source": [{"no-operator": "x"}]}', "[1]"]
)
def test_what_is_not_a_pattern_is_refused(stack, pattern):
    with pytest.raises(ClientError) as refused:
        stack.client("events").put_rule(Name="test-never-made", EventPattern=pattern)

    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"


@pytest.mark.aws_documented(DISABLE_URL)
def test_a_disabled_rule_does_not_fire_until_it_is_enabled(stack, made):
    events, (url, arn) = stack.client("events"), made.queue()
    entry = {"Source": "test.rest", "DetailType": "t", "Detail": "{}"}
    rule = made.rule({"source": ["test.rest"]}, {"Arn": arn}, State="DISABLED")

    events.put_events(Entries=[entry])
    while_disabled = received(stack, url, wait_s=2)
    events.enable_rule(Name=rule)
    events.put_events(Entries=[entry])

    assert while_disabled is None
    assert received(stack, url) is not None
