"""AWS::Events::Rule.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html (as at 2026-11-23)
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import (
    Call,
    Properties,
    Resource,
    ResourceError,
    already_exists,
    as_tag_list,
    chosen,
    is_error,
    tag_changes,
)


class Rule(Resource):
    """A rule with its targets, which are put again at every change: they take up what PutRule changed."""

    type_name = "AWS::Events::Rule"
    identifier = "Name"
    properties = frozenset({"Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State", "Tags", "Targets"})
    create_only = frozenset({"EventBusName", "Name"})
    attributes = frozenset({"Arn"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        events, name = call.client("events"), wanted.get("Name") or call.generated_name()
        if _is_there(events, name, wanted):
            raise already_exists(self, name)
        arn = _put(events, name, wanted)
        try:
            _put_targets(events, name, wanted)
        except Exception:
            events.delete_rule(Name=name, **_bus(wanted))
            raise
        if tags := wanted.get("Tags"):
            events.tag_resource(ResourceARN=arn, Tags=tags)
        return {"Name": name, "Arn": arn}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        events, name = call.client("events"), had["Name"]
        arn = _put(events, name, wanted)
        _put_targets(events, name, wanted)
        gone = _target_ids(had) - _target_ids(wanted)
        if gone:
            events.remove_targets(Rule=name, Ids=sorted(gone), **_bus(wanted))
        changed, removed = tag_changes(wanted, had)
        if changed:
            events.tag_resource(ResourceARN=arn, Tags=as_tag_list(changed))
        if removed:
            events.untag_resource(ResourceARN=arn, TagKeys=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        events, name = call.client("events"), had["Name"]
        try:
            targets = events.list_targets_by_rule(Rule=name, **_bus(had))["Targets"]
            if targets:
                events.remove_targets(Rule=name, Ids=[target["Id"] for target in targets], **_bus(had))
            events.delete_rule(Name=name, **_bus(had))
        except ClientError as error:
            if not is_error(error, "ResourceNotFoundException"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        events, name = call.client("events"), had["Name"]
        rule = events.describe_rule(Name=name, **_bus(had))
        targets = events.list_targets_by_rule(Rule=name, **_bus(had))["Targets"]
        return had | chosen(rule, "Arn", "Description", "ScheduleExpression", "State") | {"Targets": targets}


def _bus(properties: Properties) -> Properties:
    return chosen(properties, "EventBusName")


def _is_there(events: Any, name: str, wanted: Properties) -> bool:
    try:
        events.describe_rule(Name=name, **_bus(wanted))
    except ClientError as error:
        if is_error(error, "ResourceNotFoundException"):
            return False
        raise
    return True


def _put(events: Any, name: str, wanted: Properties) -> str:
    parameters = chosen(wanted, "Description", "EventBusName", "RoleArn", "ScheduleExpression", "State")
    if pattern := wanted.get("EventPattern"):
        parameters["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return events.put_rule(Name=name, **parameters)["RuleArn"]


def _put_targets(events: Any, name: str, wanted: Properties) -> None:
    targets = wanted.get("Targets") or []
    if not targets:
        return
    failed = events.put_targets(Rule=name, Targets=targets, **_bus(wanted)).get("FailedEntries") or []
    if failed:
        raise ResourceError("; ".join(f"Target {entry['TargetId']}: {entry['ErrorMessage']} ({entry['ErrorCode']})" for entry in failed))


def _target_ids(properties: Properties) -> set[str]:
    return {target["Id"] for target in properties.get("Targets") or []}
