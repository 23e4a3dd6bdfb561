"""Puts objects where they are missing or differ: a second deploy makes no new version of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploying.package import Artifact


def put_missing(s3: Any, bucket: str, artifacts: Iterable[Artifact]) -> list[str]:
    """Put each artifact whose key is not there; a key names its content, so what is there is right.

    Returns:
        The keys that were put.
    """
    put = []
    for artifact in artifacts:
        if not _exists(s3, bucket, artifact.key):
            s3.put_object(Bucket=bucket, Key=artifact.key, Body=artifact.body)
            put.append(artifact.key)
    return put


def put_changed(s3: Any, bucket: str, prefix: str, files: Mapping[str, bytes]) -> list[str]:
    """Put each file that is not there as it is.

    Returns:
        The names that were put.
    """
    put = []
    for name, body in files.items():
        if _content(s3, bucket, prefix + name) != body:
            s3.put_object(Bucket=bucket, Key=prefix + name, Body=body)
            put.append(name)
    return put


def _exists(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def _content(s3: Any, bucket: str, key: str) -> bytes | None:
    try:
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None
