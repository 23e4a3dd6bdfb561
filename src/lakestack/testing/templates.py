"""Deploys a CloudFormation template of the user's own for a test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lakestack.errors import PipelineError
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.removals import Removals, unique
from lakestack.testing.waiting import until

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_REMOVED_WITHIN_S = 60


class Templates:
    """The CloudFormation stacks of one test."""

    def __init__(self, stack: LiveStack, removals: Removals) -> None:
        self._stack, self._removals = stack, removals
        self._cloudformation = stack.client("cloudformation")

    def deploy(self, template: Path, parameters: Mapping[str, str], timeout_s: float) -> dict[str, str]:
        """Create a stack that goes with the test and return its resources' physical ids by their logical ids.

        Raises:
            PipelineError: It was not created, or not in time; the text has each resource that failed and why.

        """
        __tracebackhide__ = True
        name = unique()
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        created = self._cloudformation.create_stack(StackName=name, TemplateBody=template.read_text(), Parameters=given, Capabilities=_CAPABILITIES)
        stack_id = created["StackId"]
        self._removals.add(f"the CloudFormation stack {name}", lambda: self._remove(stack_id))
        status = until(lambda: self._settled(stack_id), timeout_s)
        if status != "CREATE_COMPLETE":
            state = f"is {status}" if status else f"was not created within {timeout_s:.0f} s"
            raise PipelineError(f"The stack {name} of {template} {state}.\n{self._failures(stack_id)}")
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in self._resources(stack_id)}

    def _resources(self, stack_id: str) -> list[Any]:
        return list(self._cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"])

    def _settled(self, stack_id: str) -> str | None:
        (stack,) = self._cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
        status = str(stack["StackStatus"])
        return None if status.endswith("IN_PROGRESS") else status

    def _failures(self, stack_id: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
        failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("FAILED")]
        return "\n".join(f"  {event['LogicalResourceId']} {event['ResourceStatus']}: {event.get('ResourceStatusReason', '')}" for event in failed)

    def _remove(self, stack_id: str) -> None:
        # A bucket that is not empty would keep the stack from going, as on AWS.
        for resource in self._resources(stack_id):
            # One that was not created may bear the name of somebody else's.
            if (resource["ResourceType"], resource["ResourceStatus"]) == ("AWS::S3::Bucket", "CREATE_COMPLETE"):
                self._stack.empty_bucket(resource["PhysicalResourceId"])
        self._cloudformation.delete_stack(StackName=stack_id)
        status: Any = until(lambda: self._settled(stack_id), _REMOVED_WITHIN_S)
        if status != "DELETE_COMPLETE":
            raise PipelineError(f"The stack is {status or 'still there'}.\n{self._failures(stack_id)}")
