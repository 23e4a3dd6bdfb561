"""What tests say to a stack: clients, and the few sentences that many tests need."""

from functools import cache
from pathlib import Path

import boto3
from botocore.config import Config

from lakestack.engine.stack import REGION, Stack

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class LiveStack:
    """A running stack as a client sees it.

    Attributes:
        endpoint_url, region: Where it answers.
        embedded: The engine's view of it, or None when only an endpoint is known.
    """

    def __init__(self, endpoint_url: str, embedded: Stack | None = None) -> None:
        self.endpoint_url = endpoint_url
        self.region = REGION
        self.embedded = embedded
        self.client = cache(self._client)

    @property
    def state_dir(self) -> Path:
        return self.embedded.folder

    def _client(self, service: str):
        # A test sees the first answer: a retry could hide a failure, and a timeout ends it.
        config = Config(retries={"max_attempts": 0}, read_timeout=60, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.endpoint_url, region_name=self.region, config=config, **CREDENTIALS)

    def empty_bucket(self, bucket: str) -> None:
        """Remove every version of every object."""
        s3 = self.client("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [{"Key": v["Key"], "VersionId": v["VersionId"]} for kind in ("Versions", "DeleteMarkers") for v in page.get(kind, [])]
            if versions:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
