"""What a person is told, and when: of quarantines, failures and rejected rows, once each."""

from datetime import UTC, datetime, timedelta

import pytest
from lakehouse import accounting, alerts, notices
from lakehouse.accounting import LogRow
from lakehouse.alerts import ReasonCount, RejectedUpload
from lakehouse.rules import RULES

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:lakehouse-orchestration:0a1b2c3d-load"
LINK = f"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{EXECUTION}"
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BAD_TIMES = ReasonCount("u1", "uploads/orders.csv", "2025-04-01", "BAD_TIMESTAMP", 7, (3, 17, 33, 40, 41))


def many_rejects(uploads=(), overdue=()):
    return alerts.many_rejects(list(uploads), list(overdue), 5.0, EXECUTION)


def rejected(key="uploads/orders.csv", counts=(BAD_TIMES,)):
    return RejectedUpload("u1", key, "orders", 100, 7, counts)


@pytest.mark.parametrize(
    "alert",
    [
        alerts.quarantined("uploads/üñí" + "x" * 200, "CORRUPT", "Cut off.", "u1", EXECUTION),
        alerts.failed("uploads/" + "x" * 200, "States.Timeout", "", EXECUTION),
    ],
)
def test_a_subject_is_what_sns_takes(alert):
    assert len(alert.subject) <= 100
    assert alert.subject.isascii()
    assert alert.subject.isprintable()


def test_every_message_links_the_execution_on_aws_and_names_the_command_for_a_local_stack():
    messages = [
        alerts.quarantined("uploads/a.csv", "CORRUPT", "Cut off.", "u1", EXECUTION).message,
        alerts.failed("uploads/a.csv", "States.Timeout", "", EXECUTION).message,
        many_rejects([rejected()])["message"],
    ]

    assert all(LINK in message and "lakestack logs 0a1b2c3d" in message for message in messages)


def test_a_quarantine_says_why_where_the_original_is_and_what_to_do():
    alert = alerts.quarantined("uploads/a.xlsx", "ENCRYPTED", "It is protected by a password.", "20260401T120000Z-v1", EXECUTION)

    assert alert.subject == "Quarantined ENCRYPTED: uploads/a.xlsx"
    assert "It is protected by a password." in alert.message
    assert "kept under rejected/files/20260401T120000Z-v1/" in alert.message


def test_a_failure_names_the_uploads_that_failed_with_it():
    alert = alerts.failed("uploads/a.csv", "X", '{"JobName": "etl_orders", "Id": "jr_1", "ErrorMessage": "boom"}', EXECUTION, ("uploads/b.csv",), 3)

    assert "Job etl_orders, run jr_1: boom" in alert.message
    assert "With it were not loaded: uploads/b.csv." in alert.message
    assert "happened 3 more times" in alert.message


def test_a_notice_has_the_counts_by_reason_with_their_text_the_first_rows_and_the_query():
    notice = many_rejects([rejected(), rejected("uploads/other.csv")])

    assert notice["subject"] == "Rejected 7 of 100 rows (7.0 %): uploads/orders.csv and 1 more"
    assert f"7 x BAD_TIMESTAMP in sheet 2025-04-01: rows 3, 17, 33, 40, 41, .... {RULES['BAD_TIMESTAMP'].text}" in notice["message"]
    assert "7 of its 100 rows were rejected (7.0 %; more than 5 % is told)" in notice["message"]
    assert "from ecom_catalog.rejected_records where upload_id in ('u1')" in notice["message"]


def test_items_whose_product_never_came_are_told_with_the_file_they_came_in():
    late = ReasonCount("u0", "uploads/order_items.csv", "items", "NO_SUCH_PRODUCT", 2, (4, 5))

    notice = many_rejects(overdue=[late])

    assert notice["subject"] == "Rejected 2 items whose product never came"
    assert "2 x NO_SUCH_PRODUCT in uploads/order_items.csv, sheet items: rows 4, 5." in notice["message"]


