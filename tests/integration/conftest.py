"""Every integration test says where its expectation comes from; collection refuses the rest."""

import pytest

_PROVENANCE = {"aws_recorded", "aws_documented", "local_only"}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/integration" not in item.path.as_posix():
            continue
        found = [mark.name for mark in item.iter_markers() if mark.name in _PROVENANCE]
        if len(found) != 1:
            raise pytest.UsageError(
                f"{item.nodeid} has {found or 'none'} of the marks {sorted(_PROVENANCE)}; exactly one says where its expectation comes from."
            )
