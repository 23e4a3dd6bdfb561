"""Loads: what the holder of the load lease loads at one go, which is every claimed upload that waits.

A load's manifest, state/loads/<load-id>/manifest.json, lists for each dataset the sheets to load; beside it lie the markers
<dataset>.done.json. A load that was cut off is planned anew from what still waits, without the datasets that its markers say are done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from lakehouse import accounting, claims, conversions
from lakehouse.accounting import LogRow
from lakehouse.claims import FAILED, FINAL, LOADED, LOADING, QUARANTINED, WAITING, Claim
from lakehouse.datasets import DATASETS
from lakehouse.rules import QUARANTINE, RULES, SKIP
from lakehouse.s3 import in_parallel

if TYPE_CHECKING:
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
    return claims.change(bucket, claim.claim, {claims.CLAIMED}, status=WAITING)


def quarantine(bucket: Bucket, claim: Claim, reason: str, text: str) -> Claim:
    row = replace(log_row(claim), outcome=QUARANTINE, reason=reason)
    accounting.publish(bucket, claim.upload_id, "file", [row])
    return claims.change(bucket, claim.claim, {claims.CLAIMED}, status=QUARANTINED, reason=reason, text=text)


def log_row(claim: Claim) -> LogRow:
    return LogRow(
        upload_id=claim.upload_id,
        source_key=claim.key,
        source_version_id=claim.version_id,
        content_hash=claim.content_hash,
        uploaded_at=claim.uploaded_at,
        loaded_at=accounting.timestamp_text(datetime.now(timezone.utc)),
    )


def plan(bucket: Bucket, execution: str) -> dict[str, Any] | None:
    """Plan a load of everything that waits, and mark its claims LOADING; None when nothing waits.

    Must be called by the holder of the load lease.

    Returns:
        the manifest as written, and its key as `load`.
    """
    entries = in_parallel(bucket.read, list(bucket.keys(QUEUE)))
    waiting = in_parallel(lambda entry: claims.read(bucket, entry.content["claim"]), [entry for entry in entries if entry])
    for claim in waiting:
        if claim.is_final:  # loaded by a holder that was cut off before it could clear the queue
            bucket.delete(queue_key(claim.upload_id))
    pending = sorted((claim for claim in waiting if not claim.is_final), key=lambda claim: claim.upload_id)
    if not pending:
        return None
    sheets = [sheet for found in in_parallel(lambda claim: _sheets_to_load(bucket, claim), pending) for sheet in found]
    planned = _write_plan(bucket, execution, [_upload(claim) for claim in pending], _by_dataset(bucket, sheets))
    in_parallel(lambda claim: claims.change(bucket, claim.claim, {WAITING, LOADING}, status=LOADING, load=planned["load"]), pending)
    return planned


def plan_overdue(bucket: Bucket, execution: str) -> dict[str, Any] | None:
    """Plan a load of no upload, which rejects the items that waited for their product longer than the limit; None when none did.

    Must be called by the holder of the load lease. What follows is as after plan: etl_order_items with the plan's `load`, then finish.
    """
    if not _has_overdue_items(bucket):
        return None
    return _write_plan(bucket, execution, [], {"order_items": {"sheets": []}})


def _write_plan(bucket: Bucket, execution: str, uploads: list[dict[str, Any]], datasets: dict[str, Any]) -> dict[str, Any]:
    load_id = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}Z-{execution.rsplit(':', 1)[-1][:40]}"
    key = f"state/loads/{load_id}/manifest.json"
    content = {"load_id": load_id, "execution": execution, "uploads": uploads, "datasets": datasets}
    bucket.write(key, content)
    return {**content, "load": key}


def _upload(claim: Claim) -> dict[str, Any]:
    names = ("upload_id", "claim", "key", "version_id", "content_hash", "uploaded_at", "attempts")
    return {name: getattr(claim, name) for name in names}


def _sheets_to_load(bucket: Bucket, claim: Claim) -> list[dict[str, Any]]:
    manifest = bucket.read(conversions.manifest_key(claim.upload_id))
    sheets = [sheet for sheet in manifest.content["sheets"] if sheet["csv"]] if manifest else []
    done = {name for name in {sheet["dataset"] for sheet in sheets} if claim.load and bucket.read(marker_key(claim.load, name))}
    names = ("sheet", "csv", "rows_read", "warnings", "extra", "dataset")
    return [{**{name: sheet.get(name) for name in names}, "upload_id": claim.upload_id} for sheet in sheets if sheet["dataset"] not in done]


def _by_dataset(bucket: Bucket, sheets: list[dict[str, Any]]) -> dict[str, Any]:
    found = {dataset.name: {"sheets": [sheet for sheet in sheets if sheet["dataset"] == dataset.name]} for dataset in DATASETS}
    needed = {name: part for name, part in found.items() if part["sheets"]}
    # Items that were held may find their product among those that came, or have waited long enough; or a load was cut off releasing them.
    held = bucket.read(HELD_KEY)
    if ("products" in needed and held and held.content["rows"]) or _has_overdue_items(bucket):
        needed["order_items"] = found["order_items"]
    return needed


def _has_overdue_items(bucket: Bucket) -> bool:
    """Say whether the item that waits longest has waited longer than the limit, as etl_order_items noted it, or is being released."""
    held = bucket.read(HELD_KEY)
    if held and held.content.get("is_releasing"):
        return True
    reject_at = held.content.get("reject_at") if held and held.content["rows"] else None
    return reject_at is not None and datetime.fromisoformat(reject_at) < datetime.now(timezone.utc)


def is_done(bucket: Bucket, load: str, dataset: str) -> bool:
    return bucket.read(marker_key(load, dataset)) is not None


def mark_done(bucket: Bucket, load: str, dataset: str) -> None:
    """Mark a dataset of a load as loaded; called after its job has committed."""
    now = datetime.now(timezone.utc).isoformat()
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
        claim = claims.change(bucket, upload["claim"], {LOADING, WAITING}, **ending)
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
        fail_claim(bucket, upload["claim"], reason, text)
        bucket.delete(queue_key(upload["upload_id"]))

    in_parallel(fail_one, read_plan(bucket, load)["uploads"])


def fail_claim(bucket: Bucket, claim_key: str, reason: str, text: str) -> Claim:
    statuses = {claims.CLAIMED, WAITING, LOADING}
    return claims.change(bucket, claim_key, statuses - FINAL, status=FAILED, reason=reason, text=text)


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
    sheets = [sheet for claim in waiting if not claim.is_final for sheet in _sheets_to_load(bucket, claim)]
    return all(sheet["dataset"] != dataset for sheet in sheets)
