"""Which JVM a run gets, and what becomes of it afterwards."""

import threading
from types import SimpleNamespace

import pytest
from lakestack_worker import jvm_pool
from lakestack_worker.jvm_command import JvmSpec, parsed_connection
from lakestack_worker.jvm_pool import JvmPool
from lakestack_worker.jvm_state import differences

from tests.support.waiting import eventually

USUAL = JvmSpec("1g")


class FakeJvm:
    made = 0

    def __init__(self, settings, spec, python, archive_options=()):
        FakeJvm.made += 1
        self.spec, self.pid, self.is_alive, self.started_at, self.resident_bytes = spec, FakeJvm.made, True, 0.0, 0
        self.is_warm, self.depth = False, ""

    def remember_as_clean(self):
        pass

    def fits_into(self, limit):
        return True

    def kill(self):
        self.is_alive = False


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(jvm_pool, "SparkJvm", FakeJvm)
    monkeypatch.setattr(jvm_pool, "warm_up", lambda settings, jvm, depth: setattr(jvm, "is_warm", True))
    monkeypatch.setattr(jvm_pool.class_archive, "options", lambda settings: ())
    pool = JvmPool(SimpleNamespace(spark_memory="1g", idle_jvms=1))
    pool.start()
    pool.await_ready()
    yield pool
    pool.close()


def test_a_clean_jvm_serves_the_next_run_too(pool):
    first = pool.lease(USUAL)
    pool.give_back(first, [], "jr_1")

    assert pool.lease(USUAL) is first
    assert first.is_warm


def test_a_jvm_that_a_run_changed_is_ended_and_a_warm_one_takes_over(pool):
    changed = pool.lease(USUAL)
    pool.give_back(changed, ["threads (mine)"], "jr_1")

    other = pool.lease(USUAL)

    assert (changed.is_alive, other is changed, other.is_warm) == (False, False, True)


def test_two_runs_at_once_have_a_jvm_each(pool):
    first, second = pool.lease(USUAL), pool.lease(USUAL)

    assert first is not second


def test_a_run_waits_for_a_jvm_that_is_about_to_come_back(pool):
    jvm = pool.lease(USUAL)
    pool.expect_back(jvm)
    leased = []
    waiting = threading.Thread(target=lambda: leased.append(pool.lease(USUAL)))
    waiting.start()
    eventually(lambda: pool._waiting == 1, within_s=5)

    pool.give_back(jvm, [], "jr_1")
    waiting.join(timeout=5)

    assert leased == [jvm]


def test_a_run_that_needs_another_jvm_has_one_of_its_own_which_ends_with_it(pool):
    large = pool.lease(JvmSpec("4g"))
    pool.give_back(large, [], "jr_1")

    assert (large.spec.memory, large.is_alive) == ("4g", False)


def test_a_jvm_that_died_is_not_given_to_anybody(pool):
    pool._idle[0][1].kill()

    assert pool.lease(USUAL).is_alive


def test_what_differs_is_named_and_a_thread_that_ended_is_no_difference():
    before = {"system properties": frozenset({"a=1"}), "threads": frozenset({"old"})}

    assert differences(before, {"system properties": frozenset({"a=1"}), "threads": frozenset()}) == []
    assert differences(before, {"system properties": frozenset({"a=2"}), "threads": frozenset({"old", "mine, not a daemon"})}) == [
        "system properties (a=1, a=2)",
        "threads (mine, not a daemon)",
    ]


@pytest.mark.parametrize(
    ("data", "connection"),
    [
        (b"", None),
        (b"\x00\x00\x1f\x90", None),
        (b"\x00\x00\x1f\x90\x00\x00\x00\x03ab", None),
        (b"\x00\x00\x1f\x90\x00\x00\x00\x03abc", (8080, "abc")),
    ],
)
def test_the_gateway_is_known_when_all_of_its_file_is_written(data, connection):
    assert parsed_connection(data) == connection
