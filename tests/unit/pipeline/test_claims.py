"""Who may load what, once: claims by content, the load lease, and loads that go on where another was cut off."""

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import archive_raw_csvs
import pytest
from botocore.exceptions import ClientError
from lakehouse import accounting, claims, conversions, leases, loads
from lakehouse.s3 import LostRaceError

PRODUCTS = b"product_id,department_id,department,product_name\n1,2,Toys,a\n"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def never(_execution):
    return False


@pytest.fixture
def function(bucket, monkeypatch):
    """Return the handler of check_marker_lambda on the fake bucket; executions in `function.over` have ended."""
    spec = importlib.util.spec_from_file_location("check_marker_handler", ROOT / "lambdas/check_marker_lambda/handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "Bucket", lambda _name: bucket)
    over = set()
    monkeypatch.setattr(module, "_is_over", lambda execution: execution in over)
    handler = lambda event: module.handler(event, None)  # noqa: E731
    handler.over = over
    return handler


def upload(s3, key, body=PRODUCTS, **metadata):
    return s3.put_object("lake", key, body, Metadata=metadata)["VersionId"]


def claim(function, key, version, execution="one"):
    return function({"action": "claim", "bucket": "lake", "object": {"key": key, "version-id": version}, "execution": execution})


def take(function, claimed, execution="one", state=None):
    event = {"action": "take_load_lease", "bucket": "lake", "claim": claimed["claim"], "execution": execution}
    return function({**event, "started_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"), "state": state or {}})


def finish(function, claimed, taken, execution="one"):
    return function(
        {"action": "finish", "bucket": "lake", "load": taken["load"], "claim": claimed["claim"], "verification": "q", "execution": execution}
    )


def test_the_same_content_is_claimed_once_whatever_it_is_called(function, s3, bucket):
    first = claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv"))

    copy = claim(function, "uploads/renamed.csv", upload(s3, "uploads/renamed.csv"), "two")

    assert first["outcome"] == "CLAIMED"
    assert (copy["outcome"], copy["reason"]) == ("SKIPPED", "DUPLICATE_UPLOAD")


def test_a_corrected_file_of_the_same_name_is_claimed_anew(function, s3):
    first = claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv"))

    corrected = claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")

    assert corrected["outcome"] == "CLAIMED"
    assert corrected["upload_id"] > first["upload_id"]


def test_content_is_loaded_again_when_its_metadata_asks_for_it(function, s3):
    claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv"))

    again = claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv", **{"load-again": "true"}), "two")

    assert again["outcome"] == "CLAIMED"


@pytest.mark.parametrize("key", ["uploads/", "uploads/~$orders.xlsx", "uploads/.~lock.orders.csv#", "uploads/.DS_Store"])
def test_what_is_no_data_file_is_skipped_and_recorded(function, s3, key):
    answer = claim(function, key, upload(s3, key))

    assert (answer["outcome"], answer["reason"]) == ("SKIPPED", "NOT_A_DATA_FILE")
    assert any(name.startswith("lakehouse/processed/ingestion_log/") for name in s3.versions)


def test_the_same_event_again_resumes_the_claim_and_never_makes_a_second(function, s3, bucket):
    version = upload(s3, "uploads/products.csv")
    first = claim(function, "uploads/products.csv", version)

    again = claim(function, "uploads/products.csv", version, "two")

    assert again["claim"] == first["claim"]
    assert claims.read(bucket, first["claim"]).attempts == 2


@pytest.mark.parametrize("name", ["a b+c%20d&e=f#g.csv", "quo'te\"s.csv", "üñí—文.csv", "x" * 1000 + ".csv"])
def test_a_key_is_taken_as_it_is_and_its_objects_never_collide(function, s3, bucket, name):
    claimed = claim(function, f"uploads/{name}", upload(s3, f"uploads/{name}"))

    converted = conversions.convert_claimed(bucket, claimed["claim"])

    manifest = bucket.read(converted["manifest"]).content
    assert manifest["key"] == f"uploads/{name}"
    assert bucket.read_bytes(manifest["sheets"][0]["csv"]).startswith(b"product_id,")


