"""What `lakestack uninstall` shows, asks, refuses, removes and leaves, on a cache made for the test."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lakestack.install import components
from lakestack.install.inventory import freed_bytes

LAKESTACK = Path(sys.executable).with_name("lakestack")
OLD_TRINO = "trino/0123456789ab"
KILLED = "environments/.spark-0123456789ab-x_y8z"


def file(path, size=1000):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache with every part of now, two things of earlier, downloads, and a lock."""
    root = tmp_path / "cache"
    monkeypatch.setenv("LAKESTACK_CACHE", str(root))
    for component in components.components():
        file(component.path / "part", 10_000)
    file(root / OLD_TRINO / "lib/trino.jar", 5_000_000)
    file(root / KILLED / "bin/python")
    file(root / "uv/wheels-v8/a.whl")
    file(root / "bootstrap/uv-0.0.1-py3-none-any.whl")
    file(root / "locks/trino", 0)
    return root


def uninstall(*options, answer=""):
    command = [LAKESTACK, "uninstall", *options]
    return subprocess.run(command, input=answer, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True, timeout=60, check=False)


def files_in(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_everything_goes_and_the_freed_room_is_said(cache):
    done = uninstall("--yes")

    assert done.returncode == 0, done.stderr
    assert "5.1 MB are free again" in done.stdout
    assert not cache.exists()


def test_without_a_yes_nothing_goes(cache):
    before = files_in(cache)

    declined, silent = uninstall(answer="n\n"), uninstall()

    assert (declined.returncode, silent.returncode) == (1, 1)
    assert "which frees 5.1 MB?" in declined.stdout
    assert files_in(cache) == before


def test_outdated_is_what_no_lock_names(cache):
    before = files_in(cache)

    done = uninstall("--outdated", "--yes")

    assert done.returncode == 0, done.stderr
    assert before - files_in(cache) == {f"{OLD_TRINO}/lib/trino.jar", f"{KILLED}/bin/python", "bootstrap/uv-0.0.1-py3-none-any.whl"}
    assert "Nothing there is outdated." in uninstall("--outdated", "--yes").stdout


def test_what_it_did_not_make_stays_and_is_named(cache, tmp_path):
    mine = [file(cache / "notes.txt"), file(cache / "trino/mine/data"), file(cache / "environments/my-venv/bin/python")]
    uv = cache / "uv/wheels-v8/a.whl"

    done = uninstall("--yes")

    assert done.returncode == 0, done.stderr
    assert all(path.exists() for path in mine)
    assert uv.exists(), "in a folder of other programs, uv's downloads may be the user's own"
    assert f"still there: {cache / 'environments'}" in done.stdout
    assert not (cache / OLD_TRINO).exists()


def test_a_link_out_of_the_cache_is_not_followed(cache, tmp_path):
    outside = tmp_path / "outside"
    precious = file(outside / "0123456789ab/precious")
    (cache / OLD_TRINO / "link").symlink_to(outside)
    (cache / "wheels/fedcba987654").symlink_to(outside / "0123456789ab")
    shutil.rmtree(cache / "spark-jars")
    (cache / "spark-jars").symlink_to(outside)

    done = uninstall("--yes")

    assert done.returncode == 0, done.stderr
    assert precious.exists()
    assert not (cache / OLD_TRINO).exists()


@pytest.fixture
def runs_from_it(cache):
    """A process below something that looks like a stack's supervisor, started from the old Trino."""
    program = cache / OLD_TRINO / "bin/sleep"
    program.parent.mkdir()
    shutil.copy(shutil.which("sleep"), program)
    start = "import subprocess, sys; subprocess.run([sys.argv[1], '60'])"
    process = subprocess.Popen([sys.executable, "-c", start, program, "lakestack.engine.supervisor", "/somewhere/stack"])
    yield program
    for child in [*psutil.Process(process.pid).children(), process]:
        child.kill()
    process.wait()


def test_it_is_refused_while_a_stack_runs_from_it(cache, runs_from_it):
    before = files_in(cache)

    refused, outdated = uninstall("--yes"), uninstall("--outdated", "--yes")

    assert (refused.returncode, outdated.returncode) == (1, 1)
    assert "the stack in /somewhere/stack; stop it with: lakestack down --stack /somewhere/stack" in refused.stderr
    assert files_in(cache) == before


def test_it_is_refused_while_something_is_installed(cache):
    with (cache / "locks/trino").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = uninstall("--yes")

    assert refused.returncode == 1
    assert "trino is being installed" in refused.stderr
    assert (cache / OLD_TRINO).exists()


def test_an_empty_cache_has_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESTACK_CACHE", str(tmp_path / "none"))

    done = uninstall("--yes")

    assert (done.returncode, done.stdout.split()[:3]) == (0, ["Nothing", "of", "lakestack"])


def test_a_file_with_another_name_elsewhere_frees_nothing(tmp_path):
    one = file(tmp_path / "a/one", 1_000_000)
    (tmp_path / "a/two").hardlink_to(one)
    assert freed_bytes([tmp_path / "a"]) == pytest.approx(1_000_000, rel=0.01)

    (tmp_path / "kept").hardlink_to(one)

    assert freed_bytes([tmp_path / "a"]) == 0
