"""How an upload or a load ends other than well, and who is told of it, once."""

import json
from dataclasses import replace

from lakehouse import accounting, claims, conversions, leases, notices
from lakehouse.accounting import LogRow
from lakehouse.alerts import ReasonCount

from tests.unit.pipeline.exactly_once.steps import PRODUCTS, archive, claim, finish, report, state_of, take, two_that_wait, upload


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
    first, second = two_that_wait(function, s3, bucket)
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
    bad, good = two_that_wait(function, s3, bucket)
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