def test_a_denied_read_is_never_taken_for_absent(bucket, s3):
    s3.denied = {"state/claims/x.json"}

    with pytest.raises(ClientError, match="AccessDenied"):
        bucket.read("state/claims/x.json")


def test_listings_go_on_past_their_first_page(bucket, s3):
    s3.page_size = 2
    for number in range(5):
        bucket.write(f"state/queue/{number}.json", {})

    assert len(list(bucket.keys("state/queue/"))) == 5


def test_one_holds_the_lease_until_it_is_released_expires_or_its_holder_is_over(bucket):
    assert leases.take(bucket, "one", 60, never, NOW)
    assert not leases.take(bucket, "two", 60, never, NOW + timedelta(seconds=59))

    assert leases.take(bucket, "two", 60, never, NOW + timedelta(seconds=60))
    assert leases.take(bucket, "three", 60, lambda execution: execution == "two", NOW + timedelta(seconds=61))
    assert not leases.release(bucket, "two")
    assert leases.release(bucket, "three")
    assert leases.take(bucket, "four", 60, never, NOW + timedelta(seconds=62))


def test_of_two_that_overwrite_the_same_lease_one_loses(bucket):
    leases.take(bucket, "one", 60, never, NOW)
    found = bucket.read(leases.KEY)
    bucket.replace(leases.KEY, {**found.content, "holder": "two"}, found.etag)

    with pytest.raises(LostRaceError):
        bucket.replace(leases.KEY, {**found.content, "holder": "three"}, found.etag)


def test_a_job_that_lost_the_lease_must_not_write(bucket):
    leases.take(bucket, "one", 60, never, NOW)

    with pytest.raises(leases.LeaseLostError, match="belongs to one, not to two"):
        leases.demand(bucket, "two")


def test_the_holder_loads_everything_that_waits_and_the_others_end_as_their_upload_ended(function, s3, bucket):
    first = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    second = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    for claimed in (first, second):
        conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, second["claim"]))

    holder = take(function, first)
    waiting = take(function, second, "two")

    assert (holder["outcome"], waiting["outcome"]) == ("HOLDER", "WAIT")
    planned = loads.read_plan(bucket, holder["load"])
    assert [sheet["upload_id"] for sheet in planned["datasets"]["products"]["sheets"]] == [first["upload_id"], second["upload_id"]]
    assert finish(function, first, holder)["outcome"] == "LOADED"
    assert take(function, second, "two")["outcome"] == "LOADED"


