"""infra/ as it lies there and as it is packaged."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml
from deploying.errors import DeployError
from deploying.package import fill_in_queries
from lakehouse import tables

CFN_LINT = Path(sys.executable).with_name("cfn-lint")
INFRA = Path(__file__).parents[3] / "infra"
TEMPLATE = cfn_yaml.loads((INFRA / "template.yaml").read_text())
RESOURCES = TEMPLATE["Resources"]


def of_type(resource_type: str) -> dict[str, dict]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == resource_type}


TABLE_INPUTS = {properties["TableInput"]["Name"]: properties["TableInput"] for properties in of_type("AWS::Glue::Table").values()}


def lint(*paths: Path) -> str:
    linted = subprocess.run([CFN_LINT, *paths], capture_output=True, text=True, check=False)
    return linted.stdout + linted.stderr


def test_what_goes_to_cloudformation_passes_cfn_lint_and_holds_the_queries(tmp_path):
    sql = tmp_path / "sql"
    sql.mkdir()
    (tmp_path / "infra").mkdir()
    for name in ("validate_orders", "top_customers", "rejected_records_analysis", "accounting"):
        (sql / f"{name}.sql").write_text(f'-- "{name}": one row\nselect \'a\\b\' as "{name}"\n')
    packaged = tmp_path / "packaged.yaml"
    packaged.write_text(fill_in_queries((INFRA / "template.yaml").read_text(), tmp_path / "infra"))

    statement = cfn_yaml.loads(packaged.read_text())["Resources"]["TopCustomers"]["Properties"]["QueryStatement"]

    assert statement == '-- "top_customers": one row\nselect \'a\\b\' as "top_customers"\n'
    assert lint(INFRA / "bootstrap.yaml", packaged) == ""


def test_a_query_that_is_not_there_is_named():
    with pytest.raises(DeployError, match=re.escape("names ../sql/gone.sql, which is not there")):
        fill_in_queries("      QueryStatement: ../sql/gone.sql", INFRA)


@pytest.mark.parametrize("table", [*tables.DELTA_TABLES, tables.INGESTION_LOG], ids=lambda table: table.name)
def test_a_table_is_registered_with_the_columns_that_the_jobs_write(table):
    registered = TABLE_INPUTS[table.name]
    columns = [(column["Name"], column["Type"]) for column in registered["StorageDescriptor"]["Columns"]]
    partitions = [(column["Name"], column["Type"]) for column in registered["PartitionKeys"]]

    types = dict(table.columns)

    assert columns == [column for column in table.columns if column[0] not in table.partitions]
    assert partitions == [(name, types[name]) for name in table.partitions]


@pytest.mark.parametrize("table", tables.DELTA_TABLES, ids=lambda table: table.name)
def test_a_delta_table_carries_spark_s_schema_and_its_own_path(table):
    registered = TABLE_INPUTS[table.name]
    parameters = registered["Parameters"]
    fields = json.loads(parameters["spark.sql.sources.schema.part.0"])["fields"]

    assert [field["name"] for field in fields] == [name for name, _ in table.columns]
    assert [field["name"] for field in fields if not field["nullable"]] == list(table.not_null)
    assert [parameters[f"spark.sql.sources.schema.partCol.{n}"] for n, _ in enumerate(table.partitions)] == list(table.partitions)
    location = registered["StorageDescriptor"]["Location"]["Fn::Sub"]
    assert location == registered["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"]["Fn::Sub"] == f"s3://${{LakeBucket}}/{table.prefix}/"


def test_no_other_table_is_registered():
    assert set(TABLE_INPUTS) == {table.name for table in (*tables.DELTA_TABLES, tables.INGESTION_LOG)}


def test_every_prepared_statement_is_a_file_of_sql():
    statements = {properties["StatementName"]: properties["QueryStatement"] for properties in of_type("AWS::Athena::PreparedStatement").values()}

    assert statements == {name: f"../sql/{name}.sql" for name in ("validate_orders", "top_customers", "rejected_records_analysis", "accounting")}


def if_wanted(statement):
    """Return the statement that a condition holds in."""
    return statement["Fn::If"][1] if "Fn::If" in statement else statement


@pytest.mark.parametrize("role", of_type("AWS::IAM::Role").values(), ids=of_type("AWS::IAM::Role"))
def test_a_role_may_do_nothing_to_everything(role):
    statements = [if_wanted(statement) for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
    actions_on_everything = {action for statement in statements if statement["Resource"] == "*" for action in statement["Action"]}
    wildcards = [
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if "*" in action
    ]

    # Log delivery knows no narrower resource.
    assert {action for action in actions_on_everything if not action.startswith("logs:")} == set()
    assert wildcards == []


def test_only_where_claims_lie_in_dynamodb_is_there_a_table_and_a_right_to_it():
    statements = {
        name: [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"] if "dynamodb" in str(statement)]
        for name, role in of_type("AWS::IAM::Role").items()
    }
    conditional = {name: found[0]["Fn::If"] for name, found in statements.items() if found}

    assert RESOURCES["CoordinationTable"]["Condition"] == "CoordinatesInDynamoDB"
    assert all(branches[::2] == ["CoordinatesInDynamoDB", {"Ref": "AWS::NoValue"}] for branches in conditional.values())
    assert {name: branches[1]["Action"] for name, branches in conditional.items()} == {
        "CheckMarkerRole": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "ConvertExcelRole": "dynamodb:GetItem",
        "ConvertExcelJobRole": "dynamodb:GetItem",
        "EtlRole": "dynamodb:GetItem",
        "CompactTablesRole": "dynamodb:GetItem",
    }


@pytest.mark.parametrize("word", ["4566", "endpoint_url", "localstack"])
def test_infra_knows_nothing_of_the_emulation(word):
    assert [path.name for path in INFRA.rglob("*.yaml") if word in path.read_text().lower()] == []
