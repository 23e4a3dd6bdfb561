"""The command's verbs on a deployed pipeline, as a user types them."""

import csv
import io
import os
import subprocess
from pathlib import Path

import pytest

from tests.support import command
from tests.support.command import LAKESTACK

pytestmark = pytest.mark.timeout(600)

PRODUCTS = "product_id,department_id,department,product_name\n910001,1,Books,A product of this test\n"


@pytest.fixture(scope="module")
def lakestack(stack, tmp_path_factory):
    """Run the command on the stack of the tests."""
    folder = tmp_path_factory.mktemp("noted")

    def run(*arguments: str, within_s: int = 280) -> subprocess.CompletedProcess[str]:
        return command.run(stack, folder, *arguments, within_s=within_s, AWS_PROFILE="a-profile-that-does-not-exist")

    return run


@pytest.fixture(scope="module")
def deployed(lakestack):
    done = lakestack("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    return lakestack


@pytest.fixture(scope="module")
def products(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("upload") / "products_of_the_verbs.csv"
    path.write_text(PRODUCTS)
    return path


@pytest.fixture(scope="module")
def loaded(deployed, products):
    done = deployed("upload", "--follow", str(products))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_env_points_the_aws_cli_at_the_stack(lakestack, stack):
    exported = dict(line.removeprefix("export ").split("=") for line in lakestack("env").stdout.splitlines() if line.startswith("export "))

    identity = subprocess.run(
        [LAKESTACK.with_name("aws"), "sts", "get-caller-identity", "--query", "Account", "--output", "text"],
        env={**os.environ, **exported},
        capture_output=True,
        text=True,
        check=True,
    )

    assert exported["AWS_ENDPOINT_URL"] == stack.endpoint_url
    assert identity.stdout.strip() == "000000000000"


def test_a_followed_upload_shows_states_and_what_came_of_it(loaded):
    assert "✓ LOADED" in loaded


def test_the_answer_comes_as_a_table_and_as_csv(deployed, loaded):
    sql = "select product_id, product_name from products where product_id = 910001"

    table, as_csv = deployed("query", sql), deployed("query", sql, "--csv")

    assert "A product of this test" in table.stdout
    assert list(csv.reader(io.StringIO(as_csv.stdout))) == [["product_id", "product_name"], ["910001", "A product of this test"]]


def test_a_query_from_a_file(deployed, loaded, tmp_path):
    file = tmp_path / "first.sql"
    file.write_text('SELECT * FROM "ecom_catalog"."orders" limit 10;\n')

    asked = deployed("query", str(file))

    assert asked.returncode == 0, asked.stderr


def test_a_wrong_query_is_an_error_without_a_traceback(deployed):
    wrong = deployed("query", "selec 1")

    assert wrong.returncode == 1
    assert wrong.stderr.startswith("error: ")
    assert "Traceback" not in wrong.stderr


def test_the_same_content_is_skipped_and_again_loads_it_once_more(deployed, loaded, products):
    same, again = deployed("upload", "-f", str(products)), deployed("upload", "-f", "--again", str(products))

    assert (same.returncode, again.returncode) == (0, 0), again.stdout
    assert "SKIPPED DUPLICATE_UPLOAD" in same.stdout
    assert "✓ LOADED" in again.stdout


def test_a_file_that_is_not_there_is_said(deployed):
    missing = deployed("upload", "gone.csv")

    assert (missing.returncode, missing.stderr.strip()) == (1, "error: gone.csv is not there. Expected a file: .csv or .xlsx")


def test_runs_lists_what_ran_and_logs_prints_it(deployed, loaded, stack):
    listed = deployed("runs")
    run = stack.client("glue").get_job_runs(JobName="etl_products")["JobRuns"][0]["Id"]

    printed = deployed("logs", run)

    assert "etl_products" in listed.stdout
    assert "uploads/products_of_the_verbs.csv" in listed.stdout
    assert printed.returncode == 0
    assert "etl_products is SUCCEEDED" in printed.stderr


def test_logs_of_a_run_that_never_was_says_where_to_look(deployed):
    missing = deployed("logs", "jr_gone")

    assert missing.returncode == 1
    assert "See which there are: lakestack runs" in missing.stderr
