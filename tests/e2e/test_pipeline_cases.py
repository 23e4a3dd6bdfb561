"""Files in, answers out: what becomes of files that behave, and of those that do not."""

import json
import uuid

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(900)

PRODUCTS = "product_id,department_id,department,product_name\n"
ORDERS = "order_num,order_id,user_id,order_timestamp,total_amount,date\n"
ITEMS = "id,order_id,user_id,days_since_prior_order,product_id,add_to_cart_order,reordered,order_timestamp,date\n"
MORNING = "2031-04-01T08:00:00,2031-04-01"
# A Delta timestamp is a timestamp(3) with time zone in Athena; string is varchar to it.
TYPES = {
    "products": "product_id bigint, department_id integer, department varchar, product_name varchar",
    "orders": "order_num integer, order_id bigint, user_id bigint, order_timestamp timestamp(3) with time zone, total_amount decimal(12,2), date date",
    "order_items": "id bigint, order_id bigint, user_id bigint, days_since_prior_order integer, product_id bigint, add_to_cart_order integer, "
    "reordered integer, order_timestamp timestamp(3) with time zone, date date",
}


@pytest.fixture(scope="module")
def messages(stack):
    """Return a function that takes the alerts that came since."""
    sns, sqs = stack.client("sns"), stack.client("sqs")
    topic = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith(":lakehouse-alerts"))
    queue = sqs.create_queue(QueueName=f"alerts-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]

    def take():
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in received]

    yield take
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)


def test_every_query_answers_before_the_first_upload(pipeline):
    for name in ("validate_orders", "top_customers", "rejected_records_analysis", "accounting"):
        pipeline.query(f"execute {name}")

    assert pipeline.query('SELECT * FROM "ecom_catalog"."orders" limit 10') is not None


@pytest.mark.parametrize("table", TYPES)
def test_athena_shows_the_columns_of_the_data_in_their_types(pipeline, table):
    columns = pipeline.query(
        f"select column_name, data_type from information_schema.columns where table_name = '{table}' and table_schema = 'ecom_catalog' order by ordinal_position"
    )

    assert ", ".join(f"{name} {kind}" for name, kind in columns if not name.startswith("_")) == TYPES[table]


def test_three_files_at_once_are_loaded_and_a_copy_is_skipped(pipeline):
    products = PRODUCTS + "900001,1,Toys,Kite\n"
    orders = ORDERS + f"1,900001,7,{MORNING[:19]},5.50,2031-04-01\n"
    items = ITEMS + f"900001,900001,7,,900001,1,0,{MORNING}\n900002,900001,7,3,900001,2,1,{MORNING}\n"

    executions = pipeline.upload(products__csv=products, orders__csv=orders, order_items__csv=items)
    (copy,) = pipeline.upload(products_copy__csv=products)

    assert [(execution.status, execution.output.get("outcome")) for execution in executions] == [("SUCCEEDED", "LOADED")] * 3, executions
    assert (copy.status, copy.output["reason"]) == ("SUCCEEDED", "DUPLICATE_UPLOAD")
    joined = "select count(*), sum(o.total_amount) from order_items i join orders o using (order_id) join products p using (product_id)"
    assert pipeline.query(f"{joined} where order_id = 900001") == [("2", "11.00")]
    assert any(key.endswith("/products.csv") for key in pipeline.keys("archived/uploads/"))
    assert not [key for key in pipeline.keys("uploads/") if key.endswith("/order_items.csv")]


def test_a_corrected_file_under_the_same_name_moves_the_order_to_its_new_day(pipeline):
    (first,) = pipeline.upload(orders__csv=ORDERS + "1,910001,7,2031-05-01T08:00:00,5.50,2031-05-01\n")
    (second,) = pipeline.upload(orders__csv=ORDERS + "1,910001,7,2031-05-02T08:00:00,6.50,2031-05-02\n")

    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED"), second.why
    assert pipeline.query('select "date", total_amount from orders where order_id = 910001') == [("2031-05-02", "6.50")]


def test_an_item_waits_for_its_product_and_comes_by_itself(pipeline):
    pipeline.upload(order_items__csv=ITEMS + f"920001,1,7,,920001,1,0,{MORNING}\n")
    assert pipeline.query("select id from order_items where id = 920001") == []
    assert pipeline.query("select id from held_order_items where id = 920001") == [("920001",)]

    pipeline.upload(products__csv=PRODUCTS + "920001,1,Toys,Late\n")

    assert pipeline.query("select id from order_items where id = 920001") == [("920001",)]
    assert pipeline.query("select id from held_order_items where id = 920001") == []


