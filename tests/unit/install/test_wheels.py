"""Wheels are fetched once, whole or not at all."""

from pathlib import Path

import pytest

from lakestack.errors import InstallError
from lakestack.install import wheels

NO_PYTHON = Path("/bin/false")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESTACK_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def lock(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("openpyxl==3.1.5 --hash=sha256:0\n")
    monkeypatch.setattr(wheels, "locks", lambda: [path])
    return path


def test_what_is_there_is_not_fetched_again(lock, tmp_path):
    there = tmp_path / "wheels"
    there.mkdir()
    (there / "openpyxl-3.1.5-py3-none-any.whl").touch()

    assert wheels.fetch_wheels(there, NO_PYTHON) == [there / "openpyxl-3.1.5-py3-none-any.whl"]


def test_a_fetch_that_fails_leaves_nothing_half_done(lock, tmp_path):
    with pytest.raises(InstallError, match="pip download"):
        wheels.fetch_wheels(tmp_path / "wheels", NO_PYTHON)

    assert not (tmp_path / "wheels").exists()


def test_another_lock_is_another_folder(lock):
    before = wheels.wheels()

    lock.write_text("openpyxl==3.1.6 --hash=sha256:1\n")

    assert wheels.wheels() != before


def test_a_lock_without_packages_is_none():
    assert [path for path in wheels.locks() if path.parent.name == "check_marker_lambda"] == []
