"""Loads: what the holder of the load lease loads at one go, which is every claimed upload that waits.

A load's manifest, state/loads/<load-id>/manifest.json, lists for each dataset the sheets to load; beside it, and beside the manifest
of each of its uploads, lie the markers <dataset>.done.json. What a load that was cut off left is planned anew, without the datasets
that are done: an upload remembers them, since of two loads that held it the later one may have been cut off first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from lakehouse import accounting, claims, conversions
from lakehouse.accounting import LogRow
from lakehouse.claims import CLAIMED, FAILED, LOADED, LOADING, QUARANTINED, WAITING, Claim
from lakehouse.datasets import DATASETS
from lakehouse.rules import QUARANTINE, RULES, SKIP
from lakehouse.s3 import in_parallel

if TYPE_CHECKING:
    from lakehouse.coordination import Document
    from lakehouse.s3 import Bucket

QUEUE = "state/queue/"
HELD_KEY = "state/held.json"


def queue_key(upload_id: str) -> str:
    return f"{QUEUE}{upload_id}.json"


def marker_key(load: str, dataset: str) -> str:
    return f"{load.rsplit('/', 1)[0]}/{dataset}.done.json"


def enqueue(bucket: Bucket, claim: Claim) -> Claim:
    """Put a converted upload in the queue, or set it aside when the converter found it wanting."""
    manifest = bucket.read(conversions.manifest_key(claim.upload_id))
    if manifest is None:
        raise FileNotFoundError(f"{claim.key} has no manifest: its conversion did not end. Start the upload's execution again.")
    content = manifest.content
    if content["outcome"] == QUARANTINE:
        return quarantine(bucket, claim, content["reason"], content["text"])
    bucket.write(queue_key(claim.upload_id), {"claim": claim.claim})
    waiting = claims.change(bucket, claim.claim, {CLAIMED, FAILED}, status=WAITING, reason=None, text=None)
    if waiting.is_final:  # another execution of the same event was faster
        bucket.delete(queue_key(claim.upload_id))
    return waiting


def quarantine(bucket: Bucket, claim: Claim, reason: str, text: str) -> Claim:
    row = replace(log_row(claim), outcome=QUARANTINE, reason=reason)
    accounting.publish(bucket, claim.upload_id, "file", [row])
    return claims.change(bucket, claim.claim, {CLAIMED, FAILED}, status=QUARANTINED, reason=reason, text=text)


def log_row(claim: Claim) -> LogRow:
    return LogRow(
        upload_id=claim.upload_id,
        source_key=claim.key,
        source_version_id=claim.version_id,
        content_hash=claim.content_hash,
        uploaded_at=claim.uploaded_at,
        loaded_at=accounting.timestamp_text(datetime.now(timezone.utc)),
    )


def plan(bucket: Bucket, execution: str, own: Claim) -> dict[str, Any]:
    """Plan a load of everything that waits, and mark its claims LOADING.

    Must be called by the holder of the load lease, with its own claim: that is loaded even if its entry in the queue got lost.

    Returns:
        the manifest as written, and its key as `load`.
    """
    entries = in_parallel(bucket.read, list(bucket.keys(QUEUE)))
    waiting = in_parallel(lambda entry: claims.read(bucket, entry.content["claim"]), [entry for entry in entries if entry])
    for claim in waiting:
        if claim.is_final:  # loaded by a holder that was cut off before it could clear the queue
            bucket.delete(queue_key(claim.upload_id))
    found = {claim.claim: claim for claim in [*waiting, own] if not claim.is_final}
    pending = sorted(found.values(), key=lambda claim: claim.upload_id)
    parts = in_parallel(lambda claim: _part(bucket, claim), pending)
    planned = _write_plan(bucket, execution, [_upload(claim) for claim in pending], _by_dataset(bucket, parts))
    # One that is still CLAIMED has its place in the queue, so its conversion ended: its execution was cut off there, or is about to go on.
    in_parallel(lambda claim: claims.change(bucket, claim.claim, {CLAIMED, WAITING, LOADING}, status=LOADING, load=planned["load"]), pending)
    return planned


def plan_overdue(bucket: Bucket, execution: str) -> dict[str, Any] | None:
    """Plan a load of no upload, which rejects the items that waited for their product longer than the limit; None when none did.

    Must be called by the holder of the load lease. What follows is as after plan: etl_order_items with the plan's `load`, then finish.
    """
    if not _has_overdue_items(bucket.read(HELD_KEY)):
        return None
    return _write_plan(bucket, execution, [], {"order_items": {"sheets": []}})


def _write_plan(bucket: Bucket, execution: str, uploads: list[dict[str, Any]], datasets: dict[str, Any]) -> dict[str, Any]:
    load_id = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}Z-{execution.rsplit(':', 1)[-1][:40]}"
    key = f"state/loads/{load_id}/manifest.json"
    content = {"load_id": load_id, "execution": execution, "uploads": uploads, "datasets": datasets}
    bucket.write(key, content)
    return {**content, "load": key}


@dataclass(frozen=True)
class _Part:
    """What a load has to do for one upload.

    Attributes:
        sheets: of the upload's manifest, those that hold rows of a dataset.
        done: the datasets that earlier loads of the upload, which were cut off, have loaded.
    """

    sheets: list[dict[str, Any]]
    done: set[str]

    @property
    def to_load(self) -> list[dict[str, Any]]:
        return [sheet for sheet in self.sheets if sheet["dataset"] not in self.done]

    @property
    def may_release_held_rows(self) -> bool:
        return any(sheet["dataset"] == "products" for sheet in self.sheets) and "order_items" not in self.done


def _part(bucket: Bucket, claim: Claim) -> _Part:
    manifest = bucket.read(conversions.manifest_key(claim.upload_id))
    names = ("sheet", "csv", "rows_read", "warnings", "extra", "dataset")
    sheets = [sheet for sheet in manifest.content["sheets"] if sheet["csv"]] if manifest else []
    return _Part([{**{name: sheet.get(name) for name in names}, "upload_id": claim.upload_id} for sheet in sheets], _done_before(bucket, claim))


def _done_before(bucket: Bucket, claim: Claim) -> set[str]:
    """Return the datasets that earlier loads of an upload have loaded, whichever of them came how far."""
    return {dataset.name for dataset in DATASETS if claim.load and bucket.read(_done_key(claim.upload_id, dataset.name))}


def _done_key(upload_id: str, dataset: str) -> str:
    return f"state/uploads/{upload_id}/{dataset}.done.json"


def _upload(claim: Claim) -> dict[str, Any]:
    names = ("upload_id", "claim", "key", "version_id", "content_hash", "uploaded_at")
    # Whoever takes a load over has not tried the others' uploads itself: that they were planned before says that somebody did.
    attempts = claim.attempts + (claim.load is not None)
    return {**{name: getattr(claim, name) for name in names}, "attempts": attempts}


def _by_dataset(bucket: Bucket, parts: list[_Part]) -> dict[str, Any]:
    sheets = [sheet for part in parts for sheet in part.to_load]
    found = {dataset.name: {"sheets": [sheet for sheet in sheets if sheet["dataset"] == dataset.name]} for dataset in DATASETS}
    needed = {name: part for name, part in found.items() if part["sheets"]}
    # Items that were held may find their product among those that came, in this load or in the one that was cut off; or they have waited long
    # enough; or a load was cut off releasing them.
    held = bucket.read(HELD_KEY)
    may_find_products = held is not None and held.content["rows"] and any(part.may_release_held_rows for part in parts)
    if may_find_products or _has_overdue_items(held):
        needed["order_items"] = found["order_items"]
    return needed


def _has_overdue_items(held: Document | None) -> bool:
    """Say whether the item that waits longest has waited longer than the limit, as etl_order_items noted it, or is being released."""
    if held and held.content.get("is_releasing"):
        return True
    reject_at = held.content.get("reject_at") if held and held.content["rows"] else None
    return reject_at is not None and datetime.fromisoformat(reject_at) < datetime.now(timezone.utc)


def is_done(bucket: Bucket, load: str, dataset: str) -> bool:
    return bucket.read(marker_key(load, dataset)) is not None


def mark_done(bucket: Bucket, load: str, dataset: str) -> None:
    """Mark a dataset of a load, and of each of its uploads, as loaded; called after its job has committed."""
    now = datetime.now(timezone.utc).isoformat()
    uploads = read_plan(bucket, load)["uploads"]
    in_parallel(lambda upload: bucket.write(_done_key(upload["upload_id"], dataset), {"done_at": now, "load": load}), uploads)
    bucket.write(marker_key(load, dataset), {"done_at": now})
    bucket.write(f"state/markers/{dataset}.json", {"done_at": now, "load": load})


def read_plan(bucket: Bucket, load: str) -> dict[str, Any]:
    found = bucket.read(load)
    if found is None:
        raise FileNotFoundError(f"There is no load s3://{bucket.name}/{load}.")
    return found.content


def finish(bucket: Bucket, load: str) -> None:
    """Record every upload of a load as loaded, or as quarantined when its rows were set aside, and take it out of the queue."""

    def finish_one(upload: dict[str, Any]) -> None:
        aside = rows_set_aside(bucket, upload["upload_id"])
        ending = {"status": QUARANTINED, **_why_set_aside(aside)} if aside else {"status": LOADED, "reason": None, "text": None}
        claim = claims.change(bucket, upload["claim"], {CLAIMED, WAITING, LOADING, FAILED}, **ending)
        _log_skipped_sheets(bucket, claim)
        bucket.delete(queue_key(claim.upload_id))

    in_parallel(finish_one, read_plan(bucket, load)["uploads"])


def rows_set_aside(bucket: Bucket, upload_id: str) -> list[LogRow]:
    """Return the log's rows of the datasets of an upload that were set aside for too many rejects, as the jobs published them."""
    parts = in_parallel(lambda dataset: accounting.read_log(bucket, upload_id, dataset.name), DATASETS)
    return [row for part in parts for row in part if row.outcome == QUARANTINE]


