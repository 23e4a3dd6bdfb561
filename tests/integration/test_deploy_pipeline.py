"""scripts/deploy.py on a running stack: what is there afterwards, and that a second run changes nothing."""

import json
from pathlib import Path

import pytest

from tests.support.deployed import ROOT, deploy

LAKE, ARTIFACTS = "ecom-lakehouse", "ecom-lakehouse-artifacts"
JOBS = {"create_tables", "compact_tables", "etl_products", "etl_orders", "etl_order_items", "archive_raw_csvs", "convert_excel_to_csv"}
TABLES = {"products", "orders", "order_items", "rejected_records", "held_order_items", "ingestion_log"}


@pytest.fixture(scope="module")
def deployed(stack):
    done = deploy(stack)
    assert done.returncode == 0, done.stdout + done.stderr
    return stack


def versions(stack, bucket: str) -> set[tuple[str, str]]:
    pages = stack.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    return {(version["Key"], version["VersionId"]) for page in pages for version in page.get("Versions", [])}


@pytest.mark.local_only
def test_a_second_deploy_changes_nothing(deployed):
    before = versions(deployed, LAKE) | versions(deployed, ARTIFACTS)

    again = deploy(deployed)

    assert again.returncode == 0, again.stderr
    assert "\nno change, " in again.stdout
    assert not [line for line in again.stdout.splitlines() if line.startswith("  ")]
    assert versions(deployed, LAKE) | versions(deployed, ARTIFACTS) == before


@pytest.mark.local_only
@pytest.mark.parametrize(
    ("name", "file"), [("lakehouse-orchestration", "lakehouse_etl_flow"), ("lakehouse-maintenance", "lakehouse_maintenance_flow")]
)
def test_a_state_machine_is_the_file_as_it_lies_there(deployed, name, file):
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"

    described = deployed.client("stepfunctions").describe_state_machine(stateMachineArn=arn)

    assert described["definition"] == (ROOT / f"step_functions/{file}.json").read_text()
    assert described["roleArn"].endswith(f":role/{name}")


@pytest.mark.local_only
def test_every_upload_starts_the_state_machine(deployed):
    events = deployed.client("events")

    rule = events.describe_rule(Name="lakehouse-uploads")
    (target,) = events.list_targets_by_rule(Rule="lakehouse-uploads")["Targets"]

    assert json.loads(rule["EventPattern"])["detail"] == {"bucket": {"name": [LAKE]}, "object": {"key": [{"prefix": "uploads/"}]}}
    assert (rule["State"], target["Arn"].rpartition(":")[2]) == ("ENABLED", "lakehouse-orchestration")


@pytest.mark.local_only
def test_what_could_not_start_is_kept_for_two_weeks_in_a_queue_that_only_the_rules_may_write_to(deployed):
    events, sqs = deployed.client("events"), deployed.client("sqs")
    url = sqs.get_queue_url(QueueName="lakehouse-uploads-dlq")["QueueUrl"]

    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    rules = {name: events.list_targets_by_rule(Rule=name)["Targets"][0] for name in ("lakehouse-uploads", "lakehouse-maintenance")}
    (statement,) = json.loads(queue["Policy"])["Statement"]

    assert (queue["MessageRetentionPeriod"], queue["SqsManagedSseEnabled"]) == ("1209600", "true")
    assert {target["DeadLetterConfig"]["Arn"] for target in rules.values()} == {queue["QueueArn"]}
    assert rules["lakehouse-uploads"]["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"] == [events.describe_rule(Name=name)["Arn"] for name in rules]


@pytest.mark.local_only
def test_the_bucket_is_versioned_private_and_tells_eventbridge(deployed):
    s3 = deployed.client("s3")

    assert s3.get_bucket_versioning(Bucket=LAKE)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=LAKE)["PublicAccessBlockConfiguration"].values())
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=LAKE)
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=LAKE)["Policy"]


@pytest.mark.local_only
def test_every_job_has_its_script_where_it_looks_for_it(deployed):
    glue, s3 = deployed.client("glue"), deployed.client("s3")

    jobs = {name: glue.get_job(JobName=name)["Job"] for name in JOBS}

    for name, job in jobs.items():
        assert job["Command"]["ScriptLocation"] == f"s3://{LAKE}/scripts/{name}.py"
        assert s3.get_object(Bucket=LAKE, Key=f"scripts/{name}.py")["Body"].read() == (ROOT / "glue_jobs" / f"{name}.py").read_bytes()


@pytest.mark.local_only
def test_every_table_is_registered_and_every_delta_table_has_its_log(deployed):
    tables = {table["Name"]: table for table in deployed.client("glue").get_tables(DatabaseName="ecom_catalog")["TableList"]}
    logs = {Path(key).parts[2] for key, _ in versions(deployed, LAKE) if "/_delta_log/" in key}

    assert set(tables) >= TABLES
    assert logs >= TABLES - {"ingestion_log"}


@pytest.mark.local_only
def test_a_query_of_sql_is_a_prepared_statement_word_for_word(deployed):
    athena = deployed.client("athena")

    for path in (ROOT / "sql").glob("*.sql"):
        prepared = athena.get_prepared_statement(StatementName=path.stem, WorkGroup="lakehouse")["PreparedStatement"]
        assert prepared["QueryStatement"] == path.read_text()


@pytest.mark.local_only
def test_promotion_is_refused_with_a_word_instead_of_half_done(deployed):
    refused = deploy(deployed, "--target", "aws")

    assert refused.returncode == 1
    assert "comes with promotion" in refused.stderr
