"""Maven artifacts: read from a lock, downloaded with jgo, taken only when size and sha256 are the lock's."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lakestack.errors import InstallError

type ReportBytes = Callable[[int], None]

_TIMEOUT_S = 120
_PARALLEL_DOWNLOADS = 6


@dataclass(frozen=True)
class LockedArtifact:
    """One line of a jars.lock: ``group:artifact:version:packaging sha256=… size=…``."""

    group: str
    artifact: str
    version: str
    packaging: str
    sha256: str
    size_bytes: int

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.{self.packaging}"

    @classmethod
    def parse(cls, line: str) -> Self:
        coordinate, *facts = line.split()
        values = dict(fact.split("=", 1) for fact in facts)
        group, artifact, version, packaging = coordinate.split(":")
        return cls(group, artifact, version, packaging, values["sha256"], int(values["size"]))


def read_lock(path: Path) -> list[LockedArtifact]:
    """Return the artifacts of a jars.lock; lines that begin with # are comments."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return [LockedArtifact.parse(line) for line in lines if line and not line.startswith("#")]


def download_all(artifacts: list[LockedArtifact], folder: Path, report: ReportBytes) -> None:
    """Download `artifacts` into `folder`; `report` is told the bytes as they come, from several threads.

    Raises:
        InstallError: One cannot be had, or is not what the lock says.
    """
    with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
        # list() waits for all and raises the first error.
        list(pool.map(lambda artifact: download(artifact, folder, report), artifacts))


def download(artifact: LockedArtifact, folder: Path, report: ReportBytes) -> Path:
    """Download one artifact into `folder` and return its file; see `download_all`."""
    # Half a second to import, and every command would pay it.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
        context = MavenContext(repo_cache=Path(scratch), timeout=_TIMEOUT_S, resolver=PythonResolver(progress_callback=_progress(report)))
        wanted = context.project(artifact.group, artifact.artifact).at_version(artifact.version).artifact(packaging=artifact.packaging)
        try:
            fetched = Path(wanted.resolve())
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            raise InstallError(
                f"{artifact.group}:{artifact.artifact}:{artifact.version} could not be downloaded: {error}\n"
                "Is there a way to Maven Central from here? What is already in the cache stays; run the same command again."
            ) from error
        _verify(artifact, fetched)
        target = folder / artifact.filename
        return fetched.replace(target)


def _verify(artifact: LockedArtifact, fetched: Path) -> None:
    with fetched.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    size = fetched.stat().st_size
    if (found, size) != (artifact.sha256, artifact.size_bytes):
        raise InstallError(
            f"{artifact.filename} is not what the lock says: found {size} bytes with sha256 {found}, "
            f"expected {artifact.size_bytes} bytes with sha256 {artifact.sha256}. It was thrown away; run the same command again."
        )


def _progress(report: ReportBytes) -> Callable[[str, int], AbstractContextManager[ReportBytes]]:
    @contextmanager
    def start(_filename: str, _total: int) -> Iterator[ReportBytes]:
        yield report

    return start
