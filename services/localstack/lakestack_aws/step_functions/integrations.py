"""Our task services in the place of LocalStack's."""

from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import state_task_factory
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service import StateTaskService

from lakestack_aws.step_functions.athena import StateTaskServiceAthena
from lakestack_aws.step_functions.glue import AbortingStateTaskServiceGlue

_SERVICES: dict[str, type[StateTaskService]] = {"athena": StateTaskServiceAthena, "glue": AbortingStateTaskServiceGlue}


def apply() -> None:
    """Put them before LocalStack's factory, which its task factory reaches through one name of the module."""
    delivered = state_task_factory.state_task_service_for

    def state_task_service_for(service_name: str) -> StateTaskService:
        ours = _SERVICES.get(service_name)
        return ours() if ours else delivered(service_name=service_name)

    state_task_factory.state_task_service_for = state_task_service_for
