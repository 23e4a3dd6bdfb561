"""A deployment that fails is undone, says why, and removes nothing that was there before.

LocalStack 4.14.0 (read 2026-11-23) leaves a failed deployment half done, still deletes what the new template no longer
has, and calls it ROLLBACK_COMPLETE.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html (as at 2026-11-23)
"""

import copy
import logging
from dataclasses import dataclass
from typing import Any

from localstack.aws.api.cloudformation import ChangeAction, ExecutionStatus, ResourceStatus, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (
    ChangeSetModelExecutor,
    ChangeSetModelExecutorResult,
    EventOperationFromAction,
    TriggerRollback,
)
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent

LOG = logging.getLogger(__name__)

_RETAIN = "Retain"
_RETAIN_EXCEPT_ON_CREATE = "RetainExceptOnCreate"


class DeploymentEnded(BaseException):
    """The deployment failed and has been dealt with; what LocalStack would record of a success must not be recorded."""


@dataclass(frozen=True)
class _Step:
    """One change that was made, with what is needed to undo it."""

    logical_id: str
    resource_type: str
    action: ChangeAction
    before: PreprocProperties | None
    after: PreprocProperties


class RollingBackExecutor(ChangeSetModelExecutor):
    """LocalStack's executor, with a journal of what it did.

    - A create that fails: what was made is removed again, ROLLBACK_COMPLETE.
    - An update that fails: what was changed is changed back, UPDATE_ROLLBACK_COMPLETE; no deletion was begun.
    - A deletion that fails: the others go on, DELETE_FAILED.
    """

    def __init__(self, change_set: Any) -> None:
        super().__init__(change_set)
        self._journal: list[_Step] = []
        self._retained: set[str] = set()
        self._failed: dict[str, ChangeAction] = {}
        self._is_constructing = False
        # UpdateStack's change set calls itself a CREATE; what was deployed before tells the truth.
        self._is_update = bool(change_set.stack.resolved_resources)

    def execute(self) -> ChangeSetModelExecutorResult:
        if self._change_set.stack.status == StackStatus.DELETE_IN_PROGRESS:
            return self._delete()
        resource_states = dict(self._change_set.stack.resource_states)
        reason = self._construct()
        if reason is None:
            return self._clean_up()
        LOG.info("Stack %s: %s", self._change_set.stack.stack_name, reason)
        self._roll_back(reason, resource_states)
        raise DeploymentEnded

    def _construct(self) -> str | None:
        """Make all changes but deletions; return why it could not go on, None when it did."""
        self._is_constructing = True
        try:
            self.process()
        except TriggerRollback as trigger:
            return trigger.reason or "A resource could not be deployed."
        except Exception as error:  # noqa: BLE001 - whatever it is, the deployment is over and its reason is told
            return str(error) or type(error).__name__
        finally:
            self._is_constructing = False
        return None

    def _clean_up(self) -> ChangeSetModelExecutorResult:
        if self._deferred_actions:
            self._change_set.stack.set_stack_status(StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS)
        for deferred in reversed(self._deferred_actions):
            deferred.action()
        return ChangeSetModelExecutorResult(resources=self.resources, outputs=self.outputs)

    def _delete(self) -> ChangeSetModelExecutorResult:
        self._change_set.stack.status_reason = None
        self.process()
        for deferred in reversed(self._deferred_actions):
            deferred.action()
        if self._failed:
            names = ", ".join(sorted(self._failed))
            self._change_set.stack.set_stack_status(StackStatus.DELETE_FAILED, f"The following resource(s) failed to delete: [{names}]. ")
            raise DeploymentEnded
        return ChangeSetModelExecutorResult(resources=self.resources, outputs=self.outputs)

    def _roll_back(self, reason: str, resource_states: dict[str, Any]) -> None:
        stack, prefix = self._change_set.stack, "UPDATE_" if self._is_update else ""
        stack.set_stack_status(StackStatus(f"{prefix}ROLLBACK_IN_PROGRESS"), self._summary(reason))
        self._failed.clear()
        for step in reversed(self._journal):
            self._undo(step)
        if self._is_update:
            stack.resource_states = resource_states
        else:
            self._record_what_is_left()
        self._change_set.set_execution_status(ExecutionStatus.EXECUTE_FAILED)
        if self._failed:
            names = ", ".join(sorted(self._failed))
            stack.set_stack_status(StackStatus(f"{prefix}ROLLBACK_FAILED"), f"The following resource(s) could not be rolled back: [{names}]. ")
        else:
            stack.set_stack_status(StackStatus(f"{prefix}ROLLBACK_COMPLETE"))

    def _summary(self, reason: str) -> str:
        if not self._failed:
            return reason
        verbs = {ChangeAction.Add: "create", ChangeAction.Remove: "delete"}
        parts = [f"The following resource(s) failed to {verbs.get(action, 'update')}: [{name}]. " for name, action in self._failed.items()]
        return "".join(parts).strip()

    def _undo(self, step: _Step) -> None:
        if step.action == ChangeAction.Add:
            if step.logical_id in self._retained:
                self._note(step, ResourceStatus.DELETE_SKIPPED)
                return
            self._note(step, ResourceStatus.DELETE_IN_PROGRESS)
            event = self._execute_resource_action(
                ChangeAction.Remove, step.logical_id, step.resource_type, step.after, None, part_of_replacement=True
            )
            self._note(
                step, ResourceStatus.DELETE_COMPLETE if event.status == OperationStatus.SUCCESS else ResourceStatus.DELETE_FAILED, event.message
            )
            return
        self._note(step, ResourceStatus.UPDATE_IN_PROGRESS)
        event = self._execute_resource_action(ChangeAction.Modify, step.logical_id, step.resource_type, step.after, step.before)
        self._note(step, ResourceStatus.UPDATE_COMPLETE if event.status == OperationStatus.SUCCESS else ResourceStatus.UPDATE_FAILED, event.message)

    def _note(self, step: _Step, status: ResourceStatus, reason: str | None = None) -> None:
        stack = self._change_set.stack
        stack.resource_states.setdefault(step.logical_id, {})
        stack.set_resource_status(
            logical_resource_id=step.logical_id,
            physical_resource_id=self._get_physical_id(step.logical_id, strict=False),
            resource_type=step.resource_type,
            status=status,
            resource_status_reason=reason or None,
        )

    def _record_what_is_left(self) -> None:
        """Let DeleteStack find what a failed rollback left behind, and nothing else."""
        stack, change_set = self._change_set.stack, self._change_set
        gone = {step.logical_id for step in self._journal} - set(self._failed)
        left = {name: resource for name, resource in self.resources.items() if name not in gone and resource.get("PhysicalResourceId")}
        template = {key: value for key, value in change_set.processed_template.items() if key != "Outputs"}
        stack.template, stack.template_body = change_set.template, change_set.template_body
        stack.processed_template = template | {"Resources": {name: template["Resources"][name] for name in left}}
        stack.resolved_parameters, stack.resolved_resources = change_set.resolved_parameters, left

    def _execute_resource_change(self, name: str, before: Any, after: Any) -> None:
        for resource in (before, after):
            if is_nothing(resource):
                continue
            if resource.deletion_policy == _RETAIN and resource is after and is_nothing(before):
                self._retained.add(name)
            if resource.deletion_policy == _RETAIN_EXCEPT_ON_CREATE:
                resource.deletion_policy = _RETAIN
        super()._execute_resource_change(name, before, after)

    def _execute_resource_action(
        self,
        action: ChangeAction,
        logical_resource_id: str,
        resource_type: str,
        before_properties: PreprocProperties | None,
        after_properties: PreprocProperties | None,
        part_of_replacement: bool = False,
    ) -> ProgressEvent:
        before = copy.deepcopy(before_properties)
        event = super()._execute_resource_action(action, logical_resource_id, resource_type, before_properties, after_properties, part_of_replacement)
        if event.status == OperationStatus.FAILED:
            self._failed[logical_resource_id] = action
            if self._is_constructing and action == ChangeAction.Modify:
                # It may be half done.
                attempted = PreprocProperties(properties={**before.properties, **after_properties.properties})
                self._journal.append(_Step(logical_resource_id, resource_type, action, before, attempted))
        elif self._is_constructing:
            after = PreprocProperties(properties=copy.deepcopy(event.resource_model or {}))
            self._journal.append(_Step(logical_resource_id, resource_type, action, before, after))
        return event

    def _process_event(
        self,
        *,
        action: ChangeAction,
        logical_resource_id: str,
        event_status: OperationStatus,
        resource_type: str,
        special_action: str | None = None,
        reason: str | None = None,
        custom_status: ResourceStatus | str | None = None,
    ) -> None:
        """Record what becomes of a resource; a failed resource is not yet a failed stack."""
        verb = special_action or EventOperationFromAction[action.value]
        outcome = "COMPLETE" if event_status == OperationStatus.SUCCESS else event_status.name
        if event_status == OperationStatus.FAILED:
            if self._is_constructing and self._failed and logical_resource_id not in self._failed:
                # What depends on the one that failed; it was never tried.
                return
            self._failed.setdefault(logical_resource_id, action)
        self._change_set.stack.resource_states.setdefault(logical_resource_id, {})
        self._change_set.stack.set_resource_status(
            logical_resource_id=logical_resource_id,
            physical_resource_id=self._get_physical_id(logical_resource_id, strict=False),
            resource_type=resource_type,
            status=ResourceStatus(custom_status or f"{verb}_{outcome}"),
            resource_status_reason=reason or None,
        )
