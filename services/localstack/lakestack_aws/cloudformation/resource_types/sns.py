"""AWS::SNS::Topic and AWS::SNS::TopicPolicy.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html (as at 2026-11-23)
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_list, is_error, tag_changes

# With what each goes back to when a template no longer names it.
_ATTRIBUTES = {"ContentBasedDeduplication": "false", "DisplayName": "", "KmsMasterKeyId": ""}


class Topic(Resource):
    type_name = "AWS::SNS::Topic"
    identifier = "TopicArn"
    properties = frozenset({*_ATTRIBUTES, "FifoTopic", "Subscription", "Tags", "TopicName"})
    create_only = frozenset({"FifoTopic", "TopicName"})
    attributes = frozenset({"TopicArn"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        sns = call.client("sns")
        is_fifo = str(wanted.get("FifoTopic", False)).lower() == "true"
        name = wanted.get("TopicName") or call.generated_name(max_length=250) + (".fifo" if is_fifo else "")
        arn = call.arn("sns", name)
        if _is_there(sns, arn):
            raise already_exists(self, arn)
        attributes = {key: _text(wanted[key]) for key in (*_ATTRIBUTES, "FifoTopic") if key in wanted}
        sns.create_topic(Name=name, Attributes=attributes, Tags=wanted.get("Tags") or [])
        try:
            _subscribe(sns, arn, wanted, {})
        except Exception:
            sns.delete_topic(TopicArn=arn)
            raise
        return {"TopicArn": arn, "TopicName": name}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        sns, arn = call.client("sns"), had["TopicArn"]
        for name, default in _ATTRIBUTES.items():
            if wanted.get(name) != had.get(name):
                sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=_text(wanted.get(name, default)))
        _subscribe(sns, arn, wanted, had)
        changed, removed = tag_changes(wanted, had)
        if changed:
            sns.tag_resource(ResourceArn=arn, Tags=as_tag_list(changed))
        if removed:
            sns.untag_resource(ResourceArn=arn, TagKeys=removed)
        return {"TopicName": had["TopicName"]}

    def delete(self, call: Call, had: Properties) -> None:
        # DeleteTopic succeeds for a topic that is not there.
        call.client("sns").delete_topic(TopicArn=had["TopicArn"])

    def read(self, call: Call, had: Properties) -> Properties:
        return had | call.client("sns").get_topic_attributes(TopicArn=had["TopicArn"])["Attributes"]


class TopicPolicy(Resource):
    type_name = "AWS::SNS::TopicPolicy"
    identifier = "Id"
    properties = frozenset({"PolicyDocument", "Topics"})
    attributes = frozenset({"Id"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        _put_policy(call, wanted["Topics"], wanted["PolicyDocument"])
        return {"Id": call.generated_name()}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        _put_policy(call, wanted["Topics"], wanted["PolicyDocument"])
        self.delete(call, {"Topics": [topic for topic in had["Topics"] if topic not in wanted["Topics"]]})
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        for topic in had["Topics"]:
            try:
                _put_policy(call, [topic], _default_policy(topic, call.account_id))
            except ClientError as error:
                if not is_error(error, "NotFound", "NotFoundException"):
                    raise

    def read(self, call: Call, had: Properties) -> Properties:
        policy = call.client("sns").get_topic_attributes(TopicArn=had["Topics"][0])["Attributes"]["Policy"]
        return had | {"PolicyDocument": json.loads(policy)}


def _subscribe(sns: Any, arn: str, wanted: Properties, had: Properties) -> None:
    new, old = _subscriptions(wanted), _subscriptions(had)
    for protocol, endpoint in sorted(new - old):
        sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
    gone = old - new
    if gone:
        for subscription in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
            if (subscription["Protocol"], subscription["Endpoint"]) in gone:
                sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


def _subscriptions(properties: Properties) -> set[tuple[str, str]]:
    return {(each["Protocol"], each["Endpoint"]) for each in properties.get("Subscription") or []}


def _put_policy(call: Call, topics: list[str], document: Any) -> None:
    for topic in topics:
        call.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))


def _default_policy(topic: str, account_id: str) -> Properties:
    """Return the policy that a new topic has on AWS: its owner may do everything."""
    actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def _is_there(sns: Any, arn: str) -> bool:
    try:
        sns.get_topic_attributes(TopicArn=arn)
    except ClientError as error:
        if is_error(error, "NotFound", "NotFoundException"):
            return False
        raise
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