def _why_set_aside(rows: list[LogRow]) -> dict[str, str]:
    reason = str(rows[0].reason)
    datasets = ", ".join(dict.fromkeys(str(row.dataset) for row in rows))
    sheets = ", ".join(dict.fromkeys(str(row.sheet) for row in rows))
    codes = ", ".join(sorted({code for row in rows for code in row.warnings} - {"FILE_REJECTED"}))
    found = f"Not one of its {sum(row.rows_read for row in rows):,} rows of {datasets} (sheets: {sheets}) was loaded. Codes found: {codes}."
    where = f"Each row is in the table rejected_records with its reasons, upload_id {rows[0].upload_id}."
    return {"reason": reason, "text": f"{reason}: {found} {RULES[reason].text} {where}"}


def _log_skipped_sheets(bucket: Bucket, claim: Claim) -> None:
    manifest = bucket.read(conversions.manifest_key(claim.upload_id))
    skipped = [sheet for sheet in (manifest.content["sheets"] if manifest else []) if sheet["outcome"] == SKIP]
    if skipped:
        rows = [replace(log_row(claim), sheet=sheet["sheet"], outcome=SKIP, reason=sheet["reason"]) for sheet in skipped]
        accounting.publish(bucket, claim.upload_id, "skipped", rows)


def fail(bucket: Bucket, load: str, reason: str, text: str) -> None:
    """Record every upload of a load as failed; a new execution takes it up again, from the first dataset not done."""

    def fail_one(upload: dict[str, Any]) -> None:
        # The queue first: a new try that begins as soon as the claim has failed keeps the entry that it makes.
        bucket.delete(queue_key(upload["upload_id"]))
        fail_claim(bucket, upload["claim"], {CLAIMED, WAITING, LOADING}, reason, text)

    in_parallel(fail_one, read_plan(bucket, load)["uploads"])


def fail_claim(bucket: Bucket, claim_key: str, come_from: set[str], reason: str, text: str) -> Claim:
    return claims.change(bucket, claim_key, come_from, status=FAILED, reason=reason, text=text)


def summary(bucket: Bucket, claim: Claim) -> str:
    """Say in one sentence what became of a loaded upload's rows."""
    rows = [row for dataset in DATASETS for row in accounting.read_log(bucket, claim.upload_id, dataset.name)]
    names = ("rows_read", "merged", "unchanged", "rejected", "held", "duplicates")
    found = ", ".join(f"{sum(getattr(row, name) for row in rows):,} {name.replace('_', ' ')}" for name in names)
    return f"{claim.key}: {found}."


def is_everything_done(bucket: Bucket, dataset: str) -> bool:
    """Say whether a dataset was loaded before and nothing of it waits."""
    if bucket.read(f"state/markers/{dataset}.json") is None:
        return False
    entries = in_parallel(bucket.read, list(bucket.keys(QUEUE)))
    waiting = [claims.read(bucket, entry.content["claim"]) for entry in entries if entry]
    sheets = [sheet for claim in waiting if not claim.is_final for sheet in _part(bucket, claim).to_load]
    return all(sheet["dataset"] != dataset for sheet in sheets)
