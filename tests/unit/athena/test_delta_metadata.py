"""When Trino must forget what it knows of Delta tables."""

import pytest
from lakestack_aws.athena.delta_metadata import DeltaMetadata
from lakestack_aws.athena.trino_protocol import EngineUnavailable

from tests.unit.athena.fakes import FakeEngine

FIRST = "lake/orders/_delta_log/00000000000000000000.json"


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def fresh(engine):
    """Return a memory that has just been refreshed."""
    delta = DeltaMetadata(engine)
    delta.refresh()
    engine.sent.clear()
    return delta


def test_nothing_is_trusted_at_the_start(engine):
    DeltaMetadata(engine).refresh()

    assert engine.sent == ["CALL delta.system.flush_metadata_cache()"]


@pytest.mark.parametrize(
    ("key", "times"),
    [
        (FIRST, 1),
        ("_delta_log/00000000000000000000.json", 1),
        # Near-misses: the log goes on, or it is none.
        ("lake/orders/_delta_log/00000000000000000001.json", 0),
        ("lake/orders/_delta_log/00000000000000000000.json.tmp", 0),
        ("lake/orders/00000000000000000000.json", 0),
    ],
)
def test_only_a_first_version_makes_it_forget(engine, fresh, key, times):
    fresh.note_written(key)
    fresh.refresh()
    fresh.refresh()

    assert len(engine.sent) == times


def test_what_could_not_be_forgotten_is_forgotten_later(engine, fresh):
    fresh.note_written(FIRST)
    engine.failure = EngineUnavailable("away")
    with pytest.raises(EngineUnavailable):
        fresh.refresh()
    engine.failure = None

    fresh.refresh()

    assert len(engine.sent) == 2
