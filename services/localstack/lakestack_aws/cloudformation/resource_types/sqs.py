"""AWS::SQS::Queue and AWS::SQS::QueuePolicy.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html (as at 2026-11-23)
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_map, is_error, tag_changes

# With what each goes back to when a template no longer names it.
_ATTRIBUTES: Properties = {
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "queue",
    "DelaySeconds": 0,
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 1_048_576,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 30,
}
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class Queue(Resource):
    type_name = "AWS::SQS::Queue"
    identifier = "QueueUrl"
    properties = frozenset({*_ATTRIBUTES, "FifoQueue", "QueueName", "Tags"})
    create_only = frozenset({"FifoQueue", "QueueName"})
    attributes = frozenset({"Arn", "QueueUrl"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        sqs = call.client("sqs")
        is_fifo = str(wanted.get("FifoQueue", False)).lower() == "true"
        name = wanted.get("QueueName") or call.generated_name(max_length=75) + (".fifo" if is_fifo else "")
        if _is_there(sqs, name):
            raise already_exists(self, name)
        attributes = {key: _text(wanted[key]) for key in _ATTRIBUTES if key in wanted} | ({"FifoQueue": "true"} if is_fifo else {})
        url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=as_tag_map(wanted.get("Tags")))["QueueUrl"]
        return {"QueueName": name, "QueueUrl": url, "Arn": call.arn("sqs", name)}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        sqs, url = call.client("sqs"), had["QueueUrl"]
        changes = {name: _text(wanted.get(name, default)) for name, default in _ATTRIBUTES.items() if wanted.get(name) != had.get(name)}
        if changes:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=changes)
        changed, removed = tag_changes(wanted, had)
        if changed:
            sqs.tag_queue(QueueUrl=url, Tags=changed)
        if removed:
            sqs.untag_queue(QueueUrl=url, TagKeys=removed)
        return {"QueueName": had["QueueName"]}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("sqs").delete_queue(QueueUrl=had["QueueUrl"])
        except ClientError as error:
            if not is_error(error, *_GONE):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        return had | call.client("sqs").get_queue_attributes(QueueUrl=had["QueueUrl"], AttributeNames=["All"])["Attributes"]


class QueuePolicy(Resource):
    type_name = "AWS::SQS::QueuePolicy"
    identifier = "Id"
    properties = frozenset({"PolicyDocument", "Queues"})
    attributes = frozenset({"Id"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        _put_policy(call, wanted["Queues"], json.dumps(wanted["PolicyDocument"]))
        return {"Id": call.generated_name()}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        _put_policy(call, wanted["Queues"], json.dumps(wanted["PolicyDocument"]))
        self.delete(call, {"Queues": [queue for queue in had["Queues"] if queue not in wanted["Queues"]]})
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        for queue in had["Queues"]:
            try:
                _put_policy(call, [queue], "")
            except ClientError as error:
                if not is_error(error, *_GONE):
                    raise

    def read(self, call: Call, had: Properties) -> Properties:
        attributes = call.client("sqs").get_queue_attributes(QueueUrl=had["Queues"][0], AttributeNames=["Policy"])["Attributes"]
        return had | {"PolicyDocument": json.loads(attributes["Policy"])}


def _put_policy(call: Call, queues: list[str], policy: str) -> None:
    for queue in queues:
        call.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def _is_there(sqs: Any, name: str) -> bool:
    try:
        sqs.get_queue_url(QueueName=name)
    except ClientError as error:
        if is_error(error, *_GONE):
            return False
        raise
    return True


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
