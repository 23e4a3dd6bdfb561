"""A stack that answers, as tests see it, whichever engine started it."""

import time
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pytest
from botocore.exceptions import ClientError

from lakestack.client import Clients
from lakestack.engine.stack import REGION, Stack

_POLL_S = 0.2


class Engine(Protocol):
    """What only the engine that runs a stack can do."""

    def kill(self, part: str) -> None:
        """End a part as a crash does; the engine starts it again.

        Raises:
            NotImplementedError: This engine cannot.

        """

    def logs_since(self, moment: datetime) -> str:
        """Return what its parts said since, or where that can be read; empty when nothing is known."""


class EndpointOnly:
    """The engine of a stack that somebody else runs."""

    def kill(self, part: str) -> None:
        raise NotImplementedError(f"Only an endpoint is known of this stack: its {part} is not the tests' to end")

    def logs_since(self, moment: datetime) -> str:  # noqa: ARG002 - the protocol's
        return ""


class Part:
    """One of localstack, spark and trino."""

    def __init__(self, name: str, engine: Engine) -> None:
        self.name = name
        self._engine = engine

    def kill(self) -> None:
        """End it as a crash does, its stack starts it again; skip the test where the engine cannot."""
        try:
            self._engine.kill(self.name)
        except NotImplementedError as reason:
            pytest.skip(str(reason))


class LiveStack:
    """A healthy stack.

    Attributes:
        endpoint_url: Where it answers.
        region: Of everything in it.
        embedded: The embedded engine's own view of it, or None on another engine.
        engine: What only the engine that runs it can do.

    """

    def __init__(self, endpoint_url: str, embedded: Stack | None = None, engine: Engine | None = None) -> None:
        self.endpoint_url = endpoint_url
        self.region = REGION
        self.embedded = embedded
        self.engine = engine or EndpointOnly()
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, the same each time; it takes nothing of the user's AWS settings."""
        if service not in self._made:
            self._made[service] = self._clients.client(service)
        return self._made[service]

    def part(self, name: str) -> Part:
        return Part(name, self.engine)

    def logs_since(self, moment: datetime) -> str:
        return self.engine.logs_since(moment)

    @property
    def state_dir(self) -> Path:
        """The folder of an embedded stack."""
        if self.embedded is None:
            pytest.skip("Only an embedded stack has a folder")
        return self.embedded.folder

    def empty_bucket(self, bucket: str) -> None:
        """Remove every version of every object."""
        s3 = self.client("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [{"Key": v["Key"], "VersionId": v["VersionId"]} for kind in ("Versions", "DeleteMarkers") for v in page.get(kind, [])]
            if versions:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})

    def remove_bucket(self, bucket: str, within_s: float = 15.0) -> None:
        """Remove a bucket with everything in it; what still comes in, such as the result of a query that goes on, goes too.

        Raises:
            ClientError: There is no such bucket, or it did not stay empty.

        """
        deadline = time.monotonic() + within_s
        while True:
            self.empty_bucket(bucket)
            try:
                self.client("s3").delete_bucket(Bucket=bucket)
            except ClientError as error:
                if error.response["Error"].get("Code") != "BucketNotEmpty" or time.monotonic() > deadline:
                    raise
                time.sleep(_POLL_S)
            else:
                return

    @cached_property
    def _clients(self) -> Clients:
        # A test sees the first answer: a retry could hide a failure.
        return Clients(self.endpoint_url, self.region, attempts=1)
