"""The actions of check_marker_lambda and the archive, as the state machine calls them."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

from lakehouse import claims, conversions, loads

ROOT = Path(__file__).parents[4]
PRODUCTS = b"product_id,department_id,department,product_name\n1,2,Toys,a\n"


def upload(s3, key, body=PRODUCTS, **metadata):
    return s3.put_object("lake", key, body, Metadata=metadata)["VersionId"]


def state_of(key, claimed, **more):
    """Return the state of an execution, as far as it came."""
    return {"detail": {"bucket": {"name": "lake"}, "object": {"key": key}}, "claimed": claimed, **more}


def report(function, state, execution="one", error="States.TaskFailed"):
    return function({"action": "report_failure", "state": {**state, "error": {"Error": error, "Cause": "boom"}}, "execution": execution})


def mark(function, taken, dataset, execution="one"):
    return function({"action": "mark", "bucket": "lake", "load": taken["load"], "dataset": dataset, "execution": execution})


def archive(bucket, load):
    spec = importlib.util.spec_from_file_location("archive_raw_csvs", ROOT / "glue_jobs/archive_raw_csvs.py")
    job = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(job)
    return job.archive(bucket, load)


def claim(function, key, version, execution="one"):
    return function({"action": "claim", "bucket": "lake", "object": {"key": key, "version-id": version}, "execution": execution})


def take(function, claimed, execution="one", state=None):
    event = {"action": "take_load_lease", "bucket": "lake", "claim": claimed["claim"], "execution": execution}
    return function({**event, "started_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "state": state or {}})


def finish(function, claimed, taken, execution="one"):
    return function(
        {"action": "finish", "bucket": "lake", "load": taken["load"], "claim": claimed["claim"], "verification": "q", "execution": execution}
    )


def two_that_wait(function, s3, bucket):
    """Upload a.csv and b.csv, claimed by "one" and "two" and converted; the second is in the queue already. Return both claims."""
    first = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    second = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    for claimed in (first, second):
        conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, second["claim"]))
    return first, second
