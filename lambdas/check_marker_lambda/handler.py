"""Who may load what, once: claims, the load lease, and the markers of what is done.

    {"dataset": "orders"}                          -> {"already_processed": bool}: nothing of the dataset waits to be loaded
    {"dataset": "orders", "load": KEY, ...}        -> the same, for one load
    {"action": "claim" | "take_load_lease" | "mark" | "finish" | "report_failure", ...} -> see the function of that name

Environment: LAKE_BUCKET (for an event that names no bucket), LEASE_SECONDS (how long the load lease lasts without being renewed),
LOAD_WAIT_MINUTES (how long an execution waits for it).
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from lakehouse import accounting, alerts, claims, leases, loads
from lakehouse.accounting import LogRow
from lakehouse.rules import RULES, SKIP
from lakehouse.s3 import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

LEASE_SECONDS = int(os.environ.get("LEASE_SECONDS", "2700"))
LOAD_WAIT_MINUTES = int(os.environ.get("LOAD_WAIT_MINUTES", "60"))
_LONGEST_WAIT_SECONDS = 10


class LoadWaitTimeoutError(Exception):
    """The load lease did not come free in time."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if "action" not in event:
        return check_marker(event)
    action = ACTIONS.get(event["action"])
    if action is None:
        raise ValueError(f"There is no action {event['action']!r}. Known: {', '.join(ACTIONS)}; without an action, give a dataset.")
    return action(event)


def check_marker(event: dict[str, Any]) -> dict[str, Any]:
    """Say whether a dataset is loaded: of one load, or, without one, of everything that came.

    With a load, this renews the lease of its execution.
    """
    dataset = event.get("dataset")
    if dataset not in {known.name for known in loads.DATASETS}:
        raise ValueError(f"dataset is {dataset!r}; expected one of {', '.join(known.name for known in loads.DATASETS)}.")
    bucket = Bucket(event.get("bucket") or os.environ["LAKE_BUCKET"])
    if "load" not in event:
        return {"already_processed": loads.is_everything_done(bucket, dataset)}
    if not leases.take(bucket, event["execution"], LEASE_SECONDS, _is_over):
        raise leases.LeaseLostError(f"{event['execution']} no longer holds the load lease; {leases.holder_of(bucket)} does.")
    is_needed = dataset in loads.read_plan(bucket, event["load"])["datasets"]
    return {"already_processed": not is_needed or loads.is_done(bucket, event["load"], dataset)}


def claim(event: dict[str, Any]) -> dict[str, Any]:
    """Claim an upload: {bucket, object: {key, version-id}, execution} -> {outcome: CLAIMED | SKIPPED, ...}."""
    bucket = Bucket(event["bucket"])
    key, version_id = event["object"]["key"], event["object"].get("version-id")
    if not claims.is_data_file(key):
        return _skipped(bucket, "NOT_A_DATA_FILE", key, version_id)
    head = bucket.head(key, version_id)
    if head is None:
        return _skipped_or_done(bucket, key, version_id)
    found = claims.make(bucket, key, head, event["execution"])
    is_same_upload = found.version_id == head.version_id and found.key == key
    if found.execution == event["execution"]:
        return _claimed(found)
    if found.status in {claims.LOADED, claims.QUARANTINED} or (not is_same_upload and found.status != claims.FAILED):
        return _skipped(bucket, "DUPLICATE_UPLOAD", key, version_id, claims.upload_id_of(head), claims.duplicate_text(found), found.content_hash)
    if found.status == claims.FAILED and not is_same_upload and bucket.head(found.key, found.version_id) is None:
        found = claims.change(bucket, found.claim, {claims.FAILED}, key=key, version_id=head.version_id)
    return _claimed(claims.retry(bucket, found, event["execution"]))


def _claimed(found: claims.Claim) -> dict[str, Any]:
    return {"outcome": "CLAIMED", "claim": found.claim, "upload_id": found.upload_id, "size": found.size, "reason": None, "text": None}


def _skipped_or_done(bucket: Bucket, key: str, version_id: str | None) -> dict[str, Any]:
    return _skipped(
        bucket, "GONE", key, version_id, text=f"{RULES['GONE'].text} A late or repeated event of a file that is archived already looks the same."
    )


def _skipped(
    bucket: Bucket,
    reason: str,
    key: str,
    version_id: str | None,
    upload_id: str | None = None,
    text: str | None = None,
    content_hash: str | None = None,
) -> dict[str, Any]:
    now = datetime.now(UTC)
    row = LogRow(
        upload_id=upload_id or f"{now:%Y%m%dT%H%M%SZ}-{version_id or 'null'}",
        source_key=key,
        source_version_id=version_id,
        content_hash=content_hash,
        loaded_at=accounting.timestamp_text(now),
        outcome=SKIP,
        reason=reason,
    )
    accounting.publish(bucket, row.upload_id, "file", [row])
    said = f"{key}: {text or RULES[reason].text}"
    return {"outcome": "SKIPPED", "claim": None, "upload_id": upload_id, "size": 0, "reason": reason, "text": said}


