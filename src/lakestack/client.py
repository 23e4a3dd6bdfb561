"""AWS clients for a stack on this machine: dummy credentials only, and none of the user's AWS settings are read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from lakestack.engine.stack import Stack
from lakestack.errors import PipelineError

# boto3 takes half a second to import, and `lakestack --help` and the stack's own verbs do without it: hence the imports inside functions.
# ruff: noqa: PLC0415
if TYPE_CHECKING:
    import boto3

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - a dummy that the stack takes
# botocore's (name in the config file, in the environment, default, converter) of a setting: these are looked up nowhere.
_NOTHING_OF_THE_USER = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Clients:
    """Makes the clients of one stack.

    Attributes:
        endpoint_url: Of the stack.
        region: Of the stack.
        attempts: How often a call that fails is made in all.

    """

    endpoint_url: str
    region: str
    attempts: int = 4

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Return the clients of a stack that was started before.

        Raises:
            StackError: It never was.

        """
        return cls(stack.endpoint_url, stack.region)

    def client(self, service: str) -> Any:
        from botocore.config import Config

        # Proxies are for the world outside; what runs on this machine is reached directly.
        # A bucket's name before the host's would have to be resolved, which `localhost` is not everywhere.
        config = Config(proxies={}, retries={"mode": "standard", "total_max_attempts": self.attempts}, s3={"addressing_style": "path"})
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]

    @cached_property
    def _session(self) -> "boto3.Session":
        import boto3
        import botocore.session

        session = botocore.session.Session(session_vars=_NOTHING_OF_THE_USER)
        return boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=self.region,
            botocore_session=session,
        )


@contextmanager
def aws_errors_explained() -> Iterator[None]:
    """Turn what boto3 raises into an error for the terminal; usable as a decorator.

    Raises:
        PipelineError: In place of botocore's errors.

    """
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

    try:
        yield
    except EndpointConnectionError as error:
        raise PipelineError(f"Nothing answers at {error.kwargs['endpoint_url']}. Start the stack with: lakestack up --detach") from error
    except ClientError as error:
        raise PipelineError(_explain(error)) from error
    except BotoCoreError as error:
        raise PipelineError(str(error)) from error


_NOT_DEPLOYED = {"NoSuchBucket", "StateMachineDoesNotExist"}


def _explain(error: Any) -> str:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _NOT_DEPLOYED:
        return f"{message} The pipeline is not deployed here. Deploy it with: lakestack deploy"
    return f"{error.operation_name} answered {code}: {message}"
