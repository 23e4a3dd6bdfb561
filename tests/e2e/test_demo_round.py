"""`lakestack demo` on a stack of its own: all of it, and then once more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakestack.engine import control
from lakestack.engine.stack import Stack, free_port

LAKESTACK = Path(sys.executable).with_name("lakestack")

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    port = str(free_port())

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [LAKESTACK, "demo", "--stack", str(folder), "--port", port, *options]
        return subprocess.run(command, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True, timeout=600, check=False)

    run.folder = folder
    yield run
    control.stop(Stack.at(folder))


@pytest.fixture(scope="module")
def first(demo):
    return demo()


def test_the_first_round_loads_three_files_and_every_number_is_right(first):
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("✓ LOADED") == 3
    assert "✗" not in first.stdout
    assert "✓ cents of total_amount by day" in first.stdout


def test_the_answers_show_what_became_of_the_rows_that_no_shop_wants(first):
    assert "BAD_TIMESTAMP" in first.stdout


def test_the_second_round_says_that_the_files_are_loaded_already(demo, first):
    second = demo()

    assert second.returncode == 0, second.stdout + second.stderr
    assert "These files are loaded already" in second.stdout
    assert "stack lakestack-lakehouse: no change" in second.stdout


def test_a_folder_without_the_files_is_refused_before_anything_starts(demo, tmp_path):
    refused = demo("--data", str(tmp_path))

    assert refused.returncode == 1
    assert "has no products.csv and no orders_apr_2025.xlsx" in refused.stderr


def test_reset_empties_the_data_and_keeps_what_is_deployed(demo, first):
    def lakestack(*arguments: str) -> str:
        command = [LAKESTACK, *arguments, "--stack", str(demo.folder)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    before = lakestack("query", "select count(*) as n from orders", "--csv")
    lakestack("reset")
    after = lakestack("query", "select count(*) as n from orders", "--csv")

    assert before.split() == ["n", "7501"]
    assert after.split() == ["n", "0"]
    assert "no change" in lakestack("deploy")
