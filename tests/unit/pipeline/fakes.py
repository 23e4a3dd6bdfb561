"""A bucket in a folder and a table in memory: boto3's clients as far as the pipeline uses them, with versions and conditional writes.

The current version of each object is also a file, so that Spark can read and write the same keys.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import ClientError

# What the table's conditions are, as coordination.py writes them, and when they hold.
_CONDITIONS = {
    "attribute_not_exists(#key)": lambda item, _values: item is None,
    "revision = :seen": lambda item, values: item is not None and item["revision"] == values[":seen"],
}
_STATUS = {"NoSuchKey": 404, "404": 404, "PreconditionFailed": 412, "AccessDenied": 403}


@dataclass(frozen=True)
class Version:
    version_id: str
    body: bytes
    last_modified: datetime
    metadata: dict

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body).hexdigest()}"'


class _Body(io.BytesIO):
    def iter_chunks(self, size):
        return iter(lambda: self.read(size), b"")


def error(code, operation):
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": _STATUS.get(code, 500)}}, operation)


class FolderS3:
    """One bucket; every name of a bucket is taken for it. Without a folder its objects are in memory alone."""

    page_size = 1000

    def __init__(self, folder: Path | None):
        self.folder = folder
        self.versions: dict[str, list[Version]] = {}
        self.denied: set[str] = set()
        self.clock = lambda: datetime.now(UTC)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def _find(self, key, version_id, operation):
        if key in self.denied:
            raise error("AccessDenied", operation)
        found = [v for v in self.versions.get(key, []) if version_id in (None, v.version_id)]
        if not found:
            raise error("404" if operation == "HeadObject" else "NoSuchKey", operation)
        return found[-1]

    def put_object(self, Bucket, Key, Body, ContentType=None, IfNoneMatch=None, IfMatch=None, Metadata=None):
        with self._lock:
            current = self.versions.get(Key, [None])[-1] if self.versions.get(Key) else None
            if (IfNoneMatch and current) or (IfMatch and (not current or current.etag != IfMatch)):
                raise error("PreconditionFailed", "PutObject")
            body = Body if isinstance(Body, bytes) else Body.read()
            version = Version(f"v{next(self._numbers):06d}", body, self.clock(), Metadata or {})
            self.versions.setdefault(Key, []).append(version)
            self._write_file(Key, body)
        return {"ETag": version.etag, "VersionId": version.version_id}

    def _write_file(self, key, body):
        if self.folder and not key.endswith("/") and len(Path(key).name) < 250:
            path = self.folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)

    def get_object(self, Bucket, Key, VersionId=None, Range=None):
        found = self._find(Key, VersionId, "GetObject")
        first, last = (int(number) for number in Range.removeprefix("bytes=").split("-")) if Range else (0, len(found.body))
        return {"Body": _Body(found.body[first : last + 1]), "ETag": found.etag, "VersionId": found.version_id}

    def head_object(self, Bucket, Key, VersionId=None):
        found = self._find(Key, VersionId, "HeadObject")
        return {
            "VersionId": found.version_id,
            "LastModified": found.last_modified,
            "ContentLength": len(found.body),
            "ETag": found.etag,
            "Metadata": found.metadata,
        }

    def delete_object(self, Bucket, Key, VersionId=None):
        kept = [v for v in self.versions.get(Key, []) if VersionId is not None and v.version_id != VersionId]
        if kept:
            self.versions[Key] = kept
        else:
            self.versions.pop(Key, None)
            if self.folder:
                (self.folder / Key).unlink(missing_ok=True)

    def upload_file(self, Filename, Bucket, Key):
        self.put_object(Bucket, Key, Path(Filename).read_bytes())

    def copy(self, CopySource, Bucket, Key):
        found = self._find(CopySource["Key"], CopySource.get("VersionId"), "CopyObject")
        self.put_object(Bucket, Key, found.body, Metadata=found.metadata)

    def get_paginator(self, operation):
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket, Prefix, StartAfter=""):
        keys = sorted(key for key in self.versions if key.startswith(Prefix) and key > StartAfter)
        for start in range(0, len(keys) or 1, self.page_size):
            yield {"Contents": [{"Key": key} for key in keys[start : start + self.page_size]]}


class MemoryDynamoDB:
    """One table; every name of a table is taken for it. An item reads back as it was when it is read consistently."""

    def __init__(self):
        self.items: dict[str, dict] = {}
        self.denied: set[str] = set()
        self._stale: dict[str, dict] = {}
        self._lock = threading.Lock()

    def get_item(self, TableName, Key, ConsistentRead=False):
        key = Key["key"]["S"]
        if key in self.denied:
            raise error("AccessDeniedException", "GetItem")
        found = (self.items if ConsistentRead else self._stale).get(key)
        return {"Item": dict(found)} if found else {}

    def put_item(self, TableName, Item, ConditionExpression, ExpressionAttributeNames=None, ExpressionAttributeValues=None):
        key = Item["key"]["S"]
        with self._lock:
            if not _CONDITIONS[ConditionExpression](self.items.get(key), ExpressionAttributeValues):
                raise error("ConditionalCheckFailedException", "PutItem")
            if key in self.items:
                self._stale[key] = self.items[key]
            self.items[key] = Item
        return {}


class FakeGlue:
    """The catalog's tables as far as a job adds columns to them."""

    def __init__(self):
        self.columns = {}

    def get_table(self, DatabaseName, Name):
        columns = self.columns.setdefault(Name, [{"Name": "order_id", "Type": "bigint"}])
        return {"Table": {"Name": Name, "DatabaseName": DatabaseName, "CreateTime": "then", "StorageDescriptor": {"Columns": list(columns)}}}

    def update_table(self, DatabaseName, TableInput):
        assert set(TableInput) == {"Name", "StorageDescriptor"}, "GetTable's other fields are not taken by UpdateTable"
        self.columns[TableInput["Name"]] = TableInput["StorageDescriptor"]["Columns"]
