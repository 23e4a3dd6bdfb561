"""What LocalStack finds of ours: providers by entry points, and one hook that runs before its services load."""

from localstack.runtime import hooks
from localstack.services.plugins import Service, aws_provider

from lakestack_aws.dispatch import service


@aws_provider()
def glue() -> Service:
    from lakestack_aws.glue.provider import OPERATIONS

    return service("glue", OPERATIONS)


@aws_provider()
def athena() -> Service:
    from lakestack_aws.athena.provider import OPERATIONS

    return service("athena", OPERATIONS)


# Before eager_load_services, whose priority is 0.
@hooks.on_infra_start(priority=100)
def on_infra_start() -> None:
    """Apply what is mended of LocalStack's own services; called once, before any service is loaded."""
