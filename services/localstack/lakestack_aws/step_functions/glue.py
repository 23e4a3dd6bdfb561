"""The optimised integration of Glue: LocalStack's, but a stopped run is not a success, and an aborted task stops its run.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html (as at 2026-11-23)
"""

import json
from typing import Any

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.credentials import StateCredentials
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import ResourceRuntimePart
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_glue import StateTaskServiceGlue
from localstack.services.stepfunctions.asl.eval.environment import Environment

from lakestack_aws.step_functions.polling import SyncResolver, as_json
from lakestack_aws.step_functions.task_failures import task_failed

_FAILED_STATES = {"FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"}


class AbortingStateTaskServiceGlue(StateTaskServiceGlue):
    """`arn:aws:states:::glue:startJobRun`, also with `.sync`."""

    def _sync_to_start_job_run(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],  # noqa: ARG002 - LocalStack's signature
        state_credentials: StateCredentials,
    ) -> SyncResolver:
        started = env.stack.pop()
        name, run_id = started["JobName"], started["JobRunId"]
        client = self._get_glue_client(resource_runtime_part, state_credentials)

        def check() -> dict[str, Any] | None:
            run = as_json(client.get_job_run(JobName=name, RunId=run_id)["JobRun"]) | {"JobName": name}
            if run["JobRunState"] in _FAILED_STATES:
                raise task_failed(self, env, json.dumps(run))
            return run if run["JobRunState"] == "SUCCEEDED" else None

        return SyncResolver(check, abort=lambda: client.batch_stop_job_run(JobName=name, JobRunIds=[run_id]))
