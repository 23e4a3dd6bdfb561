"""An installation on a disk that is too small: said in words, and nothing half-done is left."""

import shutil

import jgo.maven
import pytest

from lakestack import room
from lakestack.errors import InstallError
from lakestack.install import cache, components
from tests.support.small_disk import fill, small_disk
from tests.unit.install.test_artifacts import FakeRepository


@pytest.fixture
def small_cache(tmp_path, monkeypatch):
    """A cache on a disk of 8 MB that has every download of the real one."""
    downloads = cache.cache_dir() / "uv"
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        monkeypatch.setenv("LAKESTACK_CACHE", str(disk))
        (disk / "uv").symlink_to(downloads)
        yield disk


class Repository(FakeRepository):
    """ "Downloads" more than the disk takes."""

    def resolve(self):
        return (self._folder / "fetched").write_bytes(bytes(20_000_000))


def component(name):
    return next(each for each in components.components() if each.name == name)


def left_in(disk):
    return [path for path in disk.glob("*/*") if path.parent.name not in {"locks", "uv"}]


@pytest.mark.parametrize("name", ["lambda", "spark-jars"])
def test_it_says_what_goes_where_how_much_it_takes_and_what_is_free(small_cache, monkeypatch, name):
    monkeypatch.setattr(jgo.maven, "MavenContext", Repository)

    with pytest.raises(InstallError, match="The disk is full") as refused:
        component(name).install(lambda _count: None)

    said = str(refused.value)
    assert f"{name} was to be installed in {component(name).path}" in said
    assert f"takes about {room.readable(component(name).room_bytes)}" in said
    assert "of 8.4 MB are free" in said
    assert "LAKESTACK_CACHE" in said
    assert left_in(small_cache) == []


def test_a_program_that_hides_the_reason_is_seen_through(small_cache):
    def make():
        with cache.building(small_cache / "classes/1") as folder:
            fill(folder)
            raise InstallError("Java made no class archive: exit code 1")

    with pytest.raises(cache.FullDiskError, match="exit code 1"):
        make()

    assert left_in(small_cache) == []


def test_another_error_on_a_disk_with_room_stays_what_it_is(tmp_path):
    def make():
        with cache.building(tmp_path / "part"):
            raise InstallError("no network")

    with pytest.raises(InstallError, match="no network") as failed:
        make()

    assert not isinstance(failed.value, cache.FullDiskError)


def test_room_is_asked_for_where_the_folder_would_be(tmp_path):
    assert room.free_bytes(tmp_path / "not/there/yet") == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)