def test_a_notice_of_a_thousand_files_is_still_a_message():
    counts = tuple(ReasonCount("u1", "k", f"sheet {n}", "BAD_KEY", 1, (2,)) for n in range(1000))

    message = many_rejects([rejected(f"uploads/{n}.csv", counts) for n in range(1000)])["message"]

    assert len(message.encode()) < 256 * 1024
    assert "980 more files" in message


@pytest.fixture
def load(bucket):
    """Return a function that records a load of uploads given as {upload id: (rows read, rejected)}."""

    def record(**uploads):
        key = "state/loads/one/manifest.json"
        bucket.write(key, {"load_id": "one", "uploads": [{"upload_id": name, "key": f"uploads/{name}.csv"} for name in uploads], "datasets": {}})
        for name, (read, bad) in uploads.items():
            accounting.publish(bucket, name, "orders", [LogRow(name, "orders", "s", rows_read=read, inserted=read - bad, rejected=bad)])
        return key

    return record


def test_a_load_is_told_of_when_an_upload_lost_more_than_the_threshold_and_only_then(bucket, load):
    notices.keep_rejects(bucket, "one", "orders", ["more"], [ReasonCount("more", "uploads/more.csv", "s", "BAD_KEY", 6, (2, 3))])
    key = load(exactly=(100, 5), more=(100, 6), none=(100, 0), empty=(0, 0))

    notice = notices.of_load(bucket, key, 5.0, EXECUTION)

    assert notice["subject"] == "Rejected 6 of 100 rows (6.0 %): uploads/more.csv"
    assert "6 x BAD_KEY" in notice["message"]
    assert notices.of_load(bucket, key, 6.0, EXECUTION) is None


def test_an_upload_that_was_set_aside_for_its_rejects_is_told_of_by_its_quarantine_alone(bucket, load):
    key = load(aside=(10, 10))
    accounting.publish(bucket, "aside", "orders", [LogRow("aside", "orders", "s", rows_read=10, rejected=10, outcome="QUARANTINE")])

    assert notices.of_load(bucket, key, 5.0, EXECUTION) is None


def test_overdue_items_are_told_once_even_if_the_job_that_rejected_them_ran_twice(bucket, load):
    overdue = ReasonCount("u0", "uploads/items.csv", "s", "NO_SUCH_PRODUCT", 2, (4, 5))
    for load_id in ("cut-off", "again"):
        notices.keep_rejects(bucket, load_id, "order_items", [], [overdue])
    key = load(fine=(100, 0))

    notice, tried_again, of_the_next_load = [
        notices.kept(bucket, name, lambda: notices.of_load(bucket, key, 5.0, EXECUTION)) for name in ("state/a.json", "state/a.json", "state/b.json")
    ]

    assert notice["subject"] == "Rejected 2 items whose product never came"
    assert tried_again == notice
    assert of_the_next_load is None


def test_a_resumed_execution_that_fails_for_the_same_reason_at_once_tells_nobody_again(bucket):
    first = notices.is_news(bucket, "claim", "Job etl_orders, run jr_0a1b: boom at line 7", "one", NOW)
    resumed = notices.is_news(bucket, "claim", "Job etl_orders, run jr_2c3d: boom at line 9", "two", NOW + timedelta(minutes=59))
    asked_twice = notices.is_news(bucket, "claim", "Job etl_orders, run jr_0a1b: boom at line 7", "one", NOW + timedelta(minutes=59))
    later = notices.is_news(bucket, "claim", "Job etl_orders, run jr_4e5f: boom at line 7", "three", NOW + timedelta(minutes=60))

    assert [first, resumed, asked_twice, later] == [(True, 0), (False, 0), (True, 0), (True, 1)]


@pytest.mark.parametrize(("about", "what"), [("claim", "another error"), ("another claim", "boom")])
def test_another_reason_or_another_upload_is_news(bucket, about, what):
    notices.is_news(bucket, "claim", "boom", "one", NOW)

    assert notices.is_news(bucket, about, what, "two", NOW) == (True, 0)


def test_of_a_lease_that_many_wait_for_in_vain_one_message_tells(bucket):
    names = {notices.about_failure("LoadWaitTimeoutError", f"claim {n}", f"uploads/{n}.csv") for n in range(40)}

    assert names == {"the load lease"}
