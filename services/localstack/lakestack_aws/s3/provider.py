"""LocalStack's S3 on files, its conditional writes atomic."""

import contextlib
from collections import defaultdict
from pathlib import Path
from typing import Any

from localstack.aws.api import RequestContext, handler
from localstack.aws.api.s3 import PreconditionFailed
from localstack.services.s3.provider import S3Provider, object_exists_for_precondition_write, verify_object_equality_precondition_write

from lakestack_aws.s3.file_store import FileObjectStore


class FileS3Provider(S3Provider):
    """S3 whose objects are files, and whose If-Match and If-None-Match hold at the moment an object becomes visible.

    LocalStack checks them before the body arrives, and for a multipart upload without any lock (4.14.0, read 2026-11-23).
    Here the key's lock is taken once the whole body is there, and the condition is checked again under it: of many
    conditional writers exactly one wins, and a slow upload holds nobody up.
    """

    def __init__(self, root: Path) -> None:
        self._store = FileObjectStore(root)
        super().__init__(storage_backend=self._store)
        # The store locks instead, for a shorter time.
        self._preconditions_locks = defaultdict(_NoLocks)

    @handler("PutObject", expand=False)
    def put_object(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with self._precondition(context, request):
            return super().put_object(context, request)

    @handler("GetObject", expand=False)
    def get_object(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        # An object's description and its content are published one after the other: they are looked up together.
        with self._store.locks.hold((request["Bucket"], request["Key"])):
            return super().get_object(context, request)

    @handler("CopyObject", expand=False)
    def copy_object(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        with self._precondition(context, request):
            return super().copy_object(context, request)

    @handler("CompleteMultipartUpload")
    def complete_multipart_upload(self, context: RequestContext, bucket: str, key: str, upload_id: str, **arguments: Any) -> dict[str, Any]:
        # The parts are here already: assembling them under the lock is short.
        with self._store.locks.hold((bucket, key)):
            return super().complete_multipart_upload(context, bucket, key, upload_id, **arguments)

    @handler("DeleteObject")
    def delete_object(self, context: RequestContext, bucket: str, key: str, **arguments: Any) -> dict[str, Any]:
        with self._store.locks.hold((bucket, key)):
            return super().delete_object(context, bucket, key, **arguments)

    @handler("DeleteObjects")
    def delete_objects(self, context: RequestContext, bucket: str, delete: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        with self._store.locks.hold_all((bucket, each["Key"]) for each in delete.get("Objects") or []):
            return super().delete_objects(context, bucket, delete, **arguments)

    def _precondition(self, context: RequestContext, request: dict[str, Any]) -> contextlib.AbstractContextManager[None]:
        if_none_match, if_match = request.get("IfNoneMatch"), request.get("IfMatch")
        if not if_none_match and not if_match:
            return contextlib.nullcontext()
        key = request["Key"]
        _, bucket = self._get_cross_account_bucket(context, request["Bucket"])

        def check() -> None:
            if if_match:
                verify_object_equality_precondition_write(bucket, key, if_match)
            elif object_exists_for_precondition_write(bucket, key):
                raise PreconditionFailed("At least one of the pre-conditions you specified did not hold", Condition="If-None-Match")

        return self._store.precondition(check)


class _NoLocks(defaultdict[str, contextlib.AbstractContextManager[None]]):
    def __init__(self) -> None:
        super().__init__(contextlib.nullcontext)
