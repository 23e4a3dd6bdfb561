"""Maven artifacts: only what the lock says is taken."""

import hashlib
from pathlib import Path

import jgo.maven
import pytest

from lakestack.errors import InstallError
from lakestack.install import artifacts
from lakestack.install.artifacts import LockedArtifact
from lakestack.project import SERVICES

CONTENT = b"not really a jar"


class FakeRepository:
    """Stands in for jgo: "downloads" CONTENT, or fails as a network does."""

    def __init__(self, repo_cache: Path, **_settings):
        self._folder = repo_cache

    def project(self, *_coordinates):
        return self

    def at_version(self, _version):
        return self

    def artifact(self, packaging):
        return self

    def resolve(self):
        (self._folder / "fetched").write_bytes(CONTENT)
        return self._folder / "fetched"


class DeadRepository(FakeRepository):
    def resolve(self):
        raise ConnectionError("Network is unreachable")


def locked(content=CONTENT):
    return LockedArtifact("org.example", "thing", "1.0", "jar", hashlib.sha256(content).hexdigest(), len(content))


def test_a_lock_is_read_line_by_line_without_its_comments(tmp_path):
    (tmp_path / "jars.lock").write_text("# why\norg.example:thing:1.0:jar sha256=ab size=16\n\n")

    assert artifacts.read_lock(tmp_path / "jars.lock") == [LockedArtifact("org.example", "thing", "1.0", "jar", "ab", 16)]


@pytest.mark.parametrize("lock", ["spark/jars.lock", "trino/jars.lock"])
def test_the_projects_own_locks_name_every_artifact_once_with_a_whole_hash(lock):
    found = artifacts.read_lock(SERVICES / lock)

    assert len({(a.group, a.artifact) for a in found}) == len(found) > 0
    assert all(len(a.sha256) == 64 and a.size_bytes > 0 for a in found)


def test_what_the_lock_says_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(jgo.maven, "MavenContext", FakeRepository)

    jar = artifacts.download(locked(), tmp_path, report=lambda _count: None)

    assert jar == tmp_path / "thing-1.0.jar"
    assert jar.read_bytes() == CONTENT


@pytest.mark.parametrize("expected", [b"something else!!", b"longer than what came"], ids=["other hash", "other size"])
def test_anything_else_is_thrown_away_and_said(tmp_path, monkeypatch, expected):
    monkeypatch.setattr(jgo.maven, "MavenContext", FakeRepository)

    with pytest.raises(InstallError, match=r"thing-1\.0\.jar is not what the lock says: found 16 bytes"):
        artifacts.download(locked(expected), tmp_path, report=lambda _count: None)

    assert list(tmp_path.iterdir()) == []


def test_a_dead_network_is_an_error_that_names_the_artifact(tmp_path, monkeypatch):
    monkeypatch.setattr(jgo.maven, "MavenContext", DeadRepository)

    with pytest.raises(InstallError, match=r"org\.example:thing:1\.0 could not be downloaded: Network is unreachable"):
        artifacts.download(locked(), tmp_path, report=lambda _count: None)

    assert list(tmp_path.iterdir()) == []
