"""The third way to a healthy stack: the same parts in containers, by docker compose."""

import json
import os
import shlex
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, override

from testcontainers.compose import DockerCompose

from lakestack.engine.stack import free_port
from lakestack.errors import StackError
from lakestack.project import ROOT
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.reaper import Reaper
from lakestack.testing.waiting import until

FILE = "docker-compose.yml"
# `deploy` is the pipeline's: tests deploy what they need.
SERVICES = ("localstack", "spark", "trino")
# The first time the images are built, which fetches what `lakestack install` fetches.
_UP_WITHIN_S = 3600
_COMMAND_WITHIN_S = 180
_LOG_TAIL_LINES = 200
_SHOWN_CHARACTERS = 6000
_KILLED_WITHIN_S = 30
# The part is the only child of the container's first process, which nothing inside can kill.
_KILL = "import os; [os.kill(int(pid), 9) for pid in open('/proc/1/task/1/children').read().split()]"
# Volumes, and the images that carry the project's own name, go too.
_DOWN = ("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "10")


class Project(DockerCompose):
    """One run's containers: a project of its own, so that no other run's, living or left over, is touched.

    Attributes:
        name: Of the project, unique.
        port: Of the endpoint on this machine.

    """

    def __init__(self) -> None:
        super().__init__(ROOT, compose_file_name=FILE, build=True, wait=True, services=list(SERVICES))
        self.name = f"lakestack-test-{uuid.uuid4().hex[:8]}"
        self.port = free_port()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def down_command(self) -> list[str]:
        """What ends it and removes what it left, from any folder and without its environment."""
        docker, compose, *_ = self.compose_command_property
        return [docker, compose, "--project-name", self.name, "--file", str(ROOT / FILE), *_DOWN]

    @override
    def start(self) -> None:
        """Build what changed, start the services and wait until they are healthy.

        Raises:
            StackError: There is no Docker, or a service does not become healthy; the text has the end of the logs.

        """
        if not (ROOT / FILE).is_file():
            raise StackError(f"There is no {ROOT / FILE}. The engine compose starts the stack from lakestack's checkout; without it: embedded.")
        try:
            self.down()
        except subprocess.CalledProcessError as error:
            raise StackError(_said(error)) from None
        try:
            super().start()
        except subprocess.CalledProcessError as error:
            raise StackError(f"{_said(error)}\nThe end of its logs:\n{self.logs_since(None)}") from None

    def down(self) -> None:
        """End everything of the project and remove it; nothing there is no failure."""
        self._run_command(self.down_command)

    def logs_since(self, moment: datetime | None) -> str:
        """Return the end of what each container said since, or why that cannot be had."""
        since = ["--since", moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")] if moment else []
        command = [*self.compose_command_property, "logs", "--no-color", "--timestamps", "--tail", str(_LOG_TAIL_LINES), *since]
        try:
            return self._run_command(command).stdout.decode(errors="replace")
        except (StackError, subprocess.CalledProcessError) as error:
            return f"The logs cannot be read: {error}"

    def kill(self, part: str) -> None:
        """Kill a part's own process with its children; the container ends and its restart policy starts it again.

        `docker kill` is no crash: Docker takes it for a user's wish and leaves the container stopped.
        """
        before = self._inspect(part)["State"]["StartedAt"]
        self._run_command([*self.compose_command_property, "exec", "--no-TTY", part, "python", "-c", _KILL])
        until(lambda: self._inspect(part)["State"]["StartedAt"] != before or not self._inspect(part)["State"]["Running"], _KILLED_WITHIN_S)

    def execute(self, part: str, *command: str) -> str:
        """Run a command in a part's container and return what it printed."""
        return self._run_command([*self.compose_command_property, "exec", "--no-TTY", part, *command]).stdout.decode()

    def run(self, *arguments: str) -> None:
        """Run a command of docker compose on this project."""
        self._run_command([*self.compose_command_property, *arguments])

    def scale(self, part: str, count: int) -> None:
        """Have so many containers of a part, all healthy when it returns."""
        self.run("up", "--detach", "--wait", "--no-recreate", "--scale", f"{part}={count}", *SERVICES)

    def restarts(self, part: str) -> int:
        """Return how often Docker has started a part's container again."""
        return int(self._inspect(part)["RestartCount"])

    def exit_codes(self) -> dict[str, int]:
        """Return by part with what its container ended the last time."""
        return {part: int(self._inspect(part)["State"]["ExitCode"]) for part in SERVICES}

    def is_healthy(self) -> bool:
        return all(self._inspect(part)["State"].get("Health", {}).get("Status") == "healthy" for part in SERVICES)

    def _inspect(self, part: str) -> Any:
        (container, *_) = self._run_command([*self.compose_command_property, "ps", "--all", "--quiet", part]).stdout.decode().split()
        (facts,) = json.loads(self._run_command(["docker", "inspect", container]).stdout)
        return facts

    @override
    def _run_command(self, cmd: str | list[str], context: str | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run it with an environment and an end, which the library's own does not have."""
        command = shlex.split(cmd) if isinstance(cmd, str) else cmd
        within_s = _UP_WITHIN_S if "up" in command else _COMMAND_WITHIN_S
        try:
            return subprocess.run(
                command,
                cwd=context or str(self.context),
                env=dict(self._environment()),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=within_s,
                check=True,
            )
        except FileNotFoundError:
            raise StackError("There is no docker on the path. Install Docker with compose, or take the engine that needs none: embedded.") from None
        except subprocess.TimeoutExpired:
            raise StackError(f"`{shlex.join(command)}` did not end within {within_s} s.") from None

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "COMPOSE_PROJECT_NAME": self.name, "LAKESTACK_PORT": str(self.port)}


@contextmanager
def compose(note: Callable[[str], None], *, keep: bool, project: Project | None = None) -> Iterator[LiveStack]:
    """Start the containers; they end with the block or with this process, but for `keep`.

    Raises:
        StackError: They do not start or become healthy.

    """
    project = project or Project()
    reaper = Reaper(project.down_command)
    try:
        project.start()
        yield LiveStack(project.endpoint_url, engine=project)
    finally:
        if keep:
            note(f"KEEP=1: the stack stays at {project.endpoint_url}. Stop it: {shlex.join(project.down_command)}")
        else:
            _end(project, note)
        reaper.dismiss()


def _end(project: Project, note: Callable[[str], None]) -> None:
    try:
        project.down()
    except (StackError, subprocess.CalledProcessError) as error:
        reason = _said(error) if isinstance(error, subprocess.CalledProcessError) else str(error)
        note(f"The containers could not be ended: {reason}\nEnd them yourself: {shlex.join(project.down_command)}")


def _said(error: subprocess.CalledProcessError) -> str:
    """Return a failed command and the end of what it said."""
    words = (error.stderr or b"").decode(errors="replace").strip() or (error.stdout or b"").decode(errors="replace").strip()
    return f"`{shlex.join(error.cmd)}` ended with code {error.returncode}:\n{words[-_SHOWN_CHARACTERS:]}"
