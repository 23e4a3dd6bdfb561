"""The load lease: one writer of the Delta tables at a time.

Delta's log on S3 is safe within one driver only: two clusters that commit to one table lose commits without a word. So every
write to a Delta table happens under this lease, which is one document of the coordination store: created where there is none to take it
first, replaced by condition to renew, release or take it over, and never deleted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Callable

from lakehouse.coordination import LostRaceError

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket

KEY = "state/leases/load.json"


class LeaseLostError(Exception):
    """An execution does not hold the load lease, so it must not write."""


@dataclass(frozen=True)
class Lease:
    """Who may write the Delta tables.

    Attributes:
        holder: an execution's ARN; None when nobody holds it.
        expires_at: ISO 8601; from then on anyone may take it over.
    """

    holder: str | None
    expires_at: str
    taken_at: str | None = None


def take(bucket: Bucket, holder: str, seconds: int, is_over: Callable[[str], bool], now: datetime | None = None) -> bool:
    """Take the lease, or renew the own one; say whether it is held now.

    Args:
        bucket: the lake's.
        holder: who takes it.
        seconds: how long it lasts.
        is_over: whether an execution has ended: its lease may be taken over before it expires.
        now: for tests.
    """
    moment = now or datetime.now(timezone.utc)
    new = asdict(Lease(holder, (moment + timedelta(seconds=seconds)).isoformat(), moment.isoformat()))
    found = bucket.documents.read(KEY)
    try:
        if found is None:
            bucket.documents.create(KEY, new)
            return True
        lease = Lease(**found.content)
        is_free = lease.holder in (None, holder) or datetime.fromisoformat(lease.expires_at) <= moment or is_over(lease.holder)
        if is_free:
            bucket.documents.replace(KEY, new, found.revision)
    except LostRaceError:
        return False
    return is_free


def release(bucket: Bucket, holder: str) -> bool:
    """Give the lease back; say whether it was this holder's."""
    found = bucket.documents.read(KEY)
    if found is None or found.content["holder"] != holder:
        return False
    try:
        bucket.documents.replace(KEY, {**found.content, "holder": None}, found.revision)
    except LostRaceError:  # taken over, because it had expired
        return False
    return True


def holder_of(bucket: Bucket) -> str | None:
    found = bucket.documents.read(KEY)
    return found.content["holder"] if found else None


def demand(bucket: Bucket, holder: str) -> None:
    """Raise LeaseLostError unless the lease is this holder's: a job that outlived its lease must not write."""
    found = holder_of(bucket)
    if found != holder:
        raise LeaseLostError(
            f"The load lease belongs to {found or 'nobody'}, not to {holder}, so nothing was written. "
            "Its holder loads what waits; start the upload's execution again if it does not."
        )
