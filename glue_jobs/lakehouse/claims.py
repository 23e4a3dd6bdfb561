"""The claim on a content: no content is loaded twice, whatever it is called and however often its event comes.

    CLAIMED -> WAITING -> LOADING -> LOADED
            -> QUARANTINED        -> FAILED -> CLAIMED (a new try)

A claim is one S3 object, named by the content's hash: created where there is none (If-None-Match), changed only from the state that
was read (If-Match), never deleted.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from lakehouse import sizes
from lakehouse.rules import RULES
from lakehouse.s3 import LostRaceError

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket, Head

CLAIMED, WAITING, LOADING, LOADED = "CLAIMED", "WAITING", "LOADING", "LOADED"
QUARANTINED, FAILED = "QUARANTINED", "FAILED"
FINAL = {LOADED, QUARANTINED, FAILED}

UPLOADS = "uploads/"
# An object with this user metadata is loaded although its content was loaded before.
AGAIN = "load-again"

_TRIES = 8
_NOT_DATA = re.compile(r"(^~\$|^\.~lock\..*#$|^\.DS_Store$|^\._|^Thumbs\.db$|^desktop\.ini$)", re.IGNORECASE)
_PLAIN_VERSION = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


@dataclass(frozen=True)
class Claim:
    """One content's way through the pipeline.

    Attributes:
        claim: the S3 key of the claim itself.
        upload_id: of the upload that claimed first; its text order is the order of uploads.
        execution: the last one that worked on it.
        load: the key of the last load's manifest that held it.
        unpacked_size: bytes that a converter has to read: a workbook's as it declares them, any other file's own.
        attempts: how many executions have set out to load it.
        reason, text: of a final status that is not LOADED: the code, and a sentence for a person.
    """

    claim: str
    content_hash: str
    bucket: str
    key: str
    version_id: str
    upload_id: str
    uploaded_at: str
    size: int
    status: str
    execution: str
    unpacked_size: int = 0
    attempts: int = 1
    load: str | None = None
    reason: str | None = None
    text: str | None = None
    updated_at: str | None = None

    @property
    def file_name(self) -> str:
        return posixpath.basename(self.key)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


def is_data_file(key: str) -> bool:
    """Say whether a key can hold data: not a folder's own key, not a lock file, not the desktop's litter."""
    name = posixpath.basename(key)
    return bool(name) and not _NOT_DATA.search(name)


def upload_id_of(head: Head) -> str:
    """Name an upload so that the text order of names is the order of uploads: the version's LastModified, then its id."""
    version = head.version_id
    if version == "null":  # a bucket without versions: the content tells one from the next
        version = f"null-{head.etag.strip(chr(34))[:32]}"
    if not _PLAIN_VERSION.match(version):
        version = hashlib.sha256(version.encode()).hexdigest()[:32]
    return f"{head.last_modified.astimezone(timezone.utc):%Y%m%dT%H%M%SZ}-{version}"


def make(bucket: Bucket, key: str, head: Head, execution: str) -> Claim | None:
    """Stake a claim on what an object holds.

    Returns:
        the claim that the content has from now on: the new one, with attempts 1, or the earlier one;
        None when the version was deleted meanwhile.
    """
    digest, start = hashlib.sha256(), b""
    for chunk in bucket.chunks(key, head.version_id):
        start = start or chunk[: len(sizes.ZIP_MAGIC)]
        digest.update(chunk)
    content_hash = digest.hexdigest()
    token = content_hash
    if head.metadata.get(AGAIN):
        token = f"{content_hash}-again-{hashlib.sha256(head.version_id.encode()).hexdigest()[:16]}"
    claim = Claim(
        claim=f"state/claims/{token}.json",
        content_hash=content_hash,
        bucket=bucket.name,
        key=key,
        version_id=head.version_id,
        upload_id=upload_id_of(head),
        uploaded_at=head.last_modified.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000"),
        size=head.size,
        unpacked_size=sizes.unpacked_size(bucket, key, head) if start == sizes.ZIP_MAGIC else head.size,
        status=CLAIMED,
        execution=execution,
        updated_at=_now(),
    )
    try:
        bucket.create(claim.claim, asdict(claim))
    except LostRaceError:
        return read(bucket, claim.claim)
    return claim


def read(bucket: Bucket, key: str) -> Claim:
    found = bucket.read(key)
    if found is None:
        raise FileNotFoundError(f"There is no claim s3://{bucket.name}/{key}. Start the execution with the upload's own event.")
    return Claim(**found.content)


def change(bucket: Bucket, key: str, come_from: set[str], **changes: Any) -> Claim:
    """Change a claim if its status is one of come_from; return it as it is then, changed or not."""
    for _ in range(_TRIES):
        found = bucket.read(key)
        if found is None:
            raise FileNotFoundError(f"There is no claim s3://{bucket.name}/{key}; claims are never deleted by the pipeline.")
        claim = Claim(**found.content)
        if claim.status not in come_from:
            return claim
        changed = replace(claim, updated_at=_now(), **changes)
        try:
            bucket.replace(key, asdict(changed), found.etag)
        except LostRaceError:
            continue
        return changed
    raise LostRaceError(f"s3://{bucket.name}/{key} was changed by others {_TRIES} times in a row. Try again.")


def retry(bucket: Bucket, claim: Claim, execution: str) -> Claim:
    """Take a failed or unfinished claim up again."""
    return change(
        bucket, claim.claim, {CLAIMED, FAILED, WAITING, LOADING}, execution=execution, attempts=claim.attempts + 1, **_fresh_if_failed(claim)
    )


def _fresh_if_failed(claim: Claim) -> dict[str, Any]:
    return {"status": CLAIMED, "reason": None, "text": None} if claim.status == FAILED else {}


def duplicate_text(claim: Claim) -> str:
    """Say for a person why a content was not loaded again."""
    earlier = f"It came as {claim.key} (version {claim.version_id}) and is {claim.status}."
    return f"{RULES['DUPLICATE_UPLOAD'].text} {earlier}"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
