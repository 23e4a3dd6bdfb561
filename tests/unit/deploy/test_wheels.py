"""Wheels come from a folder, by the hashes of the lock."""

import hashlib

import pytest
from deploying.errors import DeployError
from deploying.wheels import Requirement, Wheels, read_requirements

HASH = hashlib.sha256(b"a wheel").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
LOCK = f"""
# made by a tool
et-xmlfile==2.0.0 \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{OTHER}
    # via openpyxl
openpyxl==3.1.5 ; python_version >= "3.9" \\
    --hash=sha256:{OTHER}
"""


@pytest.fixture
def wheels(tmp_path):
    (tmp_path / "et_xmlfile-2.0.0-py3-none-any.whl").write_bytes(b"a wheel")
    return Wheels(tmp_path)


def test_a_lock_is_read_with_all_its_hashes(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text(LOCK)

    assert read_requirements(lock) == [
        Requirement("et-xmlfile", "2.0.0", frozenset({HASH, OTHER})),
        Requirement("openpyxl", "3.1.5", frozenset({OTHER})),
    ]


@pytest.mark.parametrize("line", ["openpyxl", "openpyxl>=3 --hash=sha256:" + HASH, "openpyxl==3.1.5"])
def test_a_line_that_locks_nothing_is_refused(tmp_path, line):
    lock = tmp_path / "requirements.txt"
    lock.write_text(line)

    with pytest.raises(DeployError, match="is not locked"):
        read_requirements(lock)


def test_an_empty_lock_needs_nothing(tmp_path):
    lock = tmp_path / "requirements.txt"
    lock.write_text("# the runtime's boto3 is enough\n")

    assert read_requirements(lock) == []


def test_a_wheel_is_found_by_its_hash(wheels):
    assert wheels.find(Requirement("et-xmlfile", "2.0.0", frozenset({OTHER, HASH}))).name == "et_xmlfile-2.0.0-py3-none-any.whl"


def test_a_wheel_with_another_hash_is_refused(wheels):
    with pytest.raises(DeployError, match="with another hash than the lock's"):
        wheels.find(Requirement("et-xmlfile", "2.0.0", frozenset({OTHER})))


def test_a_missing_wheel_says_how_to_get_it(wheels):
    with pytest.raises(DeployError, match=r"openpyxl==3\.1\.5: .* has no wheel of it\. Fill it again with: lakestack install"):
        wheels.find(Requirement("openpyxl", "3.1.5", frozenset({OTHER})))


def test_a_folder_that_was_never_named_says_who_names_it(monkeypatch):
    monkeypatch.delenv("LAKESTACK_WHEELS", raising=False)

    with pytest.raises(DeployError, match="LAKESTACK_WHEELS is not set"):
        Wheels.of_environment()
