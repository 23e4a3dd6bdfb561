"""What becomes of a file that was saved while a deploy watches."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from deploying.errors import DeployError
from deploying.watching import Watched, changes

from tests.unit.deploy.fakes import FakeS3

SCRIPT, OTHER = "glue_jobs/etl_orders.py", "glue_jobs/etl_products.py"
LIBRARY = "glue_jobs/lakehouse/cells.py"
DEFINITION = "step_functions/flow.json"


class Project:
    """A project of a few files, and a deploy that notes when it is called."""

    def __init__(self, root):
        self.root = root
        self.s3 = FakeS3()
        self.deploys = 0
        self.fails_with = None
        target = SimpleNamespace(lake_bucket="lake", artifact_bucket="artifacts", client=lambda _service: self.s3)
        self.watched = Watched(root, target, "scripts/", self.deploy)

    def deploy(self, report):
        if self.fails_with:
            raise self.fails_with
        self.deploys += 1
        report("s3://artifacts", ["  + lib/lakehouse-1.zip"])
        report("stack lakehouse", ["  ~ EtlOrdersJob  AWS::Glue::Job"])
        report("s3://lake/scripts/", [])

    def save(self, *names, text="print(1)\n"):
        paths = {self.root / name for name in names}
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.watched.take(paths)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_script_goes_to_s3_without_a_deploy(project, capsys):
    project.save(SCRIPT)

    assert project.s3.objects == {("lake", "scripts/etl_orders.py"): b"print(1)\n"}
    assert project.deploys == 0
    assert f"{SCRIPT} → s3://lake/scripts/: etl_orders.py" in capsys.readouterr().out


def test_a_script_saved_as_it_was_makes_no_new_version(project, capsys):
    project.save(SCRIPT)
    project.save(SCRIPT)

    assert project.s3.puts == ["scripts/etl_orders.py"]
    assert "as it is there already" in capsys.readouterr().out


@pytest.mark.parametrize("name", [LIBRARY, "lambdas/check/handler.py", "lambdas/check/requirements.txt", "sql/top.sql", "infra/template.yaml"])
def test_anything_else_is_deployed(project, capsys, name):
    project.save(name, text="")

    assert project.deploys == 1
    said = capsys.readouterr().out
    assert f"{name} → stack lakehouse: EtlOrdersJob" in said
    assert "artifacts" not in said


def test_a_syntax_error_is_one_line_and_both_files_go_once_it_is_mended(project, capsys):
    project.save(OTHER, text="def x(:\n")
    project.save(SCRIPT)
    refused = capsys.readouterr().out.splitlines()
    assert project.s3.objects == {}

    project.save(OTHER)

    assert [line.partition("  ")[2] for line in refused] == [
        f"error: {OTHER} not deployed: {OTHER}, line 1: invalid syntax",
        f"error: {SCRIPT}, {OTHER} not deployed: {OTHER}, line 1: invalid syntax",
    ]
    assert sorted(project.s3.puts) == ["scripts/etl_orders.py", "scripts/etl_products.py"]


def test_a_definition_that_is_no_json_is_never_sent(project, capsys):
    project.save(DEFINITION, text=json.dumps({"States": {}}) + "}")

    assert project.deploys == 0
    assert f"{DEFINITION}, line 1: Extra data" in capsys.readouterr().out


def test_after_a_deploy_that_failed_the_next_change_brings_everything(project, capsys):
    project.fails_with = DeployError("StateMachine is UPDATE_FAILED: no")
    project.save(DEFINITION, text="{}")
    project.fails_with = None

    project.save(SCRIPT)

    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith(f"error: {DEFINITION} not deployed: StateMachine is UPDATE_FAILED: no")
    assert f"{SCRIPT}, {DEFINITION} → stack lakehouse" in said[1]
    assert project.deploys == 1


def test_a_bucket_that_is_gone_is_said_and_made_by_the_next_change(project, capsys):
    def refuse(**_request):
        raise ClientError({"Error": {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"}}, "PutObject")

    project.s3.put_object = refuse
    project.save(SCRIPT)

    project.save(SCRIPT)

    assert "NoSuchBucket" in capsys.readouterr().out.splitlines()[0]
    assert project.deploys == 1


def test_a_script_that_was_removed_stays_where_it_is_and_that_is_said(project, capsys):
    project.save(SCRIPT)
    (project.root / SCRIPT).unlink()

    project.watched.take({project.root / SCRIPT})

    assert "etl_orders.py stays there" in capsys.readouterr().out


def test_files_saved_together_come_together_and_scratch_files_do_not_come(tmp_path):
    for folder in ("glue_jobs/lakehouse", "lambdas", "step_functions", "sql", "infra"):
        (tmp_path / folder).mkdir(parents=True)
    batches = changes(tmp_path)
    assert next(batches) == set()

    for name in (SCRIPT, LIBRARY, "glue_jobs/.etl_orders.py.swp", "glue_jobs/4913"):
        (tmp_path / name).write_text("x")

    assert next(batches) == {tmp_path / SCRIPT, tmp_path / LIBRARY}
    batches.close()
