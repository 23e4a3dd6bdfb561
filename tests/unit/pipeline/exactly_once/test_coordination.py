"""What claims and leases rest on: conditional writes to either store, and one holder of the load lease."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from lakehouse import conversions, coordination, leases
from lakehouse.coordination import LostRaceError
from lakehouse.s3 import Bucket

from tests.unit.pipeline.exactly_once.steps import claim, mark, take, upload

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def never(_execution):
    return False


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


def test_marking_a_dataset_renews_the_lease(function, s3, bucket):
    claimed = claim(function, "uploads/a.csv", upload(s3, "uploads/a.csv"))
    conversions.convert_claimed(bucket, claimed["claim"])
    taken = take(function, claimed)
    before = bucket.documents.read(leases.KEY).content["expires_at"]

    mark(function, taken, "products")

    assert bucket.documents.read(leases.KEY).content["expires_at"] > before


def test_of_two_that_take_a_dead_one_s_lease_over_at_once_one_gets_it(bucket):
    leases.take(bucket, "dead", 600, lambda _execution: False, NOW)
    other_got_it = []

    def is_over(_execution):
        # The other comes between this one's reading and its writing.
        other_got_it.append(leases.take(bucket, "other", 600, lambda _execution: True, NOW))
        return True

    assert not leases.take(bucket, "this", 600, is_over, NOW)
    assert other_got_it == [True]
    assert leases.holder_of(bucket) == "other"
