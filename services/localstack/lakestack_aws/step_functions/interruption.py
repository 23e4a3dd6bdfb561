"""An execution that is stopped, times out, or loses a parallel branch ends what it waits for, and says so honestly.

LocalStack 4.14.0 (read 2026-11-23) goes on waiting for nothing: the Glue run goes on, the history gets a TaskSucceeded that
never was, and DescribeExecution shows neither error nor cause.
"""
# ruff: noqa: SLF001 - LocalStack's own parts are mended in place

import logging
from collections.abc import Callable
from typing import Any

from localstack.services.stepfunctions.asl.component.state.state_execution.execute_state import ExecutionState
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service import StateTaskService
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped, ProgramTimedOut
from localstack.services.stepfunctions.backend.execution import BaseExecutionWorkerCommunication
from localstack.utils.patch import patch

from lakestack_aws.step_functions.polling import SyncResolver, poll

LOG = logging.getLogger(__name__)


def apply() -> None:
    _stop_what_was_started()
    _write_no_event_after_the_end()
    _describe_the_end()


def _stop_what_was_started() -> None:
    @patch(StateTaskServiceCallback._eval_sync)
    def eval_sync(original: Callable[..., Any], self: StateTaskServiceCallback, env: Environment, sync_resolver: Any, **keywords: Any) -> Any:
        if not isinstance(sync_resolver, SyncResolver):
            return original(self, env=env, sync_resolver=sync_resolver, **keywords)
        return poll(env.is_running, _logging_its_abort(self, sync_resolver))


def _logging_its_abort(task: StateTaskServiceCallback, resolver: SyncResolver) -> SyncResolver:
    def abort() -> None:
        try:
            resolver.abort()
        except Exception:
            # The execution has ended already; nobody but the log can be told.
            LOG.exception("Task %s was interrupted, but what it started could not be stopped.", task.resource.resource_arn)

    return SyncResolver(resolver.check, abort)


def _write_no_event_after_the_end() -> None:
    @patch(StateTaskService._after_eval_execution)
    def after_eval_execution(original: Callable[..., None], self: StateTaskService, env: Environment, *arguments: Any, **keywords: Any) -> None:
        if env.is_running():
            original(self, env, *arguments, **keywords)

    @patch(ExecutionState._evaluate_with_timeout)
    def evaluate_with_timeout(original: Callable[..., None], self: ExecutionState, env: Environment) -> None:
        try:
            original(self, env)
        except Exception:
            # What fails after the end fails because of it: there is no result to select from.
            if env.is_running():
                raise

    @patch(Environment.set_error)
    def set_error(original: Callable[..., None], self: Environment, error: Any) -> None:
        if not isinstance(self._program_state, ProgramStopped | ProgramTimedOut):
            original(self, error)


def _describe_the_end() -> None:
    @patch(BaseExecutionWorkerCommunication._reflect_execution_status)
    def reflect_execution_status(original: Callable[..., None], self: BaseExecutionWorkerCommunication) -> None:
        original(self)
        state = self.execution.exec_worker.env.program_state()
        if isinstance(state, ProgramStopped):
            self.execution.error, self.execution.cause = state.error, state.cause
