"""When a person is told: once of a failure, and once of all that was wrong with the rows of a load.

A job keeps what it rejected, by reason, beside the accounting of each upload (state/uploads/<upload-id>/rejects-<dataset>.json); rows
that waited too long belong to uploads of earlier loads, so they are kept by themselves (state/overdue/<load-id>.json) until a load
that ends well has told of them. What was told of a failure is kept in state/alerts/.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from lakehouse import accounting, alerts, loads
from lakehouse.alerts import ReasonCount, RejectedUpload
from lakehouse.coordination import LostRaceError
from lakehouse.datasets import DATASETS
from lakehouse.rules import QUARANTINE
from lakehouse.s3 import in_parallel

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse.s3 import Bucket

OVERDUE = "state/overdue/"
_OVERDUE_CODE = "NO_SUCH_PRODUCT"
TOLD_AGAIN_AFTER = timedelta(hours=1)
_VARIES = re.compile(r"jr_[0-9a-f]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+")


def keep_rejects(bucket: Bucket, load_id: str, dataset: str, upload_ids: list[str], counts: list[ReasonCount]) -> None:
    """Keep what a job rejected, for the notice at the end of the load; done again, it keeps the same."""
    for upload in upload_ids:
        own = [asdict(count) for count in counts if count.upload_id == upload]
        if own:
            bucket.write(_rejects_key(upload, dataset), {"counts": own})
    overdue = [asdict(count) for count in counts if count.code == _OVERDUE_CODE]
    if overdue:
        bucket.write(f"{OVERDUE}{load_id}.json", {"counts": overdue})


def of_load(bucket: Bucket, load: str, alert_percent: float, execution: str) -> dict[str, str] | None:
    """Return the one notice of a load that is done, or None when there is nothing that a person must hear of.

    Args:
        bucket: the lake's.
        load: the key of the load's manifest.
        alert_percent: an upload with a larger share of its rows rejected is told of.
        execution: the ARN of the load's.
    """
    uploads = loads.read_plan(bucket, load)["uploads"]
    found = [one for several in in_parallel(lambda upload: _with_many_rejects(bucket, upload, alert_percent), uploads) for one in several]
    overdue = _overdue(bucket)
    if not found and not overdue:
        return None
    return alerts.many_rejects(sorted(found, key=lambda upload: -upload.percent), overdue, alert_percent, execution)


def of_overdue(bucket: Bucket, execution: str) -> dict[str, str] | None:
    """Return the notice of items that were rejected without an upload, because their product never came; None when there are none."""
    overdue = _overdue(bucket)
    return alerts.many_rejects([], overdue, 0, execution) if overdue else None


def kept(bucket: Bucket, key: str, word: Callable[[], dict[str, str] | None], **about: Any) -> dict[str, str] | None:
    """Word a notice and keep it under a key: whoever is tried again says the same, and what waited too long is told of once.

    Args:
        bucket: the lake's.
        key: of the document that keeps it.
        word: of_load or of_overdue, asked the first time.
        about: what else the document says.
    """
    earlier = bucket.read(key)
    notice = earlier.content["notice"] if earlier else word()
    bucket.write(key, {**about, "notice": notice})
    for told in list(bucket.keys(OVERDUE)):
        bucket.delete(told)
    return notice


def _with_many_rejects(bucket: Bucket, upload: dict[str, Any], alert_percent: float) -> list[RejectedUpload]:
    found = []
    for dataset in DATASETS:
        rows = accounting.read_log(bucket, upload["upload_id"], dataset.name)
        read, rejected = sum(row.rows_read for row in rows), sum(row.rejected for row in rows)
        is_set_aside = any(row.outcome == QUARANTINE for row in rows)  # the quarantine's own message tells of it
        if 100 * rejected > alert_percent * read and not is_set_aside:
            kept = bucket.read(_rejects_key(upload["upload_id"], dataset.name))
            counts = _counts(kept.content) if kept else ()
            found.append(RejectedUpload(upload["upload_id"], upload["key"], dataset.name, read, rejected, counts))
    return found


def _overdue(bucket: Bucket) -> list[ReasonCount]:
    documents = in_parallel(bucket.read, list(bucket.keys(OVERDUE)))
    # A load that was cut off and done again has kept the same rows twice, under two names.
    return list(dict.fromkeys(count for document in documents if document for count in _counts(document.content)))


def _counts(content: dict[str, Any]) -> tuple[ReasonCount, ...]:
    counts = [ReasonCount(**{**count, "first_rows": tuple(count["first_rows"])}) for count in content["counts"]]
    return tuple(sorted(counts, key=lambda count: (-count.rows, count.sheet, count.code)))


def _rejects_key(upload_id: str, dataset: str) -> str:
    return f"state/uploads/{upload_id}/rejects-{dataset}.json"


def is_news(bucket: Bucket, about: str, what: str, execution: str, now: datetime | None = None) -> tuple[bool, int]:
    """Say whether a person is to be told of a failure now, and note that it is told.

    The same failure (of the same upload, with the same words but for numbers and ids) is told once, and again when it still happens
    an hour later; in between it is counted. An execution that asks twice gets the same answer.

    Returns:
        whether to tell, and how many times it happened untold since.
    """
    moment = now or datetime.now(timezone.utc)
    sameness = hashlib.sha256(f"{about}\n{_VARIES.sub('#', what)}".encode("utf-8", "replace")).hexdigest()[:32]
    key = f"state/alerts/{sameness}.json"
    found = bucket.read(key)
    told = {"about": about, "what": what, "told_at": moment.isoformat(), "execution": execution, "untold": 0}
    try:
        if found is None:
            bucket.create(key, told)
            return True, 0
        known = found.content
        if known["execution"] == execution:
            return True, known.get("before", 0)
        if datetime.fromisoformat(known["told_at"]) + TOLD_AGAIN_AFTER > moment:
            bucket.replace(key, {**known, "untold": known["untold"] + 1}, found.revision)
            return False, 0
        bucket.replace(key, {**told, "before": known["untold"]}, found.revision)
        return True, known["untold"]
    except LostRaceError:  # another execution tells of the same at this moment
        return False, 0


def about_failure(error: str, claim_key: str | None, key: str) -> str:
    """Name what a failure is about: the upload's content; or the lease, of which all that wait in vain for it need one message."""
    return "the load lease" if error == "LoadWaitTimeoutError" else claim_key or key
