"""Loads: who holds the lease loads all that waits, and goes on where another was cut off."""

import pytest
from lakehouse import claims, conversions, leases, loads

from tests.unit.pipeline.exactly_once.steps import PRODUCTS, archive, claim, finish, mark, report, state_of, take, two_that_wait, upload


def test_the_holder_loads_everything_that_waits_and_the_others_end_as_their_upload_ended(function, s3, bucket):
    first, second = two_that_wait(function, s3, bucket)

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


def test_an_execution_that_dies_between_taking_the_lease_and_saying_so_leaves_neither_lease_nor_claim_behind(function, s3, bucket):
    version = upload(s3, "uploads/a.csv")
    claimed = claim(function, "uploads/a.csv", version)
    conversions.convert_claimed(bucket, claimed["claim"])
    take(function, claimed)

    report(function, state_of("uploads/a.csv", claimed))

    assert claims.read(bucket, claimed["claim"]).status == claims.FAILED
    assert leases.holder_of(bucket) is None


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
