"""Every content once, whatever comes how often, in which order and under which names; here with claims and lease in DynamoDB."""

import json
import uuid

import pytest

from tests.support.executions import attempt_of, put
from tests.support.pipeline import LAKE, Pipeline

pytestmark = pytest.mark.timeout(600)

PRODUCTS = "product_id,department_id,department,product_name\n"
ORDERS = "order_num,order_id,user_id,order_timestamp,total_amount,date\n"
ITEMS = "id,order_id,user_id,days_since_prior_order,product_id,add_to_cart_order,reordered,order_timestamp,date\n"
MORNING = "2033-04-01T08:00:00"
DAY = MORNING[:10]
# Of this run alone, so that the tests can be repeated on a stack that stays up.
BASE = 4_000_000 + uuid.uuid4().int % 4000 * 1000


@pytest.fixture(scope="module")
def pipeline(stack):
    """The pipeline with its claims in DynamoDB; afterwards they lie in S3 again, for whoever comes next."""
    deployed = Pipeline(stack)
    deployed.deploy("--coordination", "dynamodb")
    assert "no change" in deployed.deploy(), "a deploy that does not speak of it must leave the claims where they are"
    yield deployed
    deployed.deploy("--coordination", "s3")


def products(*ids, name="Kite"):
    return PRODUCTS + "".join(f"{BASE + n},1,Toys,{name}\n" for n in ids)


def orders(*ids, amount="5.50"):
    return ORDERS + "".join(f"1,{BASE + n},7,{MORNING},{amount},{DAY}\n" for n in ids)


def items(order, product, *ids):
    return ITEMS + "".join(f"{BASE + n},{BASE + order},7,,{BASE + product},1,0,{MORNING},{DAY}\n" for n in ids)


def test_eight_uploads_at_once_a_copy_and_repeated_events_are_each_loaded_once(stack, pipeline):
    folder = f"uploads/{uuid.uuid4().hex[:8]}"
    files = {
        "products-a.csv": products(1, 2),
        "products-b.csv": products(3),
        "copy-of-products-b.csv": products(3),
        "orders-a.csv": orders(1, 2),
        "orders-b.csv": orders(3),
        "order_items-a.csv": items(1, 1, 1, 2),
        "order_items-b.csv": items(2, 3, 3),
        "order_items-c.csv": items(3, 99, 4),
    }
    versions = {f"{folder}/{name}": put(stack, f"{folder}/{name}", text.encode()) for name, text in files.items()}
    attempts = {key: attempt_of(stack, key, version) for key, version in versions.items()}
    repeated = [attempts[f"{folder}/{name}"].again() for name in ("products-a.csv", "order_items-a.csv")]

    ended = {key: attempt.ended() for key, attempt in attempts.items()}
    late = [attempts[f"{folder}/orders-a.csv"].again(), *repeated]

    assert {execution.status for execution in ended.values()} == {"SUCCEEDED"}, ended
    copies = sorted(ended[f"{folder}/{name}"].output["outcome"] for name in ("products-b.csv", "copy-of-products-b.csv"))
    assert copies == ["LOADED", "SKIPPED"]
    assert [execution.output["outcome"] for execution in ended.values()].count("LOADED") == 7
    outcomes = [attempt.ended() for attempt in late]
    assert {execution.status for execution in outcomes} == {"SUCCEEDED"}, outcomes
    assert outcomes[0].output["reason"] == "DUPLICATE_UPLOAD"
    within = f"between {BASE} and {BASE + 100}"
    tables = {"products": "product_id", "orders": "order_id", "order_items": "id", "held_order_items": "id"}
    counts = {table: pipeline.query(f"select count(*), count(distinct {key}) from {table} where {key} {within}")[0] for table, key in tables.items()}
    assert counts == {"products": ("3", "3"), "orders": ("3", "3"), "order_items": ("3", "3"), "held_order_items": ("1", "1")}
    logged = (
        f"select count(*), sum(rows_read), sum(inserted), sum(held) from ingestion_log where source_key like '{folder}/%' and dataset is not null"
    )
    assert pipeline.query(logged) == [("7", "10", "9", "1")]
    assert pipeline.keys("state/queue/") == []


def test_a_file_that_is_overwritten_while_it_is_loaded_is_loaded_in_both_versions_the_newer_last(stack, pipeline):
    key = f"uploads/{uuid.uuid4().hex[:8]}/products.csv"
    older = attempt_of(stack, key, put(stack, key, products(50, 51, name="Older").encode()))
    older.entered("Convert the upload")
    newer = attempt_of(stack, key, put(stack, key, products(50, name="Newer").encode()))

    assert {attempt.ended().output["outcome"] for attempt in (older, newer)} == {"LOADED"}
    assert pipeline.query(f"select product_name from products where product_id in ({BASE + 50}, {BASE + 51}) order by product_id") == [
        ("Newer",),
        ("Older",),
    ]
    uploads = {attempt.ended().output["upload_id"] for attempt in (older, newer)}
    assert {archived.split("/")[2] for archived in pipeline.keys("archived/uploads/") if archived.endswith("/products.csv")} >= uploads
    assert pipeline.keys(key) == []


def test_what_was_set_aside_for_its_name_is_loaded_under_the_right_one(stack, pipeline):
    folder = f"uploads/{uuid.uuid4().hex[:8]}"
    body = items(1, 1, 70).encode()

    misnamed = attempt_of(stack, f"{folder}/orders.csv", put(stack, f"{folder}/orders.csv", body)).ended()
    renamed = attempt_of(stack, f"{folder}/order_items.csv", put(stack, f"{folder}/order_items.csv", body)).ended()

    assert (misnamed.status, misnamed.error) == ("FAILED", "Quarantined")
    assert (renamed.status, renamed.output.get("outcome")) == ("SUCCEEDED", "LOADED"), renamed
    assert pipeline.query(f"select count(*) from order_items where id = {BASE + 70}") == [("1",)]


def test_the_claims_lie_in_the_table_and_not_in_the_bucket(stack, pipeline):
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName="lakehouse-coordination")
    found = {item["key"]["S"]: json.loads(item["content"]["S"]) for page in pages for item in page["Items"]}
    claims = [content for key, content in found.items() if key.startswith("state/claims/")]

    assert {claim["status"] for claim in claims} == {"LOADED"}
    assert found["state/leases/load.json"]["holder"] is None
    s3 = stack.client("s3")
    names = {claim["claim"] for claim in claims}
    assert names
    assert not names & {item["Key"] for item in s3.list_objects_v2(Bucket=LAKE, Prefix="state/claims/").get("Contents", [])}