def test_a_bad_row_is_rejected_with_its_reasons_and_every_row_is_accounted_for(pipeline):
    (execution,) = pipeline.upload(orders__csv=ORDERS + f"1,930001,7,{MORNING[:19]},5,\n1,,7,10:30,-1,\n")

    assert execution.status == "SUCCEEDED", execution.why
    upload = execution.output["upload_id"]
    logged = f"select rows_read, merged, rejected from ingestion_log where upload_id = '{upload}' and dataset = 'orders'"
    assert pipeline.query(logged) == [("2", "1", "1")]
    (codes,) = pipeline.query(f"select array_join(reason_codes, ' ') from rejected_records where upload_id = '{upload}'")
    assert codes == ("MISSING_VALUE BAD_KEY BAD_AMOUNT BAD_TIMESTAMP",)


def test_a_file_that_cannot_be_read_is_quarantined_and_a_person_is_told(pipeline, messages):
    (execution,) = pipeline.upload(orders__xlsx=b"PK\x03\x04 cut off " + uuid.uuid4().bytes)

    assert (execution.status, execution.error) == ("FAILED", "Quarantined"), execution
    assert "CORRUPT" in execution.why
    (message,) = eventually(messages, 30, what="the alert")
    assert message["Subject"] == "Quarantined CORRUPT: uploads/orders.xlsx"
    assert any(key.endswith("/orders.xlsx") for key in pipeline.keys("rejected/files/"))


def test_a_file_of_too_many_bad_rows_is_set_aside_and_its_correction_resolves_the_rejects(pipeline, messages):
    bad = ORDERS + f"1,935001,7,{MORNING[:19]},5,\n1,935002,7,10:30,5,\n1,935003,7,10:30,5,\n"

    (aside,) = pipeline.upload(orders_935__csv=bad)
    (message,) = eventually(messages, 30, what="the alert")
    (corrected,) = pipeline.upload(orders_935__csv=bad.replace("10:30", MORNING[:19]))

    assert (aside.status, aside.error, corrected.status) == ("FAILED", "Quarantined", "SUCCEEDED"), (aside, corrected)
    assert message["Subject"] == "Quarantined TOO_MANY_REJECTS: uploads/orders_935.csv"
    assert any(key.endswith("/orders_935.csv") for key in pipeline.keys("rejected/files/"))
    rejects = "select row_number, resolved_by from rejected_records where source_key = 'uploads/orders_935.csv' order by 1"
    assert pipeline.query(rejects) == [(str(row), corrected.output["upload_id"]) for row in (2, 3, 4)]
    assert pipeline.query("select count(*) from orders where order_id between 935001 and 935003") == [("3",)]


def test_what_is_no_data_file_is_skipped(pipeline):
    executions = pipeline.upload_keys({"": b"", "~$orders.xlsx": uuid.uuid4().bytes, ".~lock.orders.csv#": uuid.uuid4().bytes})

    assert [(execution.status, execution.output.get("reason")) for execution in executions] == [("SUCCEEDED", "NOT_A_DATA_FILE")] * 3


def test_keys_of_every_kind_are_loaded_as_they_are(pipeline):
    names = ["a b+c%20d&e=f#g products.csv", "quo'te\"s.csv", "üñí—文.csv", "deep/er/" + "x" * 200 + ".csv"]
    files = {name: PRODUCTS + f"{940001 + number},1,Toys,k\n" for number, name in enumerate(names)}

    executions = pipeline.upload_keys(files)

    assert [execution.status for execution in executions] == ["SUCCEEDED"] * len(names), executions
    assert pipeline.query("select count(*) from products where product_id between 940001 and 940009") == [(str(len(names)),)]


def test_after_all_this_the_tables_are_healthy(pipeline):
    assert [row for row in pipeline.query("execute validate_orders") if row[1] == "error"] == []
    assert pipeline.query("execute accounting") == []


def test_the_real_files_give_the_known_numbers_and_the_resaved_one_changes_nothing(pipeline, real_data):
    folder = real_data / "ecommerce"
    files = {name: folder / name for name in ("products.csv", "orders_apr_2025.xlsx", "order_items_apr_2025.xlsx")}
    executions = pipeline.upload_keys(files)
    assert [execution.status for execution in executions] == ["SUCCEEDED"] * 3, executions

    (resaved,) = pipeline.upload_keys({"again/order_items_apr_2025.xlsx": folder / "resaved" / "order_items_apr_2025.xlsx"})

    april = "\"date\" between date '2025-04-01' and date '2025-04-15'"
    assert pipeline.query(f"select count(*), sum(total_amount) from orders where {april}") == [("7500", "1945810.41")]
    assert pipeline.query(f"select count(*) from order_items where {april}") == [("40803",)]
    by_department = f"select department, count(*) from order_items join products using (product_id) where {april} group by 1 order by 1"
    assert dict(pipeline.query(by_department)) == {
        "Books": "6833",
        "Clothing": "6873",
        "Electronics": "6135",
        "Home": "7414",
        "Sports": "7077",
        "Toys": "6471",
    }
    unchanged = f"select sum(merged), sum(unchanged) from ingestion_log where upload_id = '{resaved.output['upload_id']}'"
    assert pipeline.query(unchanged) == [("0", "40803")]
