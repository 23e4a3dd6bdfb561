"""What a killed worker left is found by the next one."""

import os

import pytest
from lakestack_worker import scratch


@pytest.fixture
def leave(tmp_path):
    """Return a function that leaves a folder with something in it, and returns its name."""

    def leave(name):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shuffle").write_text("x")
        return name

    return leave


def test_folders_of_processes_that_are_gone_are_removed(tmp_path, leave):
    gone = leave("lakestack-run-999999999-abcdefgh")

    assert scratch.clean_up(tmp_path) == [gone]
    assert list(tmp_path.iterdir()) == []


def test_folders_of_a_process_of_the_same_id_are_a_predecessors(tmp_path, leave):
    mine = leave(f"{scratch.prefix('jvm')}abcdefgh")

    assert scratch.clean_up(tmp_path) == [mine]


@pytest.mark.parametrize("name", [f"lakestack-run-{os.getppid()}-abcdefgh", "lakestack-run-abcdefgh", "lakestack-other-1-a", "run-1-a"])
def test_what_is_somebody_elses_stays(tmp_path, leave, name):
    leave(name)

    assert scratch.clean_up(tmp_path) == []
    assert (tmp_path / name / "shuffle").exists()
