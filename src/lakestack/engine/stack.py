"""One stack: its folder, its ports, and what is running of it."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from lakestack.errors import StackError
from lakestack.project import ROOT

DEFAULT_PORT = 4566
REGION = "us-east-1"
ACCOUNT = "000000000000"
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """What a stack keeps between two starts.

    Attributes:
        port: Of the endpoint, the only one that users name.
        trino_port, metastore_port: Loopback ports of the parts among themselves.
        worker_token: What a Spark worker shows to the endpoint.
        engine: What runs it, "embedded" or "compose". Of the latter, the ports below the endpoint's and the token are known to its containers alone.
    """

    port: int
    trino_port: int
    metastore_port: int
    worker_token: str
    engine: str = "embedded"


@dataclass(frozen=True)
class Stack:
    """A stack by its folder; all state of it lies there, readable by its user alone."""

    folder: Path

    @classmethod
    def at(cls, folder: Path | None = None) -> Self:
        """Return the stack in `folder`: by default LAKESTACK_STACK, or .lakestack/ of the project."""
        return cls((folder or Path(os.environ.get("LAKESTACK_STACK") or ROOT / ".lakestack")).absolute())

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def settings(self) -> Settings:
        """The stack's settings.

        Raises:
            StackError: It was never started.
        """
        try:
            return Settings(**json.loads(self._settings_file.read_text()))
        except FileNotFoundError:
            raise StackError(f"There is no stack in {self.folder}. Start one with: lakestack up --detach") from None

    @property
    def endpoint_url(self) -> str:
        return f"http://{_HOST}:{self.settings.port}"

    @property
    def trino_url(self) -> str:
        return f"http://{_HOST}:{self.settings.trino_port}"

    @property
    def region(self) -> str:
        return REGION

    @property
    def status_file(self) -> Path:
        return self.folder / "status.json"

    @property
    def status(self) -> dict[str, Any]:
        """What the supervisor last wrote: its pid and, by part, state, pid, port, restarts and detail; empty when it never ran."""
        try:
            return dict(json.loads(self.status_file.read_text()))
        except FileNotFoundError:
            return {}

    def prepare(self, port: int | None, engine: str = "embedded") -> Settings:
        """Make the folder and the settings for a start: the ports of the last time where they are still free.

        Raises:
            StackError: The endpoint's port is taken.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        known = json.loads(self._settings_file.read_text()) if self.is_prepared else {}
        wanted = port or known.get("port") or DEFAULT_PORT
        if not is_free(wanted):
            raise StackError(
                f"Port {wanted} on {_HOST} is taken{holder_of(wanted)}. End that program, or take another port: lakestack up --port {free_port()}"
            )
        settings = Settings(
            port=wanted,
            trino_port=_keep_or_choose(known.get("trino_port")),
            metastore_port=_keep_or_choose(known.get("metastore_port")),
            worker_token=known.get("worker_token") or secrets.token_urlsafe(24),
            engine=engine,
        )
        self._keep(settings)
        return settings

    def adopt(self, port: int, engine: str) -> None:
        """Take note of a stack that somebody else started on `port`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._keep(Settings(port, 0, 0, "", engine))

    def _keep(self, settings: Settings) -> None:
        self.folder.chmod(0o700)
        write_atomically(self._settings_file, json.dumps(asdict(settings), indent=2))

    @property
    def is_prepared(self) -> bool:
        return self._settings_file.exists()

    @property
    def _settings_file(self) -> Path:
        return self.folder / "stack.json"


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` so that a reader sees the old text or the new one; for the user's eyes only.

    Raises:
        OSError: It cannot be written; `path` is as it was.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.touch(0o600)
        scratch.write_text(text)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection of the last run that is still winding down takes nothing.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _keep_or_choose(known: int | None) -> int:
    return known if known and is_free(known) else free_port()


def holder_of(port: int) -> str:
    """Return " by process 12 (nginx)" for the program that listens on `port`, or "" when the system does not tell."""
    try:
        holders = [c.pid for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port and c.pid]
    except psutil.AccessDenied:  # macOS shows other programs' sockets to root only
        return ""
    return "".join(f" by process {pid} ({psutil.Process(pid).name()})" for pid in holders[:1])
