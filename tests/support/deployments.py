"""A CloudFormation stack that a test deploys template after template, and that is removed afterwards."""

import json
import uuid

from tests.support.waiting import eventually


class Deployment:
    """One CloudFormation stack.

    Attributes:
        name: Of the stack; a test derives the names of its resources from it.
    """

    def __init__(self, stack) -> None:
        self.name = f"test-{uuid.uuid4().hex[:8]}"
        self.cloudformation = stack.client("cloudformation")
        self._id = self.name

    def deploy(self, conditions: dict | None = None, **resources) -> dict:
        """Deploy a template of `resources` by a change set; return the stack's description at its end."""
        kind = "UPDATE" if self._is_there() else "CREATE"
        change_set = f"c{uuid.uuid4().hex[:8]}"
        template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Conditions": conditions or {}, "Resources": resources})
        self._id = self.cloudformation.create_change_set(
            StackName=self.name, ChangeSetName=change_set, ChangeSetType=kind, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
        )["StackId"]
        described = eventually(lambda: self._finished_change_set(change_set), what="the change set")
        assert described["Status"] == "CREATE_COMPLETE", described["StatusReason"]
        self.cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        return self._ended()

    def delete(self) -> dict:
        self.cloudformation.delete_stack(StackName=self.name)
        return self._ended()

    def reasons(self) -> dict[str, str]:
        """Return why resources failed, by their logical ids."""
        events = self.cloudformation.describe_stack_events(StackName=self._id)["StackEvents"]
        return {event["LogicalResourceId"]: event["ResourceStatusReason"] for event in events if event["ResourceStatus"].endswith("_FAILED")}

    def statuses(self) -> set[tuple[str, str]]:
        """Return all that happened, as logical id and status."""
        events = self.cloudformation.describe_stack_events(StackName=self._id)["StackEvents"]
        return {(event["LogicalResourceId"], event["ResourceStatus"]) for event in events}

    def physical_id(self, logical_id: str) -> str:
        resource = self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return resource["StackResourceDetail"]["PhysicalResourceId"]

    def _finished_change_set(self, name: str) -> dict | None:
        described = self.cloudformation.describe_change_set(StackName=self.name, ChangeSetName=name)
        return described if described["Status"] in {"CREATE_COMPLETE", "FAILED"} else None

    def _is_there(self) -> bool:
        try:
            (described,) = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except self.cloudformation.exceptions.ClientError:
            return False
        return described["StackStatus"] not in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}

    def _ended(self) -> dict:
        def look():
            (described,) = self.cloudformation.describe_stacks(StackName=self._id)["Stacks"]
            return None if described["StackStatus"].endswith("IN_PROGRESS") else described

        return eventually(look, within_s=60, what="the end of the deployment")


def resource(kind: str, *, after: list[str] | None = None, policy: str | None = None, **properties) -> dict:
    """Return a resource for a template."""
    described = {"Type": kind, "Properties": properties}
    if after:
        described["DependsOn"] = after
    return described | ({"DeletionPolicy": policy, "UpdateReplacePolicy": policy} if policy else {})