def test_when_the_holder_ends_another_goes_on_from_the_first_dataset_not_done(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    dead = take(function, claimed)
    loads.mark_done(bucket, dead["load"], "products")
    other = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    conversions.convert_claimed(bucket, other["claim"])
    assert take(function, other, "two")["outcome"] == "WAIT"
    function.over.add("one")

    taken_over = take(function, other, "two")

    planned = loads.read_plan(bucket, taken_over["load"])
    assert [upload["upload_id"] for upload in planned["uploads"]] == [claimed["upload_id"], other["upload_id"]]
    assert [sheet["upload_id"] for sheet in planned["datasets"]["products"]["sheets"]] == [other["upload_id"]]


def test_a_failure_is_recorded_the_lease_given_back_and_a_new_try_goes_on(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    holder = take(function, claimed)
    state = {"detail": {"bucket": {"name": "lake"}, "object": {"key": "uploads/a.csv"}}, "claimed": claimed, "lease": {"answer": holder}}

    alert = function(
        {
            "action": "report_failure",
            "state": {**state, "error": {"Error": "States.TaskFailed", "Cause": '{"JobName": "etl_products", "ErrorMessage": "boom"}'}},
            "execution": "one",
        }
    )

    assert "boom" in alert["message"]
    assert alert["error"] == "LoadFailed"
    assert claims.read(bucket, claimed["claim"]).status == claims.FAILED
    assert leases.holder_of(bucket) is None
    assert claim(function, "uploads/a.csv", version, "two")["outcome"] == "CLAIMED"
    assert take(function, claimed, "two")["outcome"] == "HOLDER"


def test_a_quarantined_file_is_kept_recorded_and_worded_for_a_person(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv", b"no header here\n"))
    conversions.convert_claimed(bucket, claimed["claim"])

    answer = take(function, claimed)

    assert answer["outcome"] == "QUARANTINED"
    assert answer["subject"] == "Quarantined NO_HEADER: uploads/a.csv"
    assert bucket.read_bytes(f"rejected/files/{claimed['upload_id']}/a.csv") == b"no header here\n"
    assert claim(function, "uploads/copy.csv", upload(s3, "uploads/copy.csv", b"no header here\n"), "two")["reason"] == "DUPLICATE_UPLOAD"


def test_case_34_an_upload_whose_rows_were_set_aside_ends_quarantined_and_kept_and_the_others_of_its_load_are_loaded(function, s3, bucket):
    bad = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    good = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    for claimed in (bad, good):
        conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, good["claim"]))
    holder = take(function, bad)
    loaded = accounting.LogRow(bad["upload_id"], "products", "a.csv", rows_read=3, rejected=3)
    aside = replace(loaded, outcome="QUARANTINE", reason="TOO_MANY_REJECTS", warnings=("BAD_KEY", "FILE_REJECTED"))
    accounting.publish(bucket, bad["upload_id"], "products", [aside])
    accounting.publish(bucket, good["upload_id"], "products", [replace(loaded, upload_id=good["upload_id"], rejected=0, inserted=3)])

    archive_raw_csvs.archive(bucket, holder["load"])
    ended = finish(function, bad, holder)
    other = take(function, good, "two")

    assert (ended["outcome"], other["outcome"]) == ("QUARANTINED", "LOADED")
    assert ended["subject"] == "Quarantined TOO_MANY_REJECTS: uploads/a.csv"
    assert "Not one of its 3 rows of products (sheets: a.csv) was loaded. Codes found: BAD_KEY." in ended["message"]
    assert claims.read(bucket, bad["claim"]).reason == "TOO_MANY_REJECTS"
    assert take(function, bad)["outcome"] == "QUARANTINED"
    assert bucket.read_bytes(f"rejected/files/{bad['upload_id']}/a.csv") == PRODUCTS
    assert [key.split("/")[:2] for key in bucket.keys("archived/")] == [["archived", "raw"], ["archived", "uploads"]]
    assert leases.holder_of(bucket) is None


def test_a_marker_is_asked_for_by_dataset_alone(function, s3, bucket, monkeypatch):
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    holder = take(function, claimed)
    assert function({"dataset": "products"}) == {"already_processed": False}

    function({"action": "mark", "bucket": "lake", "load": holder["load"], "dataset": "products", "execution": "one"})
    finish(function, claimed, holder)

    assert function({"dataset": "products"}) == {"already_processed": True}
    with pytest.raises(ValueError, match="expected one of products, orders, order_items"):
        function({"dataset": "customers"})


def test_a_load_archives_its_csvs_and_the_upload_in_the_version_that_was_loaded(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    newer = PRODUCTS + b"9,9,Toys,later\n"
    upload(s3, "uploads/a.csv", newer)

    moved = archive_raw_csvs.archive(bucket, taken["load"])

    assert moved == 2
    assert bucket.read_bytes(f"archived/uploads/{claimed['upload_id']}/a.csv") == PRODUCTS
    assert bucket.read_bytes("uploads/a.csv") == newer
    assert list(bucket.keys("lakehouse/raw/")) == []
    assert archive_raw_csvs.archive(bucket, taken["load"]) == 0
