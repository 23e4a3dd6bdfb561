"""Environments from locks, with and without a network."""

import subprocess

import pytest

from lakestack.errors import InstallError
from lakestack.install import cache, environments
from lakestack.install.environments import Environment

DEAD_PROXY = "http://127.0.0.1:9"


@pytest.fixture
def no_network(monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, DEAD_PROXY)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture
def filled(monkeypatch, tmp_path):
    """A cache that holds every download of the real one, and nothing built from them."""
    downloads = cache.cache_dir() / "uv"
    monkeypatch.setenv("LAKESTACK_CACHE", str(tmp_path))
    (tmp_path / "uv").symlink_to(downloads)


def test_once_the_cache_is_filled_an_environment_is_built_without_a_network(filled, no_network):
    environment = Environment("lambda", environments.LAMBDA.lock)

    environment.install()

    assert environment.is_installed
    asked = subprocess.run(
        [environment.python, "-c", "import awslambdaric, boto3, sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == str(environment.path)


def test_without_cache_and_network_it_says_so_and_leaves_nothing(monkeypatch, tmp_path, no_network):
    monkeypatch.setenv("LAKESTACK_CACHE", str(tmp_path))
    environment = Environment("lambda", environments.LAMBDA.lock)

    with pytest.raises(InstallError, match=r"pip sync .* failed"):
        environment.install()

    assert not environment.is_installed
    assert [path.name for path in (tmp_path / "environments").iterdir()] == []


def test_another_lock_is_another_folder(tmp_path):
    (tmp_path / "a.lock").write_text("boto3==1.0\n")
    (tmp_path / "b.lock").write_text("boto3==2.0\n")

    assert Environment("x", tmp_path / "a.lock").path != Environment("x", tmp_path / "b.lock").path


def test_no_lock_carries_an_index_url():
    locks = [e.lock for e in (environments.LOCALSTACK, environments.LAMBDA, environments.SPARK, environments.TRINO_JRE)]

    assert not [lock for lock in locks if "://" in lock.read_text()]
