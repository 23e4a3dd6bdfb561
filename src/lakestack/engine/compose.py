"""The compose engine: the parts as containers of docker-compose.yml, asked through Docker's own command."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lakestack.engine.embedded import demand_port, tail
from lakestack.engine.engines import EngineName, PartStatus
from lakestack.engine.parts import FACTS
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.project import ROOT

_QUERY_WITHIN_S = 30
_BUILD_WITHIN_S = 3600
_DOWN_WITHIN_S = 120
_LOG_LINES = 15
_LABEL = "com.docker.compose"
_NO_DOCKER = "Install Docker with Compose 2.20 or newer, or run the stack without: lakestack up --engine embedded"
_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


class ComposeEngine:
    """The parts as containers; a project of docker compose for each stack."""

    poll_s = 0.5

    def __init__(self) -> None:
        self._starting: subprocess.Popen[bytes] | None = None

    def is_running(self, stack: Stack) -> bool:
        return published_port(stack) is not None

    def start(self, stack: Stack, port: int | None) -> bool:
        _demand_docker()
        if self.is_running(stack):
            demand_port(stack, port)
            return False
        configured = _setting("LAKESTACK_PORT")
        stack.prepare(port or (int(configured) if configured else None), EngineName.COMPOSE)
        _build(stack)
        with (stack.logs / "compose.log").open("wb") as log:
            command = ["docker", "compose", "up", "--detach", "--no-build", "--remove-orphans"]
            self._starting = subprocess.Popen(
                command, cwd=ROOT, env=environment(stack), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        return True

    def parts(self, stack: Stack) -> Mapping[str, PartStatus]:
        ids = _containers(stack)
        statuses = [_part_status(container, stack.settings.port) for container in json.loads(_docker("inspect", *ids))] if ids else []
        return {status.name: status for status in sorted(statuses, key=_rank)}

    def demand_alive(self, stack: Stack) -> None:
        if self._starting and self._starting.poll():
            raise StackError(f"docker compose up failed. The end of what it said:\n{tail(stack.logs / 'compose.log')}")

    def log_of(self, stack: Stack, part: str) -> str:
        return f"docker compose -p {project(stack)} logs {service_of(part)}"

    def log_tail(self, stack: Stack, part: str) -> str:
        found = _run(["docker", "compose", "logs", "--no-log-prefix", "--tail", str(_LOG_LINES), service_of(part)], environment(stack))
        return "\n".join(f"  {line}" for line in [*found.stdout.splitlines(), f"(the whole: {self.log_of(stack, part)})"])

    def memory_bytes(self, stack: Stack) -> Mapping[str, int]:
        names = {status.process: name for name, status in self.parts(stack).items() if status.state not in {"stopped", "restarting"}}
        lines = _docker("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names).splitlines() if names else []
        return {names[line.split()[0]]: _bytes(line.split()[1]) for line in lines if line.split()[0] in names}

    def stop(self, stack: Stack) -> bool:
        _demand_docker()
        was_running = bool(_containers(stack))
        down = _run(["docker", "compose", "--profile", "*", "down", "--volumes", "--remove-orphans"], environment(stack), _DOWN_WITHIN_S)
        if down.returncode:
            raise StackError(f"docker compose down failed:\n{down.stderr.strip()}")
        return was_running


def project(stack: Stack) -> str:
    """Return the stack's name among Docker's projects: for the default folder the one that a plain `docker compose up` has.

    COMPOSE_PROJECT_NAME names another, as it does for docker compose: in the environment or in .env.
    """
    if named := _setting("COMPOSE_PROJECT_NAME"):
        return named
    if stack.folder == ROOT / ".lakestack":
        return "lakestack"
    return f"lakestack-{hashlib.sha256(str(stack.folder).encode()).hexdigest()[:8]}"


def environment(stack: Stack) -> dict[str, str]:
    """Return the environment in which docker compose means this stack."""
    return {**os.environ, "COMPOSE_PROJECT_NAME": project(stack), "LAKESTACK_PORT": str(stack.settings.port)}


def execute(stack: Stack, service: str, command: Sequence[str]) -> int:
    """Run `command` in a container of the stack, with this terminal if there is one; return its exit code."""
    terminal = [] if sys.stdin.isatty() and sys.stdout.isatty() else ["--no-TTY"]
    return subprocess.run(["docker", "compose", "exec", *terminal, service, *command], cwd=ROOT, env=environment(stack), check=False).returncode


def published_port(stack: Stack) -> int | None:
    """Return the port of the endpoint that runs as a container of this stack, or None; a machine without Docker has none."""
    if shutil.which("docker") is None:
        return None
    filters = {f"{_LABEL}.project": project(stack), f"{_LABEL}.service": "localstack", f"{_LABEL}.project.working_dir": ROOT}
    labels = [text for name, value in filters.items() for text in ("--filter", f"label={name}={value}")]
    found = _run(["docker", "ps", *labels, "--format", "{{.Ports}}"], dict(os.environ))
    published = re.search(r":(\d+)->", found.stdout)
    return int(published.group(1)) if published and found.returncode == 0 else None


def service_of(part: str) -> str:
    """Return the service that a part belongs to: spark for spark-2 as well."""
    return re.sub(r"-\d+$", "", part)


def _setting(name: str) -> str | None:
    """Return a setting as docker compose would find it."""
    from dotenv import dotenv_values  # noqa: PLC0415 - only containers have such a file

    return os.environ.get(name) or dotenv_values(ROOT / ".env").get(name)


def _demand_docker() -> None:
    if shutil.which("docker") is None:
        raise StackError(f"There is no command docker here. {_NO_DOCKER}")
    for command in (["docker", "compose", "version"], ["docker", "info"]):
        answer = _run(command, dict(os.environ))
        if answer.returncode:
            raise StackError(f"`{' '.join(command)}` says: {answer.stderr.strip()}\n{_NO_DOCKER}")


def _build(stack: Stack) -> None:
    """Build what changed since the last time; shown, since the first time takes minutes."""
    quiet = ["--quiet"] if _has_images() else []
    if not quiet:
        print("Building the images; the first time takes some minutes.", flush=True)
    built = subprocess.run(
        ["docker", "compose", "build", *quiet], cwd=ROOT, env=environment(stack), stdin=subprocess.DEVNULL, timeout=_BUILD_WITHIN_S, check=False
    )
    if built.returncode:
        raise StackError(f"The images were not built: docker compose build ended with {built.returncode}; its words are above.")


def _has_images() -> bool:
    names = [f"lakestack/{service}:{_setting('LAKESTACK_TAG') or 'local'}" for service in FACTS]
    return _run(["docker", "image", "inspect", "--format", "{{.Id}}", *names], dict(os.environ)).returncode == 0


def _containers(stack: Stack) -> list[str]:
    """Return the ids of the stack's containers, ended ones too."""
    return _docker("ps", "--all", "--quiet", "--filter", f"label={_LABEL}.project={project(stack)}").split()


