"""A stack whose disk is full: refused in words, and what runs already goes on."""

import os
import sys
import threading

import pytest

from lakestack.engine import control, supervisor
from lakestack.engine.parts import Facts, Part
from lakestack.engine.stack import Stack, write_atomically
from lakestack.errors import StackError
from tests.support.small_disk import fill, small_disk
from tests.support.waiting import eventually
from tests.unit.engine.test_supervisor import SLEEPS


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=4) as folder:
        yield folder


def test_a_start_without_room_says_where_how_much_is_free_and_what_to_do(disk):
    stack = Stack.at(disk / "stack")

    with pytest.raises(StackError, match=f"The disk is full: .* in {stack.folder}, where 4.2 MB of 4.2 MB are free; it needs 50 MB"):
        control.start(stack, None)

    assert not stack.folder.exists()


def test_a_status_that_cannot_be_written_leaves_the_old_one(disk):
    status = disk / "status.json"
    write_atomically(status, "old")
    fill(disk)

    with pytest.raises(OSError, match="No space left"):
        write_atomically(status, "new" * 10_000)

    assert [path.name for path in disk.iterdir() if path.name != "fills-the-disk"] == ["status.json"]
    assert status.read_text() == "old"


@pytest.fixture
def one_part(monkeypatch, disk):
    """A supervisor of one part that sleeps, on the small disk; it ends with the test."""
    stack = Stack.at(disk)
    stack.logs.mkdir()
    part = Part("fake", Facts("a test", "1", 1.0), [sys.executable, "-c", SLEEPS], dict(os.environ), None, lambda: "")
    monkeypatch.setattr(supervisor, "parts", lambda _stack: [part])
    monkeypatch.setattr(supervisor.signal, "signal", lambda *_: None)
    held = supervisor.Supervisor(stack)
    thread = threading.Thread(target=held.run)
    yield held, thread, stack
    held._stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_supervisor_outlives_a_full_disk_and_writes_its_status_when_there_is_room(one_part, disk):
    held, thread, stack = one_part
    filling = fill(disk)

    thread.start()
    eventually(lambda: "cannot be started" in held._supervised[0].detail, what="a start that fails for want of room")
    assert stack.status == {}
    filling.unlink()

    eventually(lambda: stack.status.get("parts", {}).get("fake", {}).get("state") == "healthy", what="the status after there was room again")
    assert thread.is_alive()
