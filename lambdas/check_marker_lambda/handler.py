"""Who may load what, once: claims, the load lease, and the markers of what is done.

    {"dataset": "orders"}                          -> {"already_processed": bool}: nothing of the dataset waits to be loaded
    {"dataset": "orders", "load": KEY, ...}        -> the same, for one load
    {"action": "claim" | "take_load_lease" | "mark" | "finish" | "report_failure", ...} -> see the function of that name
    {"action": "take_maintenance_lease" | "end_maintenance" | "report_maintenance_failure", ...} -> the same, of lakehouse-maintenance

Environment: LAKE_BUCKET (for an event that names no bucket), LEASE_SECONDS (how long the load lease lasts without being renewed),
LOAD_WAIT_MINUTES (how long an execution waits for it), REJECT_ALERT_PERCENT (of a larger share of rejected rows a person is told),
COORDINATION (where claims and the lease lie: see lakehouse.coordination).
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from lakehouse import accounting, alerts, claims, conversions, leases, loads, logs, metrics, notices
from lakehouse.accounting import LogRow
from lakehouse.rules import RULES, SKIP
from lakehouse.s3 import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse.s3 import Head

LEASE_SECONDS = int(os.environ.get("LEASE_SECONDS", "3600"))
LOAD_WAIT_MINUTES = int(os.environ.get("LOAD_WAIT_MINUTES", "60"))
REJECT_ALERT_PERCENT = float(os.environ.get("REJECT_ALERT_PERCENT", "5"))
_LONGEST_WAIT_SECONDS = 10


class LoadWaitTimeoutError(Exception):
    """The load lease did not come free in time."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    name = event.get("action", "check_marker")
    logs.begin(request_id=getattr(context, "aws_request_id", None), execution=event.get("execution"), dataset=event.get("dataset"))
    with logs.telling(name) as told:
        if "action" not in event:
            return _told(check_marker(event), told)
        action = ACTIONS.get(name)
        if action is None:
            raise ValueError(f"There is no action {name!r}. Known: {', '.join(ACTIONS)}; without an action, give a dataset.")
        return _told(action(event), told)


