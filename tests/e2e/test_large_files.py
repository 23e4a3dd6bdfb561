"""A workbook too large for a Lambda function goes through the Glue job, and every row of it arrives."""

import json

import pytest

from tests.support import raw_workbooks as raw
from tests.support.pipeline import STATE_MACHINE

pytestmark = pytest.mark.timeout(600)

ROWS = 100_000
ORDER_HEADER = ["order_num", "order_id", "user_id", "order_timestamp", "total_amount", "date"]
# Some writers indent their XML; it makes these rows larger than the limit without making them slower to write.
INDENT = "\n" + " " * 90


def rows_of_orders():
    yield f"<row>{''.join(raw.inline(name) for name in ORDER_HEADER)}</row>"
    for number in range(ROWS):
        day = f"2032-06-{number % 28 + 1:02}"
        numbers = (f"<c><v>{value}</v></c>" for value in (number % 100, 5_000_000 + number, number % 5000))
        cells = [*numbers, raw.inline(f"{day}T10:00:00"), f"<c><v>{number % 90000 / 100}</v></c>", raw.inline(day)]
        yield f"<row>{INDENT}{INDENT.join(cells)}</row>"


def states_entered(stack, key):
    client = stack.client("stepfunctions")
    machine = next(m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"] if m["name"] == STATE_MACHINE)
    for execution in client.list_executions(stateMachineArn=machine, maxResults=20)["executions"]:
        described = client.describe_execution(executionArn=execution["executionArn"])
        if json.loads(described["input"])["detail"]["object"]["key"] == key:
            pages = client.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"])
            events = [event for page in pages for event in page["events"]]
            return {event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event}
    return set()


def test_a_workbook_above_the_limit_is_converted_by_the_job_and_every_row_is_accounted_for(pipeline, stack, tmp_path):
    workbook = raw.write_rows(tmp_path / "orders_large.xlsx", rows_of_orders())

    (execution,) = pipeline.upload_keys({"orders_large.xlsx": workbook})

    assert execution.status == "SUCCEEDED", execution.why
    assert workbook.stat().st_size < 10 * 1024**2, "what decides is what it unpacks to"
    entered = states_entered(stack, "uploads/orders_large.xlsx")
    assert "Convert the large upload" in entered
    assert "Convert the upload" not in entered
    logged = f"select rows_read, merged, unchanged, rejected, held, duplicates from ingestion_log where upload_id = '{execution.output['upload_id']}'"
    assert pipeline.query(f"{logged} and dataset = 'orders'") == [(str(ROWS), str(ROWS), "0", "0", "0", "0")]
    assert pipeline.query("select count(*), count(distinct order_id) from orders where order_id between 5000000 and 5099999") == [
        (str(ROWS), str(ROWS))
    ]
