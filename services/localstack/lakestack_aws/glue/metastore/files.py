"""The files of managed tables: the one thing that a metastore deletes besides its own records."""

import logging
from typing import Any, Protocol
from urllib.parse import urlsplit

LOG = logging.getLogger(__name__)


class Files(Protocol):
    def delete_tree(self, location: str) -> None:
        """Delete everything below `location`."""


class S3Files:
    """Files at s3:// and s3a:// locations; others (a job's own disk) are left alone.

    Args:
        client: boto3's, for S3.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def delete_tree(self, location: str) -> None:
        place = urlsplit(location)
        prefix = place.path.strip("/")
        if place.scheme not in {"s3", "s3a", "s3n"} or not prefix:
            LOG.warning("The files at %s are left as they are: only what lies under a prefix of a bucket is deleted with its table.", location)
            return
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=f"{prefix}/")
        for found in pages:
            keys = [{"Key": item["Key"]} for item in found.get("Contents", ())]
            if keys:
                self._client.delete_objects(Bucket=place.netloc, Delete={"Objects": keys, "Quiet": True})
