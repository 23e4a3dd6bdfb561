"""The sentence that explains the layout, held to."""

import subprocess
import sys

import pytest

from lakestack.install.environments import LOCALSTACK
from lakestack.project import ROOT

RUNS_ON_AWS = ("glue_jobs", "lambdas", "step_functions", "sql", "infra")
WORDS_OF_THE_EMULATION = ("4566", "endpoint_url", "localstack", "lakestack_aws", "lakestack_worker")


def files_that_run_on_aws():
    listed = subprocess.run(["git", "ls-files", "--", *RUNS_ON_AWS], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_there_is_something_in_every_folder_that_runs_on_aws():
    assert {path.relative_to(ROOT).parts[0] for path in files_that_run_on_aws()} == set(RUNS_ON_AWS)


@pytest.mark.parametrize("word", WORDS_OF_THE_EMULATION)
def test_what_runs_on_aws_does_not_know_the_emulation(word):
    assert [str(path) for path in files_that_run_on_aws() if word in path.read_text().lower()] == []


def test_the_parity_page_is_what_code_and_tests_say():
    checked = subprocess.run([sys.executable, "scripts/parity.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


def test_every_emulated_operation_has_a_test():
    assert LOCALSTACK.is_installed
    sys.path.insert(0, str(ROOT / "scripts"))
    import parity  # noqa: PLC0415 - a script, not a package

    assert parity.unproven() == {"glue": [], "athena": []}
