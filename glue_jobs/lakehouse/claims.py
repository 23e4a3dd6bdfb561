"""The claim on a content: no content is loaded twice, whatever it is called and however often its event comes.

    CLAIMED -> WAITING -> LOADING -> LOADED
            -> QUARANTINED        -> FAILED -> CLAIMED (a new try)

A claim is one document of the coordination store, named by the content's hash: created where there is none, changed only from the
state that was read, never deleted. Beside it lies, in the bucket, which claim an upload's version has: an event that comes when that
version is archived already still finds its claim.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from lakehouse import sizes
from lakehouse.coordination import LostRaceError
from lakehouse.rules import RULES
from lakehouse.s3 import is_absent

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket, Head

CLAIMED, WAITING, LOADING, LOADED = "CLAIMED", "WAITING", "LOADING", "LOADED"
QUARANTINED, FAILED = "QUARANTINED", "FAILED"
UNFINISHED = {CLAIMED, WAITING, LOADING, FAILED}
DONE = {LOADED, QUARANTINED}
FINAL = DONE | {FAILED}

UPLOADS = "uploads/"
# An object with this user metadata is loaded although its content was loaded before.
AGAIN = "load-again"

# Verdicts on a content under its name: under another file name it is judged anew.
ABOUT_THE_NAME = {"DATASET_MISMATCH"}

_TRIES = 8
_NOT_DATA = re.compile(r"(^~\$|^\.~lock\..*#$|^\.DS_Store$|^\._|^Thumbs\.db$|^desktop\.ini$)", re.IGNORECASE)
_PLAIN_VERSION = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


@dataclass(frozen=True)
class Claim:
    """One content's way through the pipeline.

    Attributes:
        claim: the key of the claim itself.
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

    @property
    def is_done(self) -> bool:
        """Whether nothing more will become of it by itself or by a new try."""
        return self.status in DONE


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


def uploaded_at_of(head: Head) -> str:
    return head.last_modified.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000")


def make(bucket: Bucket, key: str, head: Head, execution: str) -> Claim | None:
    """Stake a claim on what an object holds.

    Returns:
        the claim that the content has from now on: the new one, with attempts 1, or the earlier one;
        None when the version is gone meanwhile.
    """
    looked = _look_through(bucket, key, head)
    if looked is None:
        return None
    content_hash, unpacked_size = looked
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
        uploaded_at=uploaded_at_of(head),
        size=head.size,
        unpacked_size=unpacked_size,
        status=CLAIMED,
        execution=execution,
        updated_at=_now(),
    )
    try:
        bucket.documents.create(claim.claim, asdict(claim))
    except LostRaceError:
        claim = read(bucket, claim.claim)
    if (claim.key, claim.version_id) == (key, head.version_id):
        bucket.write(_version_key(key, head.version_id), {"claim": claim.claim})
    return claim


def _look_through(bucket: Bucket, key: str, head: Head) -> tuple[str, int] | None:
    """Return the hash of an object's content, and the bytes that a converter has to read; None when the version is gone meanwhile."""
    digest, start = hashlib.sha256(), b""
    try:
        for chunk in bucket.chunks(key, head.version_id):
            start = start or chunk[: len(sizes.ZIP_MAGIC)]
            digest.update(chunk)
        return digest.hexdigest(), sizes.unpacked_size(bucket, key, head) if start == sizes.ZIP_MAGIC else head.size
    except ClientError as error:
        if is_absent(error):
            return None
        raise


def find(bucket: Bucket, key: str, version_id: str | None) -> Claim | None:
    """Return the claim that an upload's version made when it was there, or None when it never made one."""
    found = bucket.read(_version_key(key, version_id or "null"))
    return read(bucket, found.content["claim"]) if found else None


def _version_key(key: str, version_id: str) -> str:
    return f"state/versions/{hashlib.sha256(f'{version_id}/{key}'.encode()).hexdigest()}.json"


def read(bucket: Bucket, key: str) -> Claim:
    found = bucket.documents.read(key)
    if found is None:
        raise FileNotFoundError(f"There is no claim {key} of s3://{bucket.name}. Start the execution with the upload's own event.")
    return Claim(**found.content)


def change(bucket: Bucket, key: str, come_from: set[str], /, **changes: Any) -> Claim:
    """Change a claim if its status is one of come_from; return it as it is then, changed or not."""
    for _ in range(_TRIES):
        found = bucket.documents.read(key)
        if found is None:
            raise FileNotFoundError(f"There is no claim {key} of s3://{bucket.name}; claims are never deleted by the pipeline.")
        claim = Claim(**found.content)
        if claim.status not in come_from:
            return claim
        changed = replace(claim, updated_at=_now(), **changes)
        try:
            bucket.documents.replace(key, asdict(changed), found.revision)
        except LostRaceError:
            continue
        return changed
    raise LostRaceError(f"The claim {key} of s3://{bucket.name} was changed by others {_TRIES} times in a row. Try again.")


def retry(bucket: Bucket, claim: Claim, execution: str) -> Claim:
    """Take a failed or unfinished claim up again; one that is done meanwhile is returned as it is."""
    again = {"execution": execution, "attempts": claim.attempts + 1}
    taken = change(bucket, claim.claim, {FAILED}, status=CLAIMED, reason=None, text=None, **again)
    if taken.execution == execution:
        return taken
    return change(bucket, claim.claim, {CLAIMED, WAITING, LOADING}, **again)


def move(bucket: Bucket, claim: Claim, come_from: set[str], key: str, head: Head, **changes: Any) -> Claim:
    """Let a claim be about another upload of the same content; it keeps the version's claim findable."""
    bucket.write(_version_key(key, head.version_id), {"claim": claim.claim})
    return change(bucket, claim.claim, come_from, key=key, version_id=head.version_id, **changes)


def duplicate_text(claim: Claim) -> str:
    """Say for a person why a content was not loaded again."""
    earlier = f"It came as {claim.key} (version {claim.version_id}) and is {claim.status}."
    return f"{RULES['DUPLICATE_UPLOAD'].text} {earlier}"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
