"""Work groups, prepared statements and tags."""

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.support.athena import Athena

GROUPS = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroup.html")
PREPARED = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html")
MEASURED = pytest.mark.aws_recorded("2026-10")


@pytest.fixture
def athena(stack, bucket):
    return Athena(stack, bucket)


@pytest.fixture
def group(athena):
    """Return a function that makes a work group; all of them are removed afterwards."""
    made = []

    def make(**configuration) -> str:
        name = f"group-{uuid.uuid4().hex[:10]}"
        athena.client.create_work_group(Name=name, Configuration=configuration, Tags=[{"Key": "team", "Value": "data"}])
        made.append(name)
        return name

    yield make
    for name in made:
        athena.client.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


@MEASURED
def test_a_work_group_answers_what_clients_index_into(athena, group):
    name = group(ResultConfiguration={"OutputLocation": "s3://somewhere/"}, EnforceWorkGroupConfiguration=False)

    found = athena.client.get_work_group(WorkGroup=name)["WorkGroup"]

    assert (found["Name"], found["State"]) == (name, "ENABLED")
    assert found["Configuration"] == {
        "ResultConfiguration": {"OutputLocation": "s3://somewhere/"},
        "EnforceWorkGroupConfiguration": False,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EnableMinimumEncryptionConfiguration": False,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
    }
    assert "Description" not in found


@GROUPS
def test_a_work_group_is_changed_member_by_member(athena, group):
    name = group(ResultConfiguration={"OutputLocation": "s3://somewhere/"}, BytesScannedCutoffPerQuery=10_000_000)

    athena.client.update_work_group(
        WorkGroup=name,
        Description="why",
        State="DISABLED",
        ConfigurationUpdates={
            "EnforceWorkGroupConfiguration": False,
            "RemoveBytesScannedCutoffPerQuery": True,
            "ResultConfigurationUpdates": {"RemoveOutputLocation": True, "ExpectedBucketOwner": "000000000000"},
        },
    )

    found = athena.client.get_work_group(WorkGroup=name)["WorkGroup"]
    assert (found["Description"], found["State"]) == ("why", "DISABLED")
    assert found["Configuration"]["EnforceWorkGroupConfiguration"] is False
    assert "BytesScannedCutoffPerQuery" not in found["Configuration"]
    assert found["Configuration"]["ResultConfiguration"] == {"ExpectedBucketOwner": "000000000000"}
    with pytest.raises(ClientError, match="is disabled"):
        athena.start("SELECT 1", WorkGroup=name)


@MEASURED
def test_primary_is_always_there(athena, group):
    name = group()

    listed = athena.client.list_work_groups()["WorkGroups"]

    assert [entry["Name"] for entry in listed] == sorted(entry["Name"] for entry in listed)
    assert {"primary", name} <= {entry["Name"] for entry in listed}
    assert {entry["Description"] for entry in listed if entry["Name"] == name} == {""}
    with pytest.raises(ClientError, match="primary"):
        athena.client.delete_work_group(WorkGroup="primary")


@GROUPS
def test_a_work_group_with_content_is_deleted_only_when_told_so(athena, group):
    name = group()
    athena.client.create_prepared_statement(StatementName="ps", WorkGroup=name, QueryStatement="SELECT 1")

    with pytest.raises(ClientError, match="is not empty"):
        athena.client.delete_work_group(WorkGroup=name)


