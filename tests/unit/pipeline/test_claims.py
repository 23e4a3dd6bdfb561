"""Who may load what, once: claims by content, the load lease, and loads that go on where another was cut off."""

import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from lakehouse import accounting, claims, conversions, coordination, leases, loads, notices
from lakehouse.accounting import LogRow
from lakehouse.alerts import ReasonCount
from lakehouse.coordination import DynamoTable, LostRaceError
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import MemoryDynamoDB

PRODUCTS = b"product_id,department_id,department,product_name\n1,2,Toys,a\n"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def never(_execution):
    return False


@pytest.fixture(params=["s3", "dynamodb"])
def bucket(request, s3):
    """The lake's bucket, with claims and lease in either store."""
    lake = Bucket("lake", s3)
    if request.param == "dynamodb":
        lake.documents = DynamoTable("coordination", MemoryDynamoDB())
    return lake


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
    bucket.documents.client.denied = {"state/claims/x.json"}

    for store in (bucket, bucket.documents):
        with pytest.raises(ClientError, match="AccessDenied"):
            store.read("state/claims/x.json")


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
    found = bucket.documents.read(leases.KEY)
    bucket.documents.replace(leases.KEY, {**found.content, "holder": "two"}, found.revision)

    with pytest.raises(LostRaceError):
        bucket.documents.replace(leases.KEY, {**found.content, "holder": "three"}, found.revision)
    with pytest.raises(LostRaceError):
        bucket.documents.create(leases.KEY, {"holder": "four"})
    assert leases.holder_of(bucket) == "two"


def test_of_many_at_once_one_gets_the_lease(bucket):
    names = [f"execution-{number}" for number in range(16)]

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda name: leases.take(bucket, name, 60, never), names))

    assert taken.count(True) == 1
    assert leases.holder_of(bucket) == names[taken.index(True)]


@pytest.mark.parametrize("setting", ["", "s3://lake", "dynamodb", "dynamodb:", "redis:6379"])
def test_a_coordination_store_that_is_unknown_is_refused_with_what_is_known(s3, setting, monkeypatch):
    monkeypatch.setenv(coordination.ENVIRONMENT_VARIABLE, setting)

    with pytest.raises(ValueError, match="expected 's3' or 'dynamodb:<table>'"):
        Bucket("lake", s3)


def test_a_function_finds_the_store_in_its_environment_and_a_job_in_its_argument(s3, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert Bucket("lake", s3).documents.name == "lake"
    assert Bucket("lake", s3, "dynamodb:argument").documents.name == "argument"

    monkeypatch.setenv(coordination.ENVIRONMENT_VARIABLE, "dynamodb:environment")

    assert Bucket("lake", s3).documents.name == "environment"
    assert isinstance(Bucket("lake", s3, "s3").documents, Bucket)


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


def test_a_repeated_event_of_a_quarantined_upload_leaves_its_record_as_it_is(function, s3, bucket):
    version = upload(s3, "uploads/a.csv", b"no header here\n")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    take(function, claimed)

    repeated = claim(function, "uploads/a.csv", version, "two")

    assert (repeated["outcome"], repeated["reason"]) == ("SKIPPED", "DUPLICATE_UPLOAD")
    (row,) = accounting.read_log(bucket, claimed["upload_id"], "file")
    assert (row.outcome, row.reason) == ("QUARANTINE", "NO_HEADER")


def test_a_load_that_fails_is_told_once_with_the_uploads_that_fail_with_it(function, s3, bucket):
    first = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    second = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    for claimed in (first, second):
        conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, second["claim"]))
    holder = take(function, first)

    told = report(function, state_of("uploads/a.csv", first, lease={"answer": holder}))
    waited = take(function, second, "two", {"lease": {"answer": {"outcome": "WAIT"}}})
    resumed = claim(function, "uploads/a.csv", first["upload_id"].rsplit("-", 1)[1], "three")
    taken = take(function, resumed, "three")
    told_again = report(function, state_of("uploads/a.csv", resumed, lease={"answer": taken}), "three")

    assert (told["tell"], "With it were not loaded: uploads/b.csv." in told["message"]) == (True, True)
    assert (waited["outcome"], "message" in waited) == ("FAILED", False)
    assert told_again["tell"] is False


def test_of_a_quarantine_one_of_the_executions_that_see_it_tells(function, s3, bucket):
    version = upload(s3, "uploads/a.csv", b"no header here\n")
    claimed = claim(function, "uploads/a.csv", version)
    claim(function, "uploads/a.csv", version, "two")
    conversions.convert_claimed(bucket, claimed["claim"])

    answers = [take(function, claimed, execution) for execution in ("one", "two", "one")]

    assert [(answer["outcome"], answer["tell"]) for answer in answers] == [("QUARANTINED", True), ("QUARANTINED", False), ("QUARANTINED", True)]


