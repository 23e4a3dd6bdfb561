"""A stack's folder, settings and ports."""

import socket
import stat

import pytest

from lakestack.engine.stack import Stack, free_port, is_free
from lakestack.errors import StackError


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_stack_that_was_never_started_says_how_to_start_one(tmp_path):
    with pytest.raises(StackError, match=r"There is no stack in .*\. Start one with: lakestack up --detach"):
        _ = Stack.at(tmp_path).settings


def test_a_taken_port_is_an_error_that_names_its_holder_and_another_port(tmp_path, taken_port):
    with pytest.raises(StackError, match=rf"Port {taken_port} on 127\.0\.0\.1 is taken by process \d+ \(.+\)\. .*lakestack up --port \d+"):
        Stack.at(tmp_path).prepare(taken_port)


def test_a_second_start_keeps_ports_and_token(tmp_path):
    stack = Stack.at(tmp_path)
    first = stack.prepare(free_port())

    second = stack.prepare(None)

    assert second == first


def test_the_folder_and_the_settings_are_the_users_alone(tmp_path):
    stack = Stack.at(tmp_path / "mine")

    stack.prepare(free_port())

    assert stat.S_IMODE(stack.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((stack.folder / "stack.json").stat().st_mode) == 0o600


def test_a_listening_port_is_not_free(taken_port):
    assert not is_free(taken_port)
    assert is_free(free_port())
