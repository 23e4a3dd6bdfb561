"""Which stack is chosen, by what, and that a project's own options are left alone."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

SHOWS_ITS_OPTIONS = """
from lakestack.testing.options import Options

def test_options(request):
    options = Options.of(request.config)
    print("CHOSEN", options.engine, options.endpoint_url)
"""


@pytest.fixture
def chosen(pytester, monkeypatch):
    """Run pytest on a project of one test and return what that saw, or the run's result when it saw nothing."""
    monkeypatch.delenv("LAKESTACK_ENGINE", raising=False)
    monkeypatch.delenv("LAKESTACK_ENDPOINT", raising=False)
    pytester.makepyfile(SHOWS_ITS_OPTIONS)

    def run(*arguments):
        result = pytester.runpytest_inprocess("-s", *arguments)
        lines = [line for line in result.outlines if "CHOSEN" in line]
        return lines[0].partition("CHOSEN ")[2].split(" ") if lines else result

    return run


def test_a_stack_of_ones_own_is_the_default(chosen):
    assert chosen()[0] == "embedded"


@pytest.mark.parametrize(("engine", "endpoint"), [("--engine", "--endpoint"), ("--lakestack-engine", "--lakestack-endpoint")])
def test_the_command_line_chooses(chosen, engine, endpoint):
    assert chosen(engine, "running", endpoint, "http://localhost:1/") == ["running", "http://localhost:1"]


def test_an_endpoint_alone_is_that_of_a_running_stack(chosen):
    assert chosen("--endpoint=http://localhost:1") == ["running", "http://localhost:1"]


def test_the_command_line_goes_before_the_environment_and_that_before_the_ini_file(chosen, pytester, monkeypatch):
    pytester.makeini("[pytest]\nlakestack_engine = compose\nlakestack_endpoint = http://ini:1")
    by_ini = chosen()
    monkeypatch.setenv("LAKESTACK_ENGINE", "running")
    by_environment = chosen()

    assert by_ini == ["compose", "http://ini:1"]
    assert by_environment == ["running", "http://ini:1"]
    assert chosen("--engine", "embedded", "--endpoint", "http://cli:1") == ["embedded", "http://cli:1"]


@pytest.mark.parametrize("mine", ["choices=('mysql',)", "action='store_true'", "default='x'"])
def test_a_projects_own_option_of_the_short_name_stays_its_own(chosen, pytester, mine):
    pytester.makeconftest(f"def pytest_addoption(parser): parser.addoption('--engine', {mine})")

    assert chosen("--lakestack-engine", "running", "--endpoint", "http://localhost:1") == ["running", "http://localhost:1"]


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("lakestack_engine = cloud", "There is no engine 'cloud' of lakestack. Expected one of embedded, compose, running."),
        ("lakestack_endpoint = localhost:4566", "'localhost:4566' is no endpoint of lakestack. Expected a URL such as http://127.0.0.1:4566."),
    ],
)
def test_what_is_no_choice_is_refused_before_any_test(chosen, pytester, ini, said):
    pytester.makeini(f"[pytest]\n{ini}")

    result = chosen()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in "\n".join(result.errlines)


def test_where_no_stack_answers_every_test_says_how_to_start_one(pytester):
    pytester.makepyfile("def test_one(lakestack): pass")

    result = pytester.runpytest_inprocess("--engine", "running", "--endpoint", "http://127.0.0.1:1")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["No stack answers at http://127.0.0.1:1 (*). Start it with: lakestack up --detach, or *"])


def test_the_plugin_alone_imports_nothing_heavy():
    check = "import sys, lakestack.testing.plugin; print(sorted({'boto3', 'botocore', 'testcontainers', 'psutil', 'requests'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"