def test_a_load_says_the_same_when_its_end_is_tried_again_and_tells_of_its_rejects(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    accounting.publish(bucket, claimed["upload_id"], "products", [LogRow(claimed["upload_id"], "products", "a", rows_read=9, inserted=8, rejected=1)])
    late = ReasonCount("u0", "uploads/items.csv", "s", "NO_SUCH_PRODUCT", 2, (4, 5))
    notices.keep_rejects(bucket, "earlier", "order_items", [], [late])

    first, again = finish(function, claimed, taken), finish(function, claimed, taken)

    assert first["has_notice"]
    assert first["notice"]["subject"] == "Rejected 1 of 9 rows (11.1 %): uploads/a.csv"
    assert "2 x NO_SUCH_PRODUCT in uploads/items.csv" in first["notice"]["message"]
    assert again == first
    assert list(bucket.keys("state/overdue/")) == []


def test_every_line_of_the_functions_names_the_upload_or_the_load_and_its_uploads(function, s3, bucket, capsys):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    function({"dataset": "products", "bucket": "lake", "load": taken["load"], "execution": "one"})
    function({"action": "mark", "bucket": "lake", "load": taken["load"], "dataset": "products", "execution": "one"})
    finish(function, claimed, taken)
    claim(function, "uploads/copy.csv", upload(s3, "uploads/copy.csv"), "two")
    claim(function, "uploads/.DS_Store", upload(s3, "uploads/.DS_Store"), "three")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [line["message"] for line in lines].count("claim") == 3
    assert {"convert", "sheet converted", "load planned", "take_load_lease", "check_marker", "mark", "finish"} <= {line["message"] for line in lines}
    assert [line for line in lines if not (line.get("upload_id") or (line.get("load_id") and line.get("upload_ids")))] == []


def test_case_34_an_upload_whose_rows_were_set_aside_ends_quarantined_and_kept_and_the_others_of_its_load_are_loaded(function, s3, bucket):
    bad = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    good = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    for claimed in (bad, good):
        conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, good["claim"]))
    holder = take(function, bad)
    loaded = LogRow(bad["upload_id"], "products", "a.csv", rows_read=3, rejected=3)
    aside = replace(loaded, outcome="QUARANTINE", reason="TOO_MANY_REJECTS", warnings=("BAD_KEY", "FILE_REJECTED"))
    accounting.publish(bucket, bad["upload_id"], "products", [aside])
    accounting.publish(bucket, good["upload_id"], "products", [replace(loaded, upload_id=good["upload_id"], rejected=0, inserted=3)])

    archive(bucket, holder["load"])
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

    moved = archive(bucket, taken["load"])

    assert moved == 2
    assert bucket.read_bytes(f"archived/uploads/{claimed['upload_id']}/a.csv") == PRODUCTS
    assert bucket.read_bytes("uploads/a.csv") == newer
    assert list(bucket.keys("lakehouse/raw/")) == []
    assert archive(bucket, taken["load"]) == 0


