"""The compose engine's view of containers, with a docker that answers from files."""

import json
import os
import shutil

import pytest

from lakestack.engine import compose, control
from lakestack.engine.compose import ComposeEngine
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.project import ROOT

STARTED = "2026-11-25T10:00:00.123456789Z"


def container(service, number="1", *, health="healthy", output="", **state):
    checks = {"Health": {"Status": health, "Log": [{"Output": output}]}} if health else {}
    return {
        "Name": f"/lakestack-{service}-{number}",
        "Created": STARTED,
        "RestartCount": 2,
        "Config": {"Labels": {"com.docker.compose.service": service, "com.docker.compose.container-number": number}},
        "State": {"Status": "running", "StartedAt": STARTED, "ExitCode": 0, "OOMKilled": False, **checks, **state},
    }


@pytest.fixture
def docker(tmp_path, monkeypatch):
    """Return a function that says what docker's commands print, by their first word."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "docker"
    command.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/calls\n[ ! -f {folder}/$1.err ] || {{ cat {folder}/$1.err >&2; exit 1; }}\ncat {folder}/$1 2>/dev/null || true\n'
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)

    def says(**words):
        for name, text in words.items():
            (folder / name.replace("__", ".")).write_text(text)

    says.calls = lambda: (folder / "calls").read_text().splitlines()
    return says


@pytest.fixture
def stack(tmp_path):
    stack = Stack.at(tmp_path / "stack")
    stack.adopt(4570, "compose")
    return stack


@pytest.mark.parametrize(
    ("facts", "state", "detail"),
    [
        (container("spark"), "healthy", ""),
        (container("spark", health="starting", output="no worker has registered"), "starting", "no worker has registered"),
        (container("spark", health="unhealthy", output="gone\n"), "unhealthy", "gone"),
        (container("spark", Status="exited", ExitCode=137, OOMKilled=True), "stopped", "it ended with code 137, out of memory"),
        (container("spark", Status="restarting", ExitCode=1), "restarting", "it ended with code 1"),
        (container("spark", Status="created", health=None, StartedAt="0001-01-01T00:00:00Z"), "waiting", "it starts when what it needs is healthy"),
    ],
)
def test_a_containers_state_in_the_words_of_both_engines(docker, stack, facts, state, detail):
    docker(ps="1a2b\n", inspect=json.dumps([facts]))

    (part,) = ComposeEngine().parts(stack).values()

    assert (part.state, part.detail, part.process, part.restarts) == (state, detail, "lakestack-spark-1", 2)
    assert part.started_at.year == 2026


def test_parts_come_in_the_order_in_which_users_know_them_and_further_workers_have_a_number(docker, stack):
    docker(
        ps="1\n2\n3\n4\n5\n", inspect=json.dumps([container(*one) for one in (("spark", "2"), ("deploy",), ("trino",), ("spark",), ("localstack",))])
    )

    parts = ComposeEngine().parts(stack)

    assert list(parts) == ["localstack", "spark", "spark-2", "trino", "deploy"]
    assert [part.port for part in parts.values()] == [4570, None, None, None, None]


def test_memory_is_a_number_of_bytes(docker, stack):
    docker(ps="1\n", inspect=json.dumps([container("trino")]), stats="lakestack-trino-1 653.5MiB / 1.27GiB\n")

    assert ComposeEngine().memory_bytes(stack) == {"trino": 685244416}


def test_what_docker_refuses_is_said(docker, stack):
    docker(ps__err="permission denied")

    with pytest.raises(StackError, match="docker ps failed: permission denied"):
        ComposeEngine().parts(stack)


def test_without_docker_the_way_without_it_is_named(stack, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(StackError, match=r"There is no command docker here\. .* lakestack up --engine embedded"):
        ComposeEngine().start(stack, None)


def test_without_compose_its_own_words_are_shown(docker, stack):
    docker(compose__err="docker: 'compose' is not a docker command.")

    with pytest.raises(StackError, match="`docker compose version` says: docker: 'compose' is not a docker command"):
        ComposeEngine().start(stack, None)


def test_a_stack_that_docker_compose_started_is_taken_note_of(docker, tmp_path):
    docker(ps="127.0.0.1:4599->4599/tcp, 4566/tcp\n")

    stack = control.current(tmp_path / "new")

    assert (stack.settings.engine, stack.endpoint_url) == ("compose", "http://127.0.0.1:4599")


def test_a_machine_where_none_runs_has_none(docker, tmp_path):
    docker(ps="")

    assert not control.current(tmp_path / "new").is_prepared


def test_a_running_stack_is_not_started_with_the_other_engine(docker, stack):
    docker(ps="127.0.0.1:4570->4570/tcp\n")

    with pytest.raises(StackError, match=r"runs already, with the compose engine\. Stop it first: lakestack down"):
        control.start(stack, None)


def test_the_default_stack_is_the_project_of_a_plain_docker_compose_up(docker, tmp_path, monkeypatch):
    assert compose.project(Stack.at(ROOT / ".lakestack")) == "lakestack"
    assert compose.project(Stack.at(tmp_path)).startswith("lakestack-")
    assert compose.project(Stack.at(tmp_path)) != compose.project(Stack.at(tmp_path / "other"))
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "mine")
    assert compose.project(Stack.at(tmp_path)) == "mine"


def test_settings_of_the_env_file_are_those_of_docker_compose(docker, tmp_path, monkeypatch):
    monkeypatch.setattr(compose, "ROOT", tmp_path)
    (tmp_path / ".env").write_text("COMPOSE_PROJECT_NAME=filed\n# LAKESTACK_PORT=1\nLAKESTACK_PORT=4599\n")
    monkeypatch.delenv("LAKESTACK_PORT", raising=False)
    stack = Stack.at(tmp_path / "stack")

    assert compose.project(stack) == "filed"
    ComposeEngine().start(stack, None)
    assert stack.settings.port == 4599


def test_down_takes_volumes_and_every_profile_along(docker, stack):
    docker(ps="1\n")

    assert ComposeEngine().stop(stack)
    assert docker.calls()[-1] == "compose --profile * down --volumes --remove-orphans"
