"""Requests are checked against the service model before anything else."""

import botocore.session
import pytest
from lakestack_aws.glue.errors import ValidationException
from lakestack_aws.glue.validation import validate


@pytest.fixture(scope="module")
def shape_of():
    model = botocore.session.get_session().get_service_model("glue")
    return lambda operation: model.operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("operation", "request_", "problem"),
    [
        ("GetTable", {"Name": "t"}, "Value null at 'databaseName' failed to satisfy constraint: Member must not be null"),
        ("GetDatabase", {"Name": ""}, "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        (
            "CreateDatabase",
            {"DatabaseInput": {"Name": "x" * 256}},
            f"Value '{'x' * 256}' at 'databaseInput.name' failed to satisfy constraint: Member must have length less than or equal to 255",
        ),
        (
            "GetTables",
            {"DatabaseName": "d", "MaxResults": 101},
            "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
        ),
        (
            "CreatePartition",
            {"DatabaseName": "d", "TableName": "t", "PartitionInput": {"Values": ["a", ""]}},
            "Value '' at 'partitionInput.values.2.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "GetDatabases",
            {"ResourceShareType": "MINE"},
            "Value 'MINE' at 'resourceShareType' failed to satisfy constraint: Member must satisfy enum value set: [FOREIGN, ALL, FEDERATED]",
        ),
    ],
)
def test_a_request_that_breaks_the_model_is_refused_with_the_place_and_the_rule(shape_of, operation, request_, problem):
    with pytest.raises(ValidationException) as refused:
        validate(shape_of(operation), request_)

    assert refused.value.message == f"1 validation error detected: {problem}"


def test_all_problems_are_said_at_once(shape_of):
    with pytest.raises(ValidationException, match=r"^2 validation errors detected: .*'databaseName'.*; .*'name'"):
        validate(shape_of("GetTable"), {})


def test_a_request_that_fits_passes(shape_of):
    validate(shape_of("CreateTable"), {"DatabaseName": "d", "TableInput": {"Name": "t", "Parameters": {"a": "b"}, "Retention": 0}})