def take_load_lease(event: dict[str, Any]) -> dict[str, Any]:
    """Let an execution load, or wait, or end as its upload ended.

    Takes {bucket, claim, execution, started_at, state: the execution's, with its former answer as `lease`}.

    Returns:
        outcome: HOLDER (with load, and needs: dataset -> bool), WAIT (with wait_seconds), LOADED, QUARANTINED or FAILED (with the alert's parts).
    """
    bucket = Bucket(event["bucket"])
    found = claims.read(bucket, event["claim"])
    if found.status == claims.CLAIMED:
        found = loads.enqueue(bucket, found)
    if found.is_final:
        return _outcome(bucket, found, event["execution"])
    if leases.take(bucket, event["execution"], LEASE_SECONDS, _is_over):
        planned = loads.plan(bucket, event["execution"])
        found = claims.read(bucket, event["claim"])
        if planned and not found.is_final:
            needs = {dataset.name: dataset.name in planned["datasets"] for dataset in loads.DATASETS}
            return {"outcome": "HOLDER", "load": planned["load"], "needs": needs}
        leases.release(bucket, event["execution"])
        return _outcome(bucket, found, event["execution"])
    return _wait(event)


def _wait(event: dict[str, Any]) -> dict[str, Any]:
    started_at = datetime.fromisoformat(event["started_at"])
    if datetime.now(UTC) - started_at > timedelta(minutes=LOAD_WAIT_MINUTES):
        raise LoadWaitTimeoutError(
            f"Another load held the lease for {LOAD_WAIT_MINUTES} minutes. The upload stays in the queue: the next load takes it along."
        )
    waits = event["state"].get("lease", {}).get("answer", {}).get("waits", 0) + 1
    return {"outcome": "WAIT", "waits": waits, "wait_seconds": min(1 + waits // 10, _LONGEST_WAIT_SECONDS)}


def _outcome(bucket: Bucket, found: claims.Claim, execution: str) -> dict[str, Any]:
    if found.status == claims.LOADED:
        return {"outcome": "LOADED", "text": loads.summary(bucket, found)}
    if found.status == claims.QUARANTINED:
        return {"outcome": "QUARANTINED", "text": found.text, **asdict(alerts.quarantined(found.key, found.reason, found.text, execution))}
    text = f"{found.key}: the load that held it failed: {found.text or found.reason or found.status}"
    return {"outcome": "FAILED", "text": text, "error": "LoadFailed", "cause": text}


def mark(event: dict[str, Any]) -> dict[str, Any]:
    """Mark a dataset of a load as loaded: {bucket, load, dataset, execution} -> {"marked": true}."""
    bucket = Bucket(event["bucket"])
    loads.mark_done(bucket, event["load"], event["dataset"])
    return {"marked": True}


def finish(event: dict[str, Any]) -> dict[str, Any]:
    """Record a load as done and release the lease: {bucket, load, claim, execution, verification} -> how the claimed upload ended.

    The answer is {outcome: LOADED, text}, or for an upload whose rows were set aside {outcome: QUARANTINED, text, and the alert's parts}.
    verification is the query that verified the tables: its results, in Athena's folder, keep the warnings.
    """
    bucket = Bucket(event["bucket"])
    bucket.write(f"{event['load'].rsplit('/', 1)[0]}/outcome.json", {"outcome": "LOADED", "verification": event["verification"]})
    loads.finish(bucket, event["load"])
    leases.release(bucket, event["execution"])
    return _outcome(bucket, claims.read(bucket, event["claim"]), event["execution"])


def report_failure(event: dict[str, Any]) -> dict[str, Any]:
    """Record a failure, release the lease, and word the alert: {state, execution} -> alerts.Alert as a dictionary.

    state is the execution's: its input, and as far as it came, `claimed`, `lease` and `error`.
    """
    state = event["state"]
    bucket, key = Bucket(state["detail"]["bucket"]["name"]), state["detail"]["object"]["key"]
    error, cause = state["error"].get("Error", "Unknown"), state["error"].get("Cause", "")
    load, claim_key = state.get("lease", {}).get("answer", {}).get("load"), state.get("claimed", {}).get("claim")
    alert = alerts.failed(key, error, cause, event["execution"])
    if load and leases.holder_of(bucket) == event["execution"]:
        loads.fail(bucket, load, error, alert.cause)
    elif claim_key and error != LoadWaitTimeoutError.__name__:
        loads.fail_claim(bucket, claim_key, error, alert.cause)
    leases.release(bucket, event["execution"])
    return asdict(alert)


def _is_over(execution: str) -> bool:
    """Say whether an execution has ended, so that its lease can be taken over at once; when in doubt, it has not."""
    try:
        status = boto3.client("stepfunctions").describe_execution(executionArn=execution)["status"]
    except ClientError as error:
        return error.response["Error"]["Code"] == "ExecutionDoesNotExist"
    return status not in {"RUNNING", "PENDING_REDRIVE"}


ACTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "claim": claim,
    "take_load_lease": take_load_lease,
    "mark": mark,
    "finish": finish,
    "report_failure": report_failure,
}
