"""How the tasks of Glue and Athena fail."""
# ruff: noqa: SLF001 - LocalStack's own task services name themselves so

from typing import Any

from localstack.aws.api.stepfunctions import HistoryEventType, TaskFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import StatesErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service import StateTaskService
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails


def task_failed(task: StateTaskService, env: Environment, cause: str) -> FailureEventException:
    """Return the error States.TaskFailed with `cause`."""
    error = StatesErrorNameType.StatesTaskFailed
    return FailureEventException(_failure(task, env, StatesErrorName(typ=error), error.to_name(), cause))


def service_failed(task: StateTaskService, env: Environment, error: str, cause: str) -> FailureEvent:
    """Return the failure of a call to a service, such as Athena.InvalidRequestException."""
    return _failure(task, env, CustomErrorName(error), error, cause)


def _failure(task: StateTaskService, env: Environment, name: Any, error: str, cause: str) -> FailureEvent:
    details = TaskFailedEventDetails(error=error, cause=cause, resource=task._get_sfn_resource(), resourceType=task._get_sfn_resource_type())
    return FailureEvent(env=env, error_name=name, event_type=HistoryEventType.TaskFailed, event_details=EventDetails(taskFailedEventDetails=details))
