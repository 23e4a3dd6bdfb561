"""What a person learns of uploads: from the command, from the alerts, from the logs and metrics."""

import csv
import io
import json
import time
import uuid

import pytest

from tests.support import command
from tests.support.pipeline import Pipeline
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(600)

ORDERS = "order_num,order_id,user_id,order_timestamp,total_amount,date\n"
ITEMS = "id,order_id,user_id,days_since_prior_order,product_id,add_to_cart_order,reordered,order_timestamp,date\n"
GOOD = "".join(f"1,{970000 + n},7,2031-06-01T08:00:00,5.50,2031-06-01\n" for n in range(20))
BAD = "1,970100,7,10:30,5.50,\n1,970101,7,45748,5.50,\n1,970102,7,2031-06-01T08:00:00,-1,\n"
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html (as at 2026-11-23): Lambda's own lines
LAMBDAS_OWN = ("INIT_START", "START RequestId", "END RequestId", "REPORT RequestId")
LAMBDA_GROUPS = ("/aws/lambda/check_marker_lambda", "/aws/lambda/convert_excel_to_csv")
GLUE_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/python-jobs/output")


@pytest.fixture(scope="module")
def seen(stack, tmp_path_factory):
    """Load good, bad, waiting, repeated and unreadable files once; return the stack's command, the alerts and the lines of the logs."""
    pipeline = Pipeline(stack)
    pipeline.deploy()
    sns, sqs = stack.client("sns"), stack.client("sqs")
    queue = sqs.create_queue(QueueName=f"seen-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith(":lakehouse-alerts"))
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
    started_ms = int(time.time() * 1000)
    executions = pipeline.upload_keys(
        {
            "seen_orders.csv": ORDERS + GOOD + BAD,
            "seen_order_items.csv": ITEMS + "970001,970001,7,,970999,1,0,2031-06-01T08:00:00,2031-06-01\n",
            "seen_notes.csv": f"no header here,{uuid.uuid4()}\n",
        }
    )
    executions += pipeline.upload_keys({"seen_orders_copy.csv": ORDERS + GOOD + BAD})
    folder = tmp_path_factory.mktemp("noted")

    def run(*arguments, **variables):
        done = command.run(stack, folder, *arguments, within_s=120, **variables)
        return done.stdout + done.stderr

    alerts = eventually(lambda: _received(sqs, queue, 2), 30, what="two alerts")
    yield run, executions, alerts, _lines(stack.client("logs"), started_ms)
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)


def _received(sqs, queue, least, received=None):
    received = [] if received is None else received
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2, VisibilityTimeout=0).get("Messages", []):
        received.append(json.loads(message["Body"]))
    unique = {message["MessageId"]: message for message in received}
    return sorted(unique.values(), key=lambda message: message["Subject"]) if len(unique) >= least else None


def _lines(logs, started_ms):
    found = {}
    for group in (*LAMBDA_GROUPS, *GLUE_GROUPS):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=started_ms)
        lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
        found[group] = [line for line in lines if line.strip() and not line.startswith(LAMBDAS_OWN)]
    return found


def test_one_message_tells_of_the_quarantine_and_one_of_the_rejects_each_with_its_execution(seen):
    _, executions, alerts, _ = seen

    assert [execution.status for execution in executions] == ["SUCCEEDED", "SUCCEEDED", "FAILED", "SUCCEEDED"], executions
    assert [alert["Subject"] for alert in alerts] == [
        "Quarantined NO_HEADER: uploads/seen_notes.csv",
        "Rejected 3 of 23 rows (13.0 %): uploads/seen_orders.csv",
    ]
    assert all(".console.aws.amazon.com/states/home?region=" in alert["Message"] for alert in alerts)
    assert "2 x BAD_TIMESTAMP in sheet seen_orders.csv: rows 22, 23." in alerts[1]["Message"]
    assert "1 x BAD_AMOUNT in sheet seen_orders.csv: rows 24." in alerts[1]["Message"]


def test_uploads_shows_each_with_its_rows_at_any_width_and_as_csv(seen):
    run, *_ = seen

    wide, narrow = run("uploads", COLUMNS="200"), run("uploads", COLUMNS="80")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(run("uploads", "--csv")))}
    of_one = run("uploads", "--file", "seen_orders.csv", "--sheets")

    assert "20 (20 + 0)" in wide
    assert "23 read, 20 merged" in " ".join(narrow.replace("│", " ").split())
    assert max(len(line) for line in narrow.splitlines()) <= 80
    orders = rows["uploads/seen_orders.csv"]
    assert (orders["outcome"], orders["dataset"]) == ("LOADED", "orders")
    assert (orders["rows_read"], orders["rows_inserted"], orders["rows_rejected"]) == ("23", "20", "3")
    assert rows["uploads/seen_order_items.csv"]["rows_held"] == "1"
    assert (rows["uploads/seen_notes.csv"]["outcome"], rows["uploads/seen_notes.csv"]["reason"]) == ("QUARANTINED", "NO_HEADER")
    assert (rows["uploads/seen_orders_copy.csv"]["outcome"], rows["uploads/seen_orders_copy.csv"]["reason"]) == ("SKIPPED", "DUPLICATE_UPLOAD")
    assert "seen_orders_copy" not in of_one


def test_why_tells_what_became_of_a_file_and_what_to_do(seen):
    run, *_ = seen

    loaded = run("why", "seen_orders.csv")
    assert "was LOADED: 23 rows read, 20 merged (20 new, 0 changed), 3 rejected." in loaded
    assert "2 x BAD_TIMESTAMP: order_timestamp is no ISO 8601" in loaded
    assert "First: row 22 of sheet seen_orders.csv, as read: " in loaded
    assert "upload the file again under the same name" in loaded
    held = run("why", "uploads/seen_order_items.csv")
    assert "1 x PRODUCT_NOT_YET" in held
    assert "Missing: product 970999." in held
    quarantined = run("why", "/somewhere/seen_notes.csv")
    assert "was QUARANTINED and not loaded: NO_HEADER" in quarantined
    assert "The original is kept at s3://ecom-lakehouse/rejected/files/" in quarantined
    skipped = run("why", "seen_orders_copy.csv")
    assert "The same content came as seen_orders.csv" in skipped
    assert "Near to it: seen_orders.csv" in run("why", "seen_order.csv")


def test_every_line_of_the_functions_and_jobs_is_json_and_names_its_upload(seen):
    *_, lines = seen

    assert all(lines[group] for group in lines), {group: len(found) for group, found in lines.items()}
    for group, found in lines.items():
        parsed = [json.loads(line) for line in found]
        assert [line for line in parsed if not (line.get("upload_id") or (line.get("load_id") and line.get("upload_ids")))] == [], group


def test_the_rows_of_a_load_and_the_quarantine_are_metrics(seen):
    *_, lines = seen

    documents = [json.loads(line) for found in lines.values() for line in found if '"_aws"' in line]
    assert sum(line["RowsRejected"] for line in documents if line["dataset"] == "orders") == 3
    assert sum(line["RowsHeld"] for line in documents if line["dataset"] == "order_items") == 1
    assert [line["dataset"] for line in documents if "FilesQuarantined" in line] == ["unknown"]
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in documents} == {"Lakehouse"}
