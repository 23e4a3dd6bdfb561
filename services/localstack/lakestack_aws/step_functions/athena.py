"""The optimised integration of Athena.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html (as at 2026-11-23)
"""

import json
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import FailureEvent
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.credentials import StateCredentials
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import (
    ResourceCondition,
    ResourceRuntimePart,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.utils.boto_client import boto_client_for

from lakestack_aws.step_functions.polling import SyncResolver, as_json
from lakestack_aws.step_functions.task_failures import service_failed, task_failed

_PARAMETERS = {
    "startqueryexecution": {
        "ClientRequestToken",
        "ExecutionParameters",
        "QueryExecutionContext",
        "QueryString",
        "ResultConfiguration",
        "ResultReuseConfiguration",
        "WorkGroup",
    },
    "stopqueryexecution": {"QueryExecutionId"},
    "getqueryexecution": {"QueryExecutionId"},
    "getqueryresults": {"MaxResults", "NextToken", "QueryExecutionId", "QueryResultType"},
}
_WAITS = "startqueryexecution"
_FAILED_STATES = {"FAILED", "CANCELLED"}


class StateTaskServiceAthena(StateTaskServiceCallback):
    """`arn:aws:states:::athena:<action>`; startQueryExecution also with `.sync`."""

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition.Sync})

    def _get_supported_parameters(self) -> set[str] | None:
        return _PARAMETERS.get(self.resource.api_action.lower())

    def _validate_service_integration_is_supported(self) -> None:
        super()._validate_service_integration_is_supported()
        condition = self.resource.condition
        if condition is None or (condition == ResourceCondition.Sync and self.resource.api_action.lower() == _WAITS):
            return
        raise ValueError(
            f"The resource provided {self.resource.resource_arn} not recognized. "
            "The value is not a valid resource ARN, or the resource is not available in this region."
        )

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code, answer = ex.response["Error"]["Code"], ex.response["ResponseMetadata"]
        cause = (
            f"{ex.response['Error']['Message']} (Service: AmazonAthena; Status Code: {answer['HTTPStatusCode']}; "
            f"Error Code: {code}; Request ID: {answer.get('RequestId')}; Proxy: null)"
        )
        return service_failed(self, env, f"Athena.{code}", cause)

    def _eval_service_task(
        self, env: Environment, resource_runtime_part: ResourceRuntimePart, normalised_parameters: dict[str, Any], state_credentials: StateCredentials
    ) -> None:
        operation = getattr(_client(resource_runtime_part, state_credentials), self._get_boto_service_action())
        answer = operation(**normalised_parameters)
        answer.pop("ResponseMetadata", None)
        env.stack.append(as_json(answer))

    def _build_sync_resolver(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],  # noqa: ARG002 - LocalStack's signature
        state_credentials: StateCredentials,
    ) -> SyncResolver:
        query_execution_id = env.stack.pop()["QueryExecutionId"]
        client = _client(resource_runtime_part, state_credentials)

        def check() -> dict[str, Any] | None:
            execution = as_json(client.get_query_execution(QueryExecutionId=query_execution_id)["QueryExecution"])
            state = execution["Status"]["State"]
            if state in _FAILED_STATES:
                raise task_failed(self, env, json.dumps(execution))
            return {"QueryExecution": execution} if state == "SUCCEEDED" else None

        return SyncResolver(check, abort=lambda: client.stop_query_execution(QueryExecutionId=query_execution_id))


def _client(resource: ResourceRuntimePart, credentials: StateCredentials) -> BaseClient:
    return boto_client_for(service="athena", region=resource.region, state_credentials=credentials)
