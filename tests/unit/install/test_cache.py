"""The cache: complete or absent."""

from pathlib import Path

import pytest

from lakestack.install import cache


def test_a_folder_appears_when_its_building_ended_well(tmp_path):
    with cache.building(tmp_path / "part") as folder:
        (folder / "file").write_text("whole")
        assert not (tmp_path / "part").exists()

    assert (tmp_path / "part/file").read_text() == "whole"


def test_nothing_is_left_of_a_building_that_failed(tmp_path):
    def fail_half_way():
        with cache.building(tmp_path / "part") as folder:
            (folder / "file").write_text("half")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()

    assert list(tmp_path.iterdir()) == []


def test_lakestack_cache_moves_it(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKESTACK_CACHE", str(tmp_path))

    assert cache.cache_dir() == tmp_path


def test_it_lies_in_the_users_cache_folder_by_default(monkeypatch):
    monkeypatch.delenv("LAKESTACK_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere/cache")

    assert cache.cache_dir() == Path("/somewhere/cache/lakestack")


def test_a_file_with_two_names_counts_once(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").hardlink_to(tmp_path / "a")

    assert cache.size_of(tmp_path) == 5
