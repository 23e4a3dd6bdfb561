"""The engine compose with a docker that only notes what it is asked: what is run, in which environment, and that it ends."""

import json
import shlex
import sys

import pytest

from lakestack.errors import StackError
from lakestack.testing import compose as engine
from lakestack.testing.compose import Project, compose

pytest_plugins = ["pytester"]

# Notes its arguments and environment; fails on the words of FAKE_FAILS; says what containers would on `logs`.
DOCKER = """#!{python}
import json, os, sys
with open({log!r}, "a") as log:
    environment = {{name: os.environ.get(name) for name in ("COMPOSE_PROJECT_NAME", "LAKESTACK_PORT")}}
    log.write(json.dumps([sys.argv[1:], environment]) + "\\n")
if "logs" in sys.argv:
    print("spark-1  | what the container said")
if os.environ.get("FAKE_FAILS") in sys.argv:
    sys.exit("container spark-1 is unhealthy")
"""


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """A docker first on the path and a checkout with a compose file; returns the calls so far: arguments and environment."""
    log, executable = tmp_path / "calls", tmp_path / "bin/docker"
    executable.parent.mkdir()
    executable.write_text(DOCKER.format(python=sys.executable, log=str(log)))
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", str(executable.parent), prepend=":")
    monkeypatch.delenv("KEEP", raising=False)
    (tmp_path / engine.FILE).touch()
    monkeypatch.setattr(engine, "ROOT", tmp_path)
    return lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def verbs(calls):
    return [next(word for word in arguments if word in {"up", "down", "logs"}) for arguments, _ in calls]


def test_the_images_are_built_and_the_three_parts_awaited_in_a_project_of_their_own(docker):
    with compose(print, keep=False) as stack:
        before, (arguments, environment) = docker()

    assert arguments == ["compose", "-f", "docker-compose.yml", "up", "--build", "--wait", "localstack", "spark", "trino"]
    assert stack.endpoint_url == f"http://127.0.0.1:{environment['LAKESTACK_PORT']}"
    assert before[1] == environment
    assert environment["COMPOSE_PROJECT_NAME"].startswith("lakestack-test-")


def test_everything_of_the_project_goes_before_and_after(docker, tmp_path):
    with compose(print, keep=False):
        pass

    first, _, last = [arguments for arguments, _ in docker()]
    assert first == last
    assert first[:5] == ["compose", "--project-name", docker()[1][1]["COMPOSE_PROJECT_NAME"], "--file", str(tmp_path / "docker-compose.yml")]
    assert first[5:8] == ["down", "--volumes", "--remove-orphans"]


def test_two_runs_share_neither_project_nor_port():
    one, other = Project(), Project()

    assert one.name != other.name
    assert one.port != other.port


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_it_ends_also_when_it_is_interrupted(docker, interruption):
    with pytest.raises(interruption), compose(print, keep=False):
        raise interruption

    assert verbs(docker()) == ["down", "up", "down"]


def test_a_part_that_does_not_become_healthy_is_an_error_with_its_logs_and_leaves_nothing(docker, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "up")

    with pytest.raises(StackError) as caught, compose(print, keep=False):
        pytest.fail("nothing runs on a stack that is not healthy")

    assert "up --build --wait localstack spark trino` ended with code 1:\ncontainer spark-1 is unhealthy" in str(caught.value)
    assert "what the container said" in str(caught.value)
    assert verbs(docker()) == ["down", "up", "logs", "down"]


def test_what_cannot_be_ended_is_told_with_the_command(docker, monkeypatch):
    notes = []
    with compose(notes.append, keep=False):
        monkeypatch.setenv("FAKE_FAILS", "down")

    assert notes[0].startswith("The containers could not be ended: `docker compose --project-name lakestack-test-")
    assert "End them yourself: docker compose --project-name lakestack-test-" in notes[0]


def test_keep_leaves_it_up_and_says_how_to_stop_it(docker):
    notes = []
    with compose(notes.append, keep=True) as stack:
        pass

    assert verbs(docker()) == ["down", "up"]
    assert notes[0].startswith(f"KEEP=1: the stack stays at {stack.endpoint_url}. Stop it: docker compose --project-name ")
    assert shlex.split(notes[0].partition("Stop it: docker ")[2]) == docker()[0][0]


def test_without_docker_the_other_engine_is_named(docker, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(
        StackError, match=r"There is no docker on the path\. Install Docker with compose, or take the engine that needs none: embedded"
    ):
        Project().start()


def test_without_the_compose_file_its_place_is_named(docker, tmp_path):
    (tmp_path / engine.FILE).unlink()

    with pytest.raises(StackError, match=rf"There is no {tmp_path}/docker-compose\.yml"):
        Project().start()


def test_a_command_that_hangs_is_ended(docker, monkeypatch, tmp_path):
    (tmp_path / "bin/docker").write_text("#!/bin/sh\nexec sleep 600\n")
    monkeypatch.setattr(engine, "_COMMAND_WITHIN_S", 0.2)

    with pytest.raises(StackError, match=r"down .*` did not end within 0\.2 s\."):
        Project().start()


def test_a_failed_test_shows_what_the_containers_said_since_it_began(docker, pytester):
    pytester.makepyfile("def test_bad(lakestack_stack): assert 0\ndef test_without_a_stack(): assert 0")

    result = pytester.runpytest_inprocess("--engine", "compose")

    result.assert_outcomes(failed=2)
    text = result.stdout.str()
    assert text.count("The stack's logs since the test began") == text.count("what the container said") == 1
    asked = next(arguments for arguments, _ in docker() if "logs" in arguments)
    assert asked[asked.index("--since") + 1].endswith("Z")


def test_a_run_that_is_interrupted_in_a_test_ends_the_containers(docker, pytester):
    pytester.makepyfile("def test_long(lakestack_stack): raise KeyboardInterrupt")

    pytester.runpytest_inprocess("--engine", "compose", no_reraise_ctrlc=True)

    assert verbs(docker())[-1] == "down"


def test_tests_that_need_no_stack_start_none(docker, pytester):
    pytester.makepyfile("def test_alone(): pass")

    pytester.runpytest_inprocess("--engine", "compose").assert_outcomes(passed=1)

    assert docker() == []