def _docker(*arguments: str) -> str:
    answer = _run(["docker", *arguments], dict(os.environ))
    # A container that went away between two questions is no error.
    if answer.returncode and "No such" not in answer.stderr:
        raise StackError(f"docker {arguments[0]} failed: {answer.stderr.strip()}")
    return answer.stdout


def _run(command: list[str], variables: Mapping[str, str], within_s: float = _QUERY_WITHIN_S) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=within_s, check=False)
    except subprocess.TimeoutExpired:
        raise StackError(f"`{' '.join(command[:4])} …` did not answer within {within_s:.0f} s. Does Docker work? docker info") from None


def _part_status(container: Mapping[str, Any], port: int) -> PartStatus:
    labels, state = container["Config"]["Labels"], container["State"]
    service, number = labels[f"{_LABEL}.service"], labels[f"{_LABEL}.container-number"]
    facts = FACTS.get(service)
    return PartStatus(
        name=service if number == "1" else f"{service}-{number}",
        stands_for=facts.stands_for if facts else "",
        version=facts.version if facts else "",
        state=_state(state),
        detail=_detail(state),
        port=port if service == "localstack" else None,
        process=container["Name"].removeprefix("/"),
        restarts=container["RestartCount"],
        started_at=datetime.fromisoformat(state["StartedAt"] if state["StartedAt"] > "1" else container["Created"]),
        slow_after_s=facts.slow_after_s if facts else 60,
    )


def _state(state: Mapping[str, Any]) -> str:
    if state["Status"] == "running":
        return str(state.get("Health", {}).get("Status", "healthy"))
    return {"created": "waiting", "exited": "stopped", "dead": "stopped"}.get(state["Status"], str(state["Status"]))


def _detail(state: Mapping[str, Any]) -> str:
    if state["Status"] == "running":
        checks = state.get("Health", {}).get("Log") or [{}]
        return "" if state.get("Health", {}).get("Status") == "healthy" else str(checks[-1].get("Output", "")).strip()
    if state["Status"] == "created":
        return "it starts when what it needs is healthy"
    reason = ", out of memory" if state["OOMKilled"] else ""
    return f"it ended with code {state['ExitCode']}{reason}"


def _rank(status: PartStatus) -> tuple[int, str]:
    names = list(FACTS)
    service = service_of(status.name)
    return (names.index(service) if service in names else len(names), status.name)


def _bytes(usage: str) -> int:
    """Turn Docker's 316MiB into a number."""
    matched = re.fullmatch(r"([\d.]+)(B|KiB|MiB|GiB)", usage)
    return int(float(matched[1]) * _UNITS[matched[2]]) if matched else 0