def _told(answer: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Put what is worth a line into the log's fields."""
    told.update({name: answer[name] for name in ("outcome", "reason", "already_processed", "waits", "text") if name in answer})
    return answer


def _bind_load(bucket: Bucket, load: str) -> dict[str, Any]:
    planned = loads.read_plan(bucket, load)
    logs.bind(load_id=planned["load_id"], upload_ids=[upload["upload_id"] for upload in planned["uploads"]])
    return planned


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
    is_needed = dataset in _bind_load(bucket, event["load"])["datasets"]
    return {"already_processed": not is_needed or loads.is_done(bucket, event["load"], dataset)}


def claim(event: dict[str, Any]) -> dict[str, Any]:
    """Claim an upload: {bucket, object: {key, version-id}, execution} -> {outcome: CLAIMED | SKIPPED, ...}."""
    bucket = Bucket(event["bucket"])
    key, version_id = event["object"]["key"], event["object"].get("version-id")
    if not claims.is_data_file(key):
        return _skipped(bucket, "NOT_A_DATA_FILE", key, version_id)
    head = bucket.head(key, version_id)
    if head is None:
        return _claim_what_is_gone(bucket, key, version_id, event["execution"])
    logs.bind(upload_id=claims.upload_id_of(head), key=key)
    found = claims.make(bucket, key, head, event["execution"])
    if found is None:
        return _claim_what_is_gone(bucket, key, version_id, event["execution"])
    if found.execution == event["execution"]:
        return _claimed(found)
    is_same_upload = (found.key, found.version_id) == (key, head.version_id)
    if found.reason in claims.ABOUT_THE_NAME and posixpath.basename(key) != found.file_name:
        found = _judge_anew(bucket, found, key, head, event["execution"])
    elif not found.is_done and not is_same_upload and (found.status == claims.FAILED or _is_over(found.execution)):
        found = _take_up(bucket, found, key, head, event["execution"])
    elif not found.is_done and is_same_upload:
        found = claims.retry(bucket, found, event["execution"])
    if found.execution == event["execution"]:
        return _claimed(found)
    return _skipped(bucket, "DUPLICATE_UPLOAD", key, version_id, claims.upload_id_of(head), claims.duplicate_text(found), found.content_hash)


def _judge_anew(bucket: Bucket, found: claims.Claim, key: str, head: Head, execution: str) -> claims.Claim:
    """Take a content that was set aside for its name as an upload of its own under the new name."""
    fresh = {"status": claims.CLAIMED, "attempts": 1, "load": None, "reason": None, "text": None, "execution": execution}
    named = {"upload_id": claims.upload_id_of(head), "uploaded_at": claims.uploaded_at_of(head)}
    return claims.move(bucket, found, {claims.QUARANTINED}, key, head, **named, **fresh)


def _take_up(bucket: Bucket, found: claims.Claim, key: str, head: Head, execution: str) -> claims.Claim:
    """Go on, with another upload of the same content, where an execution failed or was cut off: nobody else would."""
    if bucket.head(found.key, found.version_id) is None:
        claims.move(bucket, found, claims.UNFINISHED, key, head)
    return claims.retry(bucket, found, execution)


def _claim_what_is_gone(bucket: Bucket, key: str, version_id: str | None, execution: str) -> dict[str, Any]:
    """Resume a load that was cut off after its upload was archived; anything else that is gone is skipped."""
    found = claims.find(bucket, key, version_id)
    if found is None or (not found.is_done and bucket.read(conversions.manifest_key(found.upload_id)) is None):
        return _skipped(bucket, "GONE", key, version_id)
    if not found.is_done:
        found = claims.retry(bucket, found, execution)
    if found.execution == execution:
        return _claimed(found)
    return _skipped(bucket, "DUPLICATE_UPLOAD", key, version_id, text=claims.duplicate_text(found), content_hash=found.content_hash)


def _claimed(found: claims.Claim) -> dict[str, Any]:
    sizes = {"size": found.size, "unpacked_size": max(found.size, found.unpacked_size)}
    return {"outcome": "CLAIMED", "claim": found.claim, "upload_id": found.upload_id, **sizes, "reason": None, "text": None}


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
    logs.bind(upload_id=row.upload_id, key=key)
    if not accounting.read_log(bucket, row.upload_id, "file"):  # a repeated event must not take the place of a quarantine's record
        accounting.publish(bucket, row.upload_id, "file", [row])
    said = f"{key}: {text or RULES[reason].text}"
    return {"outcome": "SKIPPED", "claim": None, "upload_id": upload_id, "size": 0, "unpacked_size": 0, "reason": reason, "text": said}


def take_load_lease(event: dict[str, Any]) -> dict[str, Any]:
    """Let an execution load, or wait, or end as its upload ended.

    Takes {bucket, claim, execution, started_at, state: the execution's, with its former answer as `lease`}.

    Returns:
        outcome: HOLDER (with load, and needs: dataset -> bool), WAIT (with wait_seconds), LOADED, QUARANTINED or FAILED (with the alert's parts).
    """
    bucket = Bucket(event["bucket"])
    found = claims.read(bucket, event["claim"])
    logs.bind(upload_id=found.upload_id, key=found.key)
    comes_from_conversion = "lease" not in event["state"]
    # Another execution of the same event may have failed where this one did not; after waiting, a failure is that of the load.
    if found.status == claims.CLAIMED or (found.status == claims.FAILED and comes_from_conversion):
        found = loads.enqueue(bucket, found)
    if found.is_final:
        return _outcome(bucket, found, event["execution"])
    if not leases.take(bucket, event["execution"], LEASE_SECONDS, _is_over):
        return _wait(event)
    found = claims.read(bucket, event["claim"])
    if found.is_final:  # the last holder loaded it
        leases.release(bucket, event["execution"])
        return _outcome(bucket, found, event["execution"])
    planned = loads.plan(bucket, event["execution"], found)
    logs.info("load planned", upload_id=None, load_id=planned["load_id"], upload_ids=[one["upload_id"] for one in planned["uploads"]])
    needs = {dataset.name: dataset.name in planned["datasets"] for dataset in loads.DATASETS}
    return {"outcome": "HOLDER", "load": planned["load"], "needs": needs}


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
        alert = alerts.quarantined(found.key, found.reason, found.text, found.upload_id, execution)
        tell, _ = notices.is_news(bucket, found.claim, alert.subject, execution)
        if tell:
            metrics.quarantined(found.file_name)
        return {"outcome": "QUARANTINED", "text": found.text, **asdict(alert), "tell": tell}
    text = f"{found.key}: the load that held it failed: {found.text or found.reason or found.status}"
    return {"outcome": "FAILED", "text": text, "error": "LoadFailed", "cause": text}


def mark(event: dict[str, Any]) -> dict[str, Any]:
    """Mark a dataset of a load as loaded, and renew the lease: {bucket, load, dataset, execution} -> {"marked": true}.

    The marker tells the truth whoever holds the lease now; an execution that lost it finds out before its next dataset.
    """
    bucket = Bucket(event["bucket"])
    _bind_load(bucket, event["load"])
    loads.mark_done(bucket, event["load"], event["dataset"])
    leases.take(bucket, event["execution"], LEASE_SECONDS, _is_over)
    return {"marked": True}


def finish(event: dict[str, Any]) -> dict[str, Any]:
    """Record a load as done and release the lease: {bucket, load, claim, execution, verification} -> how the claimed upload ended.

    The answer is {outcome: LOADED, text}, or for an upload whose rows were set aside {outcome: QUARANTINED, text, and the alert's parts}, with
    has_notice and notice.
    verification is the query that verified the tables: its results, in Athena's folder, keep the warnings.
    notice, {subject, message}, is what a person should hear of the rows of all the load's uploads.
    """
    bucket = Bucket(event["bucket"])
    _bind_load(bucket, event["load"])
    outcome_key = f"{event['load'].rsplit('/', 1)[0]}/outcome.json"
    notice = notices.kept(
        bucket,
        outcome_key,
        lambda: notices.of_load(bucket, event["load"], REJECT_ALERT_PERCENT, event["execution"]),
        outcome="LOADED",
        verification=event["verification"],
    )
    loads.finish(bucket, event["load"])
    leases.release(bucket, event["execution"])
    ended = _outcome(bucket, claims.read(bucket, event["claim"]), event["execution"])
    return {**ended, "has_notice": notice is not None, "notice": notice}


def report_failure(event: dict[str, Any]) -> dict[str, Any]:
    """Record a failure, release the lease, and word the alert: {state, execution} -> alerts.Alert as a dictionary, and tell.

    state is the execution's: its input, and as far as it came, `claimed`, `lease` and `error`.
    tell says whether the alert is to be sent: not if the same was told within the last hour.
    """
    state = event["state"]
    bucket, key = Bucket(state["detail"]["bucket"]["name"]), state["detail"]["object"]["key"]
    error, cause = state["error"].get("Error", "Unknown"), state["error"].get("Cause", "")
    load, claim_key = state.get("lease", {}).get("answer", {}).get("load"), state.get("claimed", {}).get("claim")
    logs.bind(upload_id=state.get("claimed", {}).get("upload_id"), key=key)
    is_holder = leases.holder_of(bucket) == event["execution"]
    others = [upload["key"] for upload in _bind_load(bucket, load)["uploads"] if upload["claim"] != claim_key] if is_holder and load else []
    alert = alerts.failed(key, error, cause, event["execution"])
    tell, untold = notices.is_news(bucket, notices.about_failure(error, claim_key, key), alert.cause, event["execution"])
    if is_holder and load:
        loads.fail(bucket, load, error, alert.cause)
    elif is_holder and claim_key:  # cut off between taking the lease and saying so
        loads.fail_claim(bucket, claim_key, {claims.CLAIMED, claims.WAITING, claims.LOADING}, error, alert.cause)
    elif claim_key and claims.read(bucket, claim_key).execution == event["execution"]:
        # What waits, or is being loaded by another, is not this execution's to fail.
        loads.fail_claim(bucket, claim_key, {claims.CLAIMED}, error, alert.cause)
    leases.release(bucket, event["execution"])
    logs.warning("the upload failed", error=error, cause=alert.cause, tell=tell)
    return {**asdict(alerts.failed(key, error, cause, event["execution"], tuple(others), untold)), "tell": tell}


def take_maintenance_lease(event: dict[str, Any]) -> dict[str, Any]:
    """Let an execution of lakehouse-maintenance have the tables to itself, or wait, or give up for this time.

    Takes {execution, started_at, state: the execution's: its input, of which bucket and retention_hours are used if they are
    there, its former answer as `lease`, and `job` once the overdue rows were loaded: the lease is renewed then}.

    Returns:
        outcome: HOLDER (with arguments of compact_tables, and bucket, and load: held rows over their limit, or None),
        WAIT (with wait_seconds), or BUSY (with text): loads went on for longer than it waits, and the next night is soon enough.
    """
    bucket = _lake_of(event["state"])
    if not leases.take(bucket, event["execution"], LEASE_SECONDS, _is_over):
        try:
            return _wait(event)
        except LoadWaitTimeoutError:
            return {"outcome": "BUSY", "text": f"Loads held the lease for {LOAD_WAIT_MINUTES} minutes; the tables are as they were."}
    arguments = {"--bucket": bucket.name, "--execution": event["execution"]}
    if "retention_hours" in event["state"]:
        arguments["--retention_hours"] = str(event["state"]["retention_hours"])
    # Uploads in the queue have executions of their own, which load what is held as well.
    is_for_others = "job" in event["state"] or any(bucket.keys(loads.QUEUE))
    planned = None if is_for_others else loads.plan_overdue(bucket, event["execution"])
    return {"outcome": "HOLDER", "arguments": arguments, "bucket": bucket.name, "load": planned["load"] if planned else None}


def end_maintenance(event: dict[str, Any]) -> dict[str, Any]:
    """Give the lease back: {state, execution} -> {outcome: DONE, text, has_notice, notice: what a person should hear of held items}."""
    bucket = _lake_of(event["state"])
    key = f"state/maintenance/{event['execution'].rsplit(':', 1)[-1]}.json"
    notice = notices.kept(bucket, key, lambda: notices.of_overdue(bucket, event["execution"]))
    leases.release(bucket, event["execution"])
    text = "The tables were compacted; the log of compact_tables says what was done to each."
    return {"outcome": "DONE", "text": text, "has_notice": notice is not None, "notice": notice}


def report_maintenance_failure(event: dict[str, Any]) -> dict[str, Any]:
    """Give the lease back and word the alert: {state, execution} -> alerts.Alert as a dictionary."""
    leases.release(_lake_of(event["state"]), event["execution"])
    error = event["state"]["error"]
    return asdict(alerts.maintenance_failed(error.get("Error", "Unknown"), error.get("Cause", ""), event["execution"]))


def _lake_of(state: dict[str, Any]) -> Bucket:
    return Bucket(state.get("bucket") or os.environ["LAKE_BUCKET"])


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
    "take_maintenance_lease": take_maintenance_lease,
    "end_maintenance": end_maintenance,
    "report_maintenance_failure": report_maintenance_failure,
}