def test_a_late_event_of_a_version_that_is_archived_is_skipped_as_the_duplicate_that_it_is(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    archive(bucket, taken["load"])
    finish(function, claimed, taken)

    late = claim(function, "uploads/a.csv", version, "late")

    assert (late["outcome"], late["reason"]) == ("SKIPPED", "DUPLICATE_UPLOAD")
    assert claim(function, "uploads/never.csv", "no version", "late")["reason"] == "GONE"


def test_a_load_that_was_cut_off_after_its_uploads_were_archived_is_finished_by_the_same_event(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    mark(function, taken, "products")
    archive(bucket, taken["load"])
    report(function, state_of("uploads/a.csv", claimed, lease={"answer": taken}))

    again = claim(function, "uploads/a.csv", version, "two")
    conversions.convert_claimed(bucket, again["claim"])
    resumed = take(function, again, "two")

    assert again["outcome"] == "CLAIMED"
    assert (resumed["outcome"], set(resumed["needs"].values())) == ("HOLDER", {False})
    assert finish(function, again, resumed, "two")["outcome"] == "LOADED"


def test_what_two_loads_that_were_cut_off_have_done_is_known_to_the_third(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    first = take(function, claimed)
    mark(function, first, "products")
    function.over.add("one")
    second = take(function, claimed, "two")
    function.over.add("two")

    third = take(function, claimed, "three")

    assert [taken["needs"]["products"] for taken in (first, second, third)] == [True, False, False]
    assert [upload["attempts"] for upload in loads.read_plan(bucket, third["load"])["uploads"]] == [2]


def test_held_items_are_looked_at_again_when_the_load_that_brought_their_product_was_cut_off(function, s3, bucket):
    bucket.write(loads.HELD_KEY, {"rows": 1, "load": "earlier"})
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    first = take(function, claimed)
    mark(function, first, "products")
    function.over.add("one")

    resumed = take(function, claimed, "two")
    mark(function, resumed, "order_items", "two")
    function.over.add("two")
    after_that = take(function, claimed, "three")

    assert (resumed["needs"]["products"], resumed["needs"]["order_items"]) == (False, True)
    assert set(after_that["needs"].values()) == {False}


@pytest.mark.parametrize("is_converted", [False, True])
def test_a_copy_goes_on_where_the_execution_of_the_first_was_cut_off(function, s3, bucket, is_converted):
    first = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    if is_converted:
        conversions.convert_claimed(bucket, first["claim"])
    copy = upload(s3, "uploads/copy.csv")
    assert claim(function, "uploads/copy.csv", copy, "two")["outcome"] == "SKIPPED"
    function.over.add("one")
    s3.delete_object("lake", "uploads/a.csv")

    taken_up = claim(function, "uploads/copy.csv", copy, "three")
    conversions.convert_claimed(bucket, taken_up["claim"])

    assert (taken_up["outcome"], taken_up["claim"]) == ("CLAIMED", first["claim"])
    assert take(function, taken_up, "three")["outcome"] == "HOLDER"


def test_what_was_set_aside_for_its_name_is_judged_anew_under_another_name_and_only_there(function, s3, bucket):
    misnamed = claim(function, "uploads/orders.csv", upload(s3, "uploads/orders.csv"))
    conversions.convert_claimed(bucket, misnamed["claim"])
    assert take(function, misnamed)["outcome"] == "QUARANTINED"

    same_name = claim(function, "uploads/again/orders.csv", upload(s3, "uploads/again/orders.csv"), "two")
    renamed = claim(function, "uploads/products.csv", upload(s3, "uploads/products.csv"), "three")
    conversions.convert_claimed(bucket, renamed["claim"])

    assert same_name["reason"] == "DUPLICATE_UPLOAD"
    assert (renamed["outcome"], renamed["claim"]) == ("CLAIMED", misnamed["claim"])
    assert renamed["upload_id"] > misnamed["upload_id"]
    assert take(function, renamed, "three")["outcome"] == "HOLDER"


def test_an_execution_fails_only_what_is_its_own_to_fail(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    repeated = claim(function, "uploads/a.csv", version, "two")

    report(function, state_of("uploads/a.csv", repeated), "two", "Lambda.Unknown")

    assert claims.read(bucket, claimed["claim"]).status == claims.LOADING
    assert leases.holder_of(bucket) == "one"
    assert finish(function, claimed, taken)["outcome"] == "LOADED"


def test_a_conversion_that_failed_in_one_execution_does_not_stop_the_other_of_the_same_event(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    repeated = claim(function, "uploads/a.csv", version, "two")
    report(function, state_of("uploads/a.csv", repeated), "two")
    assert claims.read(bucket, claimed["claim"]).status == claims.FAILED
    conversions.convert_claimed(bucket, claimed["claim"])

    assert take(function, claimed)["outcome"] == "HOLDER"


def test_an_execution_that_dies_between_taking_the_lease_and_saying_so_leaves_neither_lease_nor_claim_behind(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    take(function, claimed)

    report(function, state_of("uploads/a.csv", claimed))

    assert claims.read(bucket, claimed["claim"]).status == claims.FAILED
    assert leases.holder_of(bucket) is None


def test_marking_a_dataset_renews_the_lease(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    before = bucket.documents.read(leases.KEY).content["expires_at"]

    mark(function, taken, "products")

    assert bucket.documents.read(leases.KEY).content["expires_at"] > before


def test_an_upload_whose_place_in_the_queue_got_lost_is_loaded_by_its_own_execution(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    loads.enqueue(bucket, claims.read(bucket, claimed["claim"]))
    bucket.delete(loads.queue_key(claimed["upload_id"]))

    taken = take(function, claimed)

    assert [planned["claim"] for planned in loads.read_plan(bucket, taken["load"])["uploads"]] == [claimed["claim"]]


@pytest.mark.parametrize("status", [claims.CLAIMED, claims.FAILED])
def test_what_a_load_has_loaded_is_loaded_whatever_was_said_of_its_claim_meanwhile(function, s3, bucket, status):
    cut_off = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, cut_off["claim"])
    bucket.write(loads.queue_key(cut_off["upload_id"]), {"claim": cut_off["claim"]})
    other = claim(function, "uploads/b.csv", upload(s3, "uploads/b.csv", PRODUCTS + b"2,2,Toys,b\n"), "two")
    conversions.convert_claimed(bucket, other["claim"])
    taken = take(function, other, "two")
    assert claims.read(bucket, cut_off["claim"]).status == claims.LOADING
    claims.change(bucket, cut_off["claim"], {claims.LOADING}, status=status)

    finish(function, other, taken, "two")

    assert take(function, cut_off)["outcome"] == "LOADED"
    assert list(bucket.keys(loads.QUEUE)) == []
