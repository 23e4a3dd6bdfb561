"""Which upload is claimed by whom: by its content, once, whatever it is called and however often its event comes."""

import pytest
from lakehouse import claims, conversions

from tests.unit.pipeline.exactly_once.steps import PRODUCTS, archive, claim, finish, take, upload


def never(_execution):
    return False


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
