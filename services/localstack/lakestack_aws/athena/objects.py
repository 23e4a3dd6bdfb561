"""S3 as Athena uses it: whole objects by location."""

from typing import Any, BinaryIO

from botocore.exceptions import ClientError

METADATA_CONTENT = "binary/octet-stream"
QUERY_CONTENT = "application/octet-stream"


def split_location(location: str) -> tuple[str, str]:
    """Return bucket and key of `s3://bucket/key`.

    Raises:
        ValueError: It is not such a location.
    """
    for scheme in ("s3://", "s3a://", "s3n://"):
        if location.startswith(scheme):
            bucket, _, key = location.removeprefix(scheme).partition("/")
            if bucket:
                return bucket, key
    raise ValueError(f"{location!r} is not an S3 location; expected s3://BUCKET/KEY.")


class Objects:
    """The objects that one account sees through an S3 client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def has_bucket(self, bucket: str) -> bool:
        try:
            self._client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                return False
            raise
        return True

    def put(self, location: str, body: bytes | BinaryIO, content_type: str = QUERY_CONTENT) -> None:
        bucket, key = split_location(location)
        self._client.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def read(self, location: str) -> bytes | None:
        """Return an object's bytes; None when it is not there."""
        bucket, key = split_location(location)
        try:
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise

    def list(self, prefix: str) -> list[str]:
        """Return the locations of all objects that begin with `prefix`, in order."""
        bucket, key = split_location(prefix)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        return [f"s3://{bucket}/{entry['Key']}" for page in pages for entry in page.get("Contents", ())]
