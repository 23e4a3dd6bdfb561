"""Where a deploy goes: the clients, the names, and how long to wait."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from deploying.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "us-east-1"
DEFAULT_ENDPOINT_URL = "http://localhost:4566"
_DUMMY_KEY = "test"
# botocore's (name in the config file, in the environment, default, converter) of a setting: these are looked up nowhere.
_NOTHING_OF_THE_USER = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Target:
    """One stage: an account and a region, here or on AWS.

    Attributes:
        name: "local" or "aws".
        session: Has the credentials; nothing else of a deploy knows any.
        endpoint_url: None on AWS.
        poll_interval_s: How often to ask whether something is done.
        coordination: The template's CoordinationStore; None keeps the one that is deployed.
    """

    name: str
    session: boto3.Session
    endpoint_url: str | None
    lake_bucket: str
    artifact_bucket: str
    poll_interval_s: float
    coordination: str | None = None

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    def client(self, service: str) -> Any:
        proxies: dict[str, str] | None = {} if self.endpoint_url else None  # what runs on this machine is never reached through a proxy
        config = Config(proxies=proxies, retries={"mode": "standard", "max_attempts": 3})
        return self.session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload]


def local_target(
    endpoint_url: str | None,
    lake_bucket: str,
    artifact_bucket: str,
    environment: Mapping[str, str] = os.environ,
    coordination: str | None = None,
) -> Target:
    """Return the stack on this machine, reached with dummy credentials: the user's profiles and keys are not read.

    Raises:
        DeployError: The endpoint is AWS's.
    """
    url = endpoint_url or environment.get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT_URL
    host = urlsplit(url).hostname or ""
    if not host or host.endswith(("amazonaws.com", "amazonaws.com.cn", "api.aws")):
        raise DeployError(f"--target local goes to a stack on this machine, not to {url}. Point it there: --endpoint-url {DEFAULT_ENDPOINT_URL}")
    return Target("local", _dummy_session(), url, lake_bucket, artifact_bucket, 0.2, coordination)


def _dummy_session() -> boto3.Session:
    session = botocore.session.Session(session_vars=_NOTHING_OF_THE_USER)
    return boto3.Session(aws_access_key_id=_DUMMY_KEY, aws_secret_access_key=_DUMMY_KEY, region_name=REGION, botocore_session=session)