@GROUPS
def test_the_place_of_an_enforced_work_group_holds(athena, group, bucket):
    enforced = group(EnforceWorkGroupConfiguration=True, ResultConfiguration={"OutputLocation": f"s3://{bucket}/theirs"})
    proposed = group(EnforceWorkGroupConfiguration=False, ResultConfiguration={"OutputLocation": f"s3://{bucket}/theirs"})
    mine = {"OutputLocation": f"s3://{bucket}/mine"}

    locations = {
        athena.succeed("SELECT 1", WorkGroup=enforced, ResultConfiguration=mine).location.rpartition("/")[0],
        athena.succeed("SELECT 1", WorkGroup=proposed, ResultConfiguration={}).location.rpartition("/")[0],
    }

    assert locations == {f"s3://{bucket}/theirs"}
    assert athena.succeed("SELECT 1", WorkGroup=proposed, ResultConfiguration=mine).location.startswith(f"s3://{bucket}/mine/")


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/managed-results.html")
def test_managed_results_have_no_location(athena, group):
    name = group(ManagedQueryResultsConfiguration={"Enabled": True})

    query = athena.succeed("SELECT 1 AS a, NULL AS b", WorkGroup=name, ResultConfiguration={})

    assert "OutputLocation" not in query.execution["ResultConfiguration"]
    assert query.rows == [["a", "b"], ["1", None]]


@GROUPS
def test_tags_are_added_listed_and_removed(athena, group):
    arn = f"arn:aws:athena:us-east-1:000000000000:workgroup/{group()}"

    athena.client.tag_resource(ResourceARN=arn, Tags=[{"Key": "stage", "Value": "dev"}])
    tagged = athena.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
    athena.client.untag_resource(ResourceARN=arn, TagKeys=["stage", "team"])

    assert tagged == [{"Key": "stage", "Value": "dev"}, {"Key": "team", "Value": "data"}]
    assert athena.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


@PREPARED
def test_a_prepared_statement_is_executed_with_values(athena):
    name = f"ps_{uuid.uuid4().hex[:8]}"
    athena.client.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT ? + 1.5 AS a, ? AS b;")

    using = athena.succeed(f"EXECUTE {name} USING 1.5, 'it''s'")
    by_parameters = athena.succeed(f"EXECUTE {name}", ExecutionParameters=["1", "x"])

    assert using.rows == [["a", "b"], ["3.0", "it's"]]
    assert by_parameters.rows[1] == ["2.5", "x"]
    assert (using.execution["Query"], using.execution["SubstatementType"]) == (f"EXECUTE {name} USING 1.5, 'it''s'", "SELECT")
    athena.client.delete_prepared_statement(StatementName=name, WorkGroup="primary")


@PREPARED
def test_prepared_statements_are_kept_by_work_group(athena, group):
    name, client = group(), athena.client
    client.create_prepared_statement(StatementName="one", WorkGroup=name, QueryStatement="SELECT 1", Description="why")
    with pytest.raises(ClientError, match="already exists"):
        client.create_prepared_statement(StatementName="one", WorkGroup=name, QueryStatement="SELECT 1")
    client.update_prepared_statement(StatementName="one", WorkGroup=name, QueryStatement="SELECT 2")

    found = client.get_prepared_statement(StatementName="one", WorkGroup=name)["PreparedStatement"]
    batch = client.batch_get_prepared_statement(PreparedStatementNames=["one", "two"], WorkGroup=name)
    listed = client.list_prepared_statements(WorkGroup=name)["PreparedStatements"]

    assert (found["QueryStatement"], found["Description"], found["WorkGroupName"]) == ("SELECT 2", "why", name)
    assert [statement["StatementName"] for statement in batch["PreparedStatements"]] == ["one"]
    assert [statement["StatementName"] for statement in batch["UnprocessedPreparedStatementNames"]] == ["two"]
    assert [statement["StatementName"] for statement in listed] == ["one"]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_prepared_statement(StatementName="one", WorkGroup="primary")


@PREPARED
def test_prepare_and_deallocate_are_statements_too(athena, group):
    name = group()

    athena.succeed("PREPARE ps FROM SELECT ? AS a", WorkGroup=name)
    executed = athena.rows("EXECUTE ps USING 'x'", WorkGroup=name)
    athena.succeed("DEALLOCATE PREPARE ps", WorkGroup=name)

    assert executed == [["x"]]
    assert athena.client.list_prepared_statements(WorkGroup=name)["PreparedStatements"] == []
