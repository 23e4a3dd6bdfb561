"""What the workflows in .github promise beyond being valid, which lint sees to."""

import re

import pytest
import yaml

from lakestack.project import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
JOBS = [(path, name, job) for path in WORKFLOWS for name, job in yaml.safe_load(path.read_text())["jobs"].items()]


def every_workflow(test):
    return pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)(test)


@every_workflow
def test_an_action_is_named_by_a_commit_and_says_its_version(path):
    used = re.findall(r"uses: (.*)", path.read_text())

    assert used
    assert [action for action in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []


@every_workflow
def test_one_action_has_one_version(path):
    versions = {}
    for repository, commit in re.findall(r"uses: ([\w.-]+/[\w.-]+)[\w./-]*@(\S+)", path.read_text()):
        versions.setdefault(repository, set()).add(commit)

    assert [repository for repository, commits in versions.items() if len(commits) > 1] == []


@every_workflow
def test_a_workflow_may_read_the_project_and_no_more(path):
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow["jobs"].items() if "permissions" in job] == []
    assert path.read_text().count("actions/checkout@") == path.read_text().count("persist-credentials: false")


@pytest.mark.parametrize(("path", "name", "job"), JOBS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_job_and_each_long_step_of_it_end_some_time(path, name, job):
    commands = [step for step in job["steps"] if "run" in step]

    assert job["timeout-minutes"] <= 120
    assert [step["run"] for step in commands if step.get("timeout-minutes", 999) >= job["timeout-minutes"]] == []


def test_lint_may_skip_nothing_there():
    text = (ROOT / ".github/workflows/ci.yml").read_text()

    assert re.findall(r"run: make lint.*", text) == ["run: make lint LINT_ARGS=--all"]
