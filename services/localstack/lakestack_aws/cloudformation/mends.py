"""CloudFormation: our resource types before LocalStack's, deployments that are undone when they fail, and no success by silence."""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from localstack import config as localstack_config
from localstack.services.cloudformation.deployment_utils import check_not_found_exception
from localstack.services.cloudformation.engine.v2 import change_set_resource_support_checker as support
from localstack.services.cloudformation.engine.v2.change_set_model import is_nothing
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import ChangeSetModelPreproc, PreprocEntityDelta, PreprocResource
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceProviderExecutor,
    convert_payload,
)
from localstack.services.cloudformation.v2 import provider as cloudformation
from localstack.utils.catalog.common import CloudFormationResourcesSupportAtRuntime
from localstack.utils.patch import patch

from lakestack_aws.cloudformation.engine import DeploymentEnded, RollingBackExecutor
from lakestack_aws.cloudformation.provider import provider_for
from lakestack_aws.cloudformation.resource import ResourceError
from lakestack_aws.cloudformation.resource_types import RESOURCES

LOG = logging.getLogger(__name__)


def apply() -> None:
    # An unknown type would be "deployed as a fallback".
    localstack_config.CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES = False
    _take_over_types()
    _replace_by_values()
    _let_conditions_change()
    _fail_by_name()
    _undo_failed_deployments()


def _take_over_types() -> None:
    delivered = ResourceProviderExecutor.try_load_resource_provider

    def try_load_resource_provider(resource_type: str) -> ResourceProvider | None:
        ours = RESOURCES.get(resource_type)
        return provider_for(ours()) if ours else delivered(resource_type)

    ResourceProviderExecutor.try_load_resource_provider = staticmethod(try_load_resource_provider)

    @patch(support.ChangeSetResourceSupportChecker._resource_support_status)
    def resource_support_status(original: Callable[..., Any], self: Any, resource_type: str) -> Any:
        if ResourceProviderExecutor.try_load_resource_provider(resource_type) is not None:
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return original(self, resource_type)


def _replace_by_values() -> None:
    """Replace a resource when the value of a create-only property changes, also of one inside of another.

    LocalStack asks whether anything that the property refers to changes: a new lifecycle rule would replace the bucket's policy.
    """

    @patch(ChangeSetModelPreproc.visit_node_resource)
    def visit_node_resource(original: Callable[..., Any], self: ChangeSetModelPreproc, node_resource: Any) -> Any:
        delta = original(self, node_resource)
        before, after = delta.before, delta.after
        if not is_nothing(before) and not is_nothing(after) and before.resource_type == after.resource_type:
            after.requires_replacement = _is_replaced(after.resource_type, _values(before), _values(after))
        return delta


def _values(resource: PreprocResource) -> dict[str, Any]:
    return {} if is_nothing(resource.properties) else resource.properties.properties


def _is_replaced(resource_type: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    provider = ResourceProviderExecutor.try_load_resource_provider(resource_type)
    paths = provider.SCHEMA.get("createOnlyProperties", []) if provider else []
    return any(_value_at(path, before) != _value_at(path, after) for path in paths)


def _let_conditions_change() -> None:
    """Remove a resource whose condition no longer holds; resolve each branch of an Fn::If for the side of the update that it is of.

    LocalStack leaves such a resource where it is, and resolves both sides of either branch: an attribute of a resource that this
    update adds or removes would be refused.
    """

    @patch(ChangeSetModelPreproc.visit_node_resources)
    def visit_node_resources(_original: Callable[..., Any], self: ChangeSetModelPreproc, node_resources: Any) -> None:
        for node in node_resources.resources:
            said = None if is_nothing(node.condition_reference) else self._resolve_resource_condition_reference(node.condition_reference)
            if said is None or said.after is not False or said.before is True:
                self.visit(node)

    @patch(ChangeSetModelPreproc.visit_node_intrinsic_function_fn_if)
    def visit_fn_if(original: Callable[..., Any], self: ChangeSetModelPreproc, node_intrinsic_function: Any) -> Any:
        node = node_intrinsic_function
        if len(node.arguments.array) != 3:
            return original(self, node)
        name, if_true, if_false = node.arguments.array
        condition = self._get_node_condition_if_exists(condition_name=self.visit(name).after)
        said = None if is_nothing(condition) else self.visit(condition)
        if said is None or is_nothing(said.before) or is_nothing(said.after) or said.before == said.after:
            return original(self, node)
        with _only(self, before=True):
            before = self.visit(if_true if said.before else if_false).before
        with _only(self, before=False):
            after = self.visit(if_true if said.after else if_false).after
        return PreprocEntityDelta(before=before, after=after)

    for resolver in (ChangeSetModelPreproc.visit_node_intrinsic_function_fn_get_att, ChangeSetModelPreproc.visit_node_intrinsic_function_fn_sub):
        patch(resolver)(_resolve_one_side)


def _resolve_one_side(original: Callable[..., Any], self: ChangeSetModelPreproc, node_intrinsic_function: Any) -> Any:
    only_before = getattr(self, _SIDE, None)
    if only_before is not None:
        # What is there already is not resolved; nobody asks for it.
        (self._after_cache if only_before else self._before_cache).setdefault(node_intrinsic_function.scope, None)
    return original(self, node_intrinsic_function)


_SIDE = "lakestack_only_before"


@contextmanager
def _only(visitor: ChangeSetModelPreproc, *, before: bool) -> Iterator[None]:
    outer = getattr(visitor, _SIDE, None)
    setattr(visitor, _SIDE, before)
    try:
        yield
    finally:
        setattr(visitor, _SIDE, outer)


def _value_at(path: str, values: Any) -> Any:
    for name in path.removeprefix("/properties/").split("/"):
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _fail_by_name() -> None:
    @patch(ResourceProviderExecutor.execute_action)
    def execute_action(
        _original: Callable[..., Any], self: ResourceProviderExecutor, resource_provider: ResourceProvider, raw_payload: Any
    ) -> ProgressEvent:
        request = convert_payload(stack_name=self.stack_name, stack_id=self.stack_id, payload=raw_payload)
        action, what = raw_payload["action"], f"{request.resource_type} {request.logical_resource_id}"
        operations = {
            "Add": resource_provider.create,
            "Modify": resource_provider.update,
            "Dynamic": resource_provider.update,
            "Remove": resource_provider.delete,
        }
        try:
            return operations[action](request)
        except NotImplementedError:
            return _failed(f"lakestack cannot {_VERBS[action]} a resource of type {request.resource_type} ({request.logical_resource_id}).")
        except (ResourceError, ClientError, BotoCoreError) as error:
            if action == "Remove" and check_not_found_exception(error, request.resource_type, request.desired_state):
                return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={})
            return _failed(str(error))
        except Exception as error:
            LOG.exception("%s: %s failed", what, action)
            return _failed(f"{type(error).__name__}: {error}")


_VERBS = {"Add": "create", "Modify": "update", "Dynamic": "update", "Remove": "delete"}


def _failed(reason: str) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.FAILED, resource_model={}, message=reason)


def _undo_failed_deployments() -> None:
    cloudformation.ChangeSetModelExecutor = RollingBackExecutor
    delivered = cloudformation.start_worker_thread

    def start_worker_thread(run: Callable[..., None], *arguments: Any, **keywords: Any) -> Any:
        def guarded(*run_arguments: Any) -> None:
            try:
                run(*run_arguments)
            except DeploymentEnded:
                return

        return delivered(guarded, *arguments, **keywords)

    cloudformation.start_worker_thread = start_worker_thread
