"""CloudFormation stacks by change sets: what would change is known before it does.

Sources (as at 2026-11-22):
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploying.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT_S = 1800
_NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
_CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled")
_ENDED_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# A first create that failed: it cannot be updated, and what it had made is undone already.
_UNUSABLE = {"ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"}


@dataclass(frozen=True)
class Change:
    """What becomes of one resource.

    Attributes:
        action: Add, Modify, Remove, Import or Dynamic, as CloudFormation says.
        replacement: True, False or Conditional; empty unless it is a Modify.
        properties: Those that change.
    """

    action: str
    logical_id: str
    resource_type: str
    replacement: str
    properties: tuple[str, ...]


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be executed; without changes there is nothing to execute."""

    stack_name: str
    arn: str
    changes: tuple[Change, ...]


class Stacks:
    """The stacks of one target."""

    def __init__(self, cloudformation: Any, poll_interval_s: float) -> None:
        self._cloudformation = cloudformation
        self._poll_interval_s = poll_interval_s

    def propose(self, stack_name: str, template: Mapping[str, str], parameters: Mapping[str, str]) -> ChangeSet:
        """Ask what it would take to make the stack what the template says.

        Args:
            stack_name: Created if it is not there.
            template: TemplateBody or TemplateURL.
            parameters: Of the template.

        Raises:
            DeployError: CloudFormation refuses the template.
        """
        if self._status(stack_name) in _UNUSABLE:
            self._delete(stack_name)
        answer = self._cloudformation.create_change_set(
            StackName=stack_name,
            ChangeSetName=f"deploy-{uuid.uuid4().hex[:12]}",
            ChangeSetType="CREATE" if self._status(stack_name) in {None, "REVIEW_IN_PROGRESS"} else "UPDATE",
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **template,
        )
        described = self._wait_for_change_set(answer["Id"])
        changes = tuple(_change(entry["ResourceChange"]) for entry in described["Changes"])
        if described["Status"] == "FAILED" and not any(words in described.get("StatusReason", "") for words in _NO_CHANGE):
            raise DeployError(f"{stack_name}: CloudFormation refuses the template: {described.get('StatusReason', 'it gives no reason')}")
        if not changes:
            self._cloudformation.delete_change_set(ChangeSetName=answer["Id"])
        return ChangeSet(stack_name, answer["Id"], changes)

    def execute(self, change_set: ChangeSet) -> None:
        """Make the changes and wait until all are made.

        Raises:
            DeployError: One failed; the first failing event and its reason are in the message.
        """
        token = f"deploy-{uuid.uuid4().hex}"
        earlier = {event["EventId"] for event in self._events(change_set.stack_name)}
        self._cloudformation.execute_change_set(ChangeSetName=change_set.arn, ClientRequestToken=token)
        status = self._wait_for_stack(change_set.stack_name)
        if status not in _ENDED_WELL:
            events = [event for event in self._events(change_set.stack_name) if event["EventId"] not in earlier]
            raise DeployError(f"{change_set.stack_name} is {status}. {first_failure(events)}")

    def outputs(self, stack_name: str) -> dict[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self, stack_name: str) -> dict[str, str]:
        """Return the parameters that the stack was deployed with; empty if there is no such stack."""
        if self._status(stack_name) is None:
            return {}
        (stack,) = self._cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack.get("Parameters", [])}

    def _status(self, stack_name: str) -> str | None:
        """The stack's status; None if there is no such stack."""
        try:
            (stack,) = self._cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return str(stack["StackStatus"])

    def _delete(self, stack_name: str) -> None:
        (stack,) = self._cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
        self._cloudformation.delete_stack(StackName=stack_name)
        status = self._wait_for_stack(stack["StackId"])
        if status != "DELETE_COMPLETE":
            events = self._events(stack["StackId"])
            raise DeployError(f"{stack_name} was never created whole, and what is left of it could not be removed: {status}. {first_failure(events)}")

    def _wait_for_change_set(self, arn: str) -> Any:
        deadline = time.monotonic() + _LIMIT_S
        while time.monotonic() < deadline:
            described = self._cloudformation.describe_change_set(ChangeSetName=arn)
            if described["Status"] in {"CREATE_COMPLETE", "FAILED"}:
                return {**described, "Changes": self._all_changes(described)}
            time.sleep(self._poll_interval_s)
        raise DeployError(f"The change set {arn} was not ready within {_LIMIT_S} s.")

    def _all_changes(self, described: Any) -> list[Any]:
        changes = list(described.get("Changes", []))
        while described.get("NextToken"):
            described = self._cloudformation.describe_change_set(ChangeSetName=described["ChangeSetId"], NextToken=described["NextToken"])
            changes += described.get("Changes", [])
        return changes

    def _wait_for_stack(self, stack_name: str) -> str:
        deadline = time.monotonic() + _LIMIT_S
        while time.monotonic() < deadline:
            status = self._status(stack_name) or "DELETE_COMPLETE"
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(self._poll_interval_s)
        raise DeployError(f"{stack_name} was still {status} after {_LIMIT_S} s. See its events: aws cloudformation describe-stack-events")

    def _events(self, stack_name: str) -> list[Any]:
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_name)
        return [event for page in pages for event in page["StackEvents"]]


def first_failure(events: list[Any]) -> str:
    """Say which resource failed first and why; what was merely cancelled because of it does not count.

    Args:
        events: As DescribeStackEvents gives them, newest first.
    """
    for event in reversed(events):
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and not reason.startswith(_CONSEQUENCES):
            return f"{event['LogicalResourceId']} ({event['ResourceType']}) is {event['ResourceStatus']}: {reason or 'no reason is given'}"
    return "No event says why."


def _change(resource: Any) -> Change:
    names = {detail["Target"].get("Name", "") or detail["Target"]["Attribute"] for detail in resource.get("Details", []) if detail.get("Target")}
    return Change(
        resource["Action"],
        resource["LogicalResourceId"],
        resource["ResourceType"],
        resource.get("Replacement", ""),
        tuple(sorted(names)),
    )
