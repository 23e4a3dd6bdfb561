"""Clients of a stack take nothing of the user's, and their errors are explained."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from lakestack.client import Clients, aws_errors_explained
from lakestack.errors import PipelineError


def test_credentials_are_dummies_whatever_the_user_has(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "gone")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")

    client = Clients("http://127.0.0.1:1", "us-east-1").client("s3")

    credentials = client._get_credentials()
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("test", "test", None)
    assert client.meta.endpoint_url == "http://127.0.0.1:1"


def explained(error):
    with pytest.raises(PipelineError) as caught, aws_errors_explained():
        raise error
    return str(caught.value)


def test_a_stack_that_is_down_says_how_to_start_it():
    assert explained(EndpointConnectionError(endpoint_url="http://127.0.0.1:1")) == (
        "Nothing answers at http://127.0.0.1:1. Start the stack with: lakestack up --detach"
    )


def test_a_missing_bucket_says_how_to_deploy():
    error = ClientError({"Error": {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"}}, "PutObject")

    assert explained(error).endswith("Deploy it with: lakestack deploy")


def test_any_other_refusal_names_operation_and_code():
    error = ClientError({"Error": {"Code": "InvalidRequestException", "Message": "line 1:1: mismatched input"}}, "StartQueryExecution")

    assert explained(error) == "StartQueryExecution answered InvalidRequestException: line 1:1: mismatched input"
