"""What the kernel says of a container's memory, in both versions of control groups."""

import pytest
from lakestack_worker import memory

VERSIONS = {
    "v2": {"memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\noom_group_kill 0\n", "memory.max": "3355443200\n"},
    "v1": {"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "memory/memory.limit_in_bytes": "3355443200\n"},
}


@pytest.fixture
def cgroup(tmp_path):
    """Return a function that lays out the files of a control group."""

    def lay_out(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return tmp_path

    return lay_out


@pytest.mark.parametrize("version", VERSIONS)
def test_kills_and_limit_are_read(cgroup, version):
    root = cgroup(VERSIONS[version])

    assert (memory.kills(root), memory.limit_bytes(root)) == (2, 3355443200)


def test_without_control_groups_nothing_was_killed_and_nothing_is_limited(tmp_path):
    assert (memory.kills(tmp_path), memory.limit_bytes(tmp_path)) == (0, None)


@pytest.mark.parametrize(("name", "unlimited"), [("memory.max", "max\n"), ("memory/memory.limit_in_bytes", "9223372036854771712\n")])
def test_a_group_without_a_limit_has_none(cgroup, name, unlimited):
    assert memory.limit_bytes(cgroup({name: unlimited})) is None


def test_the_reason_comes_first_and_stands_once(cgroup):
    explained = memory.explained("Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 3; Py4JNetworkError: gone", cgroup(VERSIONS["v2"]))

    assert explained == (
        "Error Category: OUT_OF_MEMORY_ERROR; Command Failed due to Out of Memory: it reached its worker's limit of 3.1 GiB. "
        "Failed Line Number: 3; Py4JNetworkError: gone"
    )
