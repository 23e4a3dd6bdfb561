"""What LocalStack finds of ours: providers by entry points, and one hook that runs before its services load."""
# ruff: noqa: PLC0415 - a plugin's parts are imported when it is asked for

import shutil
import tempfile

from localstack import config as localstack_config
from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider

from lakestack_aws import config
from lakestack_aws.dispatch import service


@aws_provider()
def glue() -> Service:
    from lakestack_aws.glue.provider import OPERATIONS

    return service("glue", OPERATIONS)


@aws_provider()
def athena() -> Service:
    from lakestack_aws.athena.provider import OPERATIONS

    return service("athena", OPERATIONS)


@aws_provider(name="moto")
def dynamodb() -> Service:
    from lakestack_aws.dynamodb.provider import OPERATIONS

    return service("dynamodb", OPERATIONS)


@aws_provider(name="files")
def s3() -> Service:
    from lakestack_aws.s3.provider import FileS3Provider

    return Service.for_provider(FileS3Provider(config.s3_root()))


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Lambda functions as processes; chosen by LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self, *_args: object, **_kwargs: object) -> type:
        from lakestack_aws.lambda_.executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


# Before eager_load_services, whose priority is 0.
@hooks.on_infra_start(priority=100)
def on_infra_start() -> None:
    """Apply what is mended of LocalStack's own services; called once, before any service is loaded."""
    from lakestack_aws import security
    from lakestack_aws.cloudformation import mends as cloudformation
    from lakestack_aws.events import mends as events
    from lakestack_aws.glue.metastore.server import start_metastore_front
    from lakestack_aws.lambda_ import mends as lambda_
    from lakestack_aws.step_functions import mends as step_functions

    _keep_temporary_files_in_the_stack()
    localstack_config.SERVICE_PROVIDER_CONFIG.set_provider("s3", "files")
    localstack_config.SERVICE_PROVIDER_CONFIG.set_provider("dynamodb", "moto")
    for mends in (security, cloudformation, events, lambda_, step_functions):
        mends.apply()
    start_metastore_front()


def _keep_temporary_files_in_the_stack() -> None:
    """Unpacked functions and their TMPDIR lie below the machine's /tmp otherwise, where a killed process would leave them."""
    folder = config.state_folder() / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tempfile.tempdir = str(folder)
