"""The lake's bucket, as the pipeline uses it: JSON documents with conditional writes, files, and listings that are never cut off.

Only "there is no such key" means absent. An answer of 403 is raised: read as absent it would load a file twice.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from lakehouse import coordination
from lakehouse.coordination import Document, LostRaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_ABSENT = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}
# 412: another's write came first; 409: another's write is under way.
# Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html (as at 2026-11-22)
_LOST = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_THREADS = 16


@dataclass(frozen=True)
class Head:
    """What S3 says of one version of an object."""

    version_id: str
    last_modified: Any
    size: int
    etag: str
    metadata: dict[str, str]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_absent(error: ClientError) -> bool:
    """Say whether an answer means that there is no such object or version; a refusal does not."""
    return _code(error) in _ABSENT


class Bucket:
    """One bucket.

    Args:
        name: the bucket's.
        client: boto3's S3 client; by default one of this process's own credentials and region.
        coordination_setting: where claims and the load lease lie; by default as coordination.documents says.

    Attributes:
        documents: claims and the load lease: this bucket, or a DynamoDB table.
    """

    def __init__(self, name: str, client: Any = None, coordination_setting: str | None = None) -> None:
        self.name = name
        self.client = client or boto3.client("s3", config=Config(max_pool_connections=_THREADS, retries={"mode": "standard", "max_attempts": 5}))
        self.documents = coordination.documents(self, coordination_setting)

    def read(self, key: str) -> Document | None:
        """Return a JSON document, or None when there is none."""
        try:
            answer = self.client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        return Document(json.loads(answer["Body"].read()), answer["ETag"])

    def write(self, key: str, content: dict[str, Any]) -> None:
        """Write a JSON document whatever was there."""
        self.write_bytes(key, _as_json(content), "application/json")

    def create(self, key: str, content: dict[str, Any]) -> None:
        """Write a JSON document where there is none; raise LostRaceError where there is one."""
        self._put_if(key, content, IfNoneMatch="*")

    def replace(self, key: str, content: dict[str, Any], revision: str) -> None:
        """Overwrite the document that was read with this ETag; raise LostRaceError when it has changed since."""
        self._put_if(key, content, IfMatch=revision)

    def _put_if(self, key: str, content: dict[str, Any], **condition: str) -> None:
        try:
            self.client.put_object(Bucket=self.name, Key=key, Body=_as_json(content), ContentType="application/json", **condition)
        except ClientError as error:
            if _code(error) in _LOST:
                raise LostRaceError(f"s3://{self.name}/{key} was written by another at the same time.") from error
            raise

    def write_bytes(self, key: str, body: bytes, content_type: str) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    def read_bytes(self, key: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        except ClientError as error:
            if is_absent(error):
                return None
            raise

    def head(self, key: str, version_id: str | None) -> Head | None:
        """Return what S3 knows of an object's version (the current one for None), or None when there is none."""
        try:
            answer = self.client.head_object(Bucket=self.name, Key=key, **_version(version_id))
        except ClientError as error:
            if is_absent(error):
                return None
            raise
        return Head(answer.get("VersionId", "null"), answer["LastModified"], answer["ContentLength"], answer["ETag"], answer.get("Metadata", {}))

    def chunks(self, key: str, version_id: str | None, size: int = 4 * 1024**2) -> Iterator[bytes]:
        """Stream one version of an object."""
        yield from self.client.get_object(Bucket=self.name, Key=key, **_version(version_id))["Body"].iter_chunks(size)

    def read_range(self, key: str, version_id: str | None, first: int, last: int) -> bytes:
        """Return the bytes first..last, both included, of one version of an object."""
        return self.client.get_object(Bucket=self.name, Key=key, Range=f"bytes={first}-{last}", **_version(version_id))["Body"].read()

    def download(self, key: str, version_id: str | None, path: Path) -> None:
        with path.open("wb") as file:
            for chunk in self.chunks(key, version_id):
                file.write(chunk)

    def upload(self, path: Path, key: str) -> None:
        self.client.upload_file(str(path), self.name, key)

    def copy(self, key: str, version_id: str | None, to_key: str) -> None:
        """Copy one version within the bucket, in parts where it is large."""
        self.client.copy({"Bucket": self.name, "Key": key, **_version(version_id)}, self.name, to_key)

    def delete(self, key: str, version_id: str | None = None) -> None:
        self.client.delete_object(Bucket=self.name, Key=key, **_version(version_id))

    def keys(self, prefix: str, start_after: str = "") -> Iterator[str]:
        """List every key under a prefix, page after page, in order; only those that come after a key, if one is given."""
        after = {"StartAfter": start_after} if start_after else {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix, **after):
            for item in page.get("Contents", ()):
                yield item["Key"]


def in_parallel(do: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Do the same to many items side by side; the first exception is raised after all have ended."""
    items = list(items)
    if len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(min(_THREADS, len(items))) as pool:
        return list(pool.map(do, items))


def _as_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _version(version_id: str | None) -> dict[str, str]:
    return {"VersionId": version_id} if version_id and version_id != "null" else {}
