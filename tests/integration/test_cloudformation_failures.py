"""A deployment that fails is undone, says why, and removes nothing that was there before."""

import contextlib

import pytest
from botocore.exceptions import ClientError

from tests.support.deployments import Deployment, resource

FAILURE_URL = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html"
RETAIN_URL = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"
BROKEN = resource("AWS::SQS::Queue", QueueName="not a name!")


@pytest.fixture
def deployment(stack):
    deployment = Deployment(stack)
    yield deployment
    with contextlib.suppress(ClientError):
        deployment.delete()


@pytest.fixture
def queues(stack, deployment):
    """The test's queues with their visibility timeouts."""
    sqs = stack.client("sqs")

    def look():
        found = {}
        for url in sqs.list_queues(QueueNamePrefix=deployment.name).get("QueueUrls", []):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
            found[url.rpartition("-")[2]] = int(attributes["VisibilityTimeout"])
        return found

    return look


def queue(deployment, suffix, seconds=30, **more):
    return resource("AWS::SQS::Queue", QueueName=f"{deployment.name}-{suffix}", VisibilityTimeout=seconds, **more)


@pytest.mark.aws_documented(FAILURE_URL)
def test_a_first_deployment_that_fails_leaves_nothing(deployment, queues):
    described = deployment.deploy(Good=queue(deployment, "good"), Bad=BROKEN | {"DependsOn": "Good"})

    assert described["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Can only include alphanumeric characters" in deployment.reasons()["Bad"]
    assert ("Good", "DELETE_COMPLETE") in deployment.statuses()
    assert queues() == {}
    assert deployment.delete()["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.aws_documented(FAILURE_URL)
def test_an_update_that_fails_changes_back_what_it_changed_and_deletes_nothing(deployment, queues):
    deployment.deploy(Changed=queue(deployment, "changed", 30), Dropped=queue(deployment, "dropped"), Replaced=queue(deployment, "before"))
    before = queues()

    described = deployment.deploy(
        Changed=queue(deployment, "changed", 60),
        Added=queue(deployment, "added"),
        Replaced=queue(deployment, "after"),
        Bad=BROKEN | {"DependsOn": ["Changed", "Added", "Replaced"]},
    )

    assert described["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues() == before == {"changed": 30, "dropped": 30, "before": 30}
    assert deployment.physical_id("Replaced").endswith("-before")
    assert list(deployment.reasons()) == ["Bad"]


@pytest.mark.aws_documented(FAILURE_URL)
def test_after_a_failed_update_the_corrected_one_goes_through(deployment, queues):
    deployment.deploy(A=queue(deployment, "a"), B=queue(deployment, "b"))
    deployment.deploy(A=queue(deployment, "a", 60), Bad=BROKEN | {"DependsOn": "A"})

    described = deployment.deploy(A=queue(deployment, "a", 90))

    assert described["StackStatus"] == "UPDATE_COMPLETE"
    assert queues() == {"a": 90}


@pytest.mark.local_only
def test_a_property_that_is_not_implemented_fails_by_its_name(deployment):
    deployment.deploy(L=resource("AWS::Logs::LogGroup", LogGroupName=f"/{deployment.name}"))

    described = deployment.deploy(L=resource("AWS::Logs::LogGroup", LogGroupName=f"/{deployment.name}", DataProtectionPolicy={}))

    assert described["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "DataProtectionPolicy of AWS::Logs::LogGroup" in deployment.reasons()["L"]


@pytest.mark.local_only
def test_an_update_that_a_type_does_not_have_fails_by_its_name(deployment):
    def policy(action):
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return resource("AWS::IAM::ManagedPolicy", PolicyDocument={"Version": "2012-10-17", "Statement": [statement]})

    deployment.deploy(P=policy("s3:GetObject"))

    described = deployment.deploy(P=policy("s3:PutObject"))

    assert described["StackStatus"].startswith("UPDATE_ROLLBACK")
    assert "cannot update a resource of type AWS::IAM::ManagedPolicy" in deployment.reasons()["P"]


@pytest.mark.aws_documented("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html")
def test_what_somebody_else_made_is_not_taken_over(stack, deployment, bucket):
    described = deployment.deploy(B=resource("AWS::S3::Bucket", BucketName=bucket))

    assert described["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in deployment.reasons()["B"]
    stack.client("s3").head_bucket(Bucket=bucket)


@pytest.mark.aws_documented(RETAIN_URL)
@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_is_to_be_retained_outlives_its_stack(stack, deployment, queues, policy):
    deployment.deploy(Kept=queue(deployment, "kept", policy=policy), Dropped=queue(deployment, "dropped"))

    described = deployment.delete()

    assert described["StackStatus"] == "DELETE_COMPLETE"
    assert list(queues()) == ["kept"]
    stack.client("sqs").delete_queue(QueueUrl=stack.client("sqs").get_queue_url(QueueName=f"{deployment.name}-kept")["QueueUrl"])


@pytest.mark.aws_documented(RETAIN_URL)
def test_what_is_retained_except_on_create_goes_with_a_failed_create(deployment, queues):
    deployment.deploy(New=queue(deployment, "new", policy="RetainExceptOnCreate"), Bad=BROKEN | {"DependsOn": "New"})

    assert queues() == {}


@pytest.mark.local_only
def test_an_unknown_type_is_refused_before_anything_is_made(deployment, queues):
    with pytest.raises(AssertionError, match="AWS::Glue::Crawler"):
        deployment.deploy(Good=queue(deployment, "good"), C=resource("AWS::Glue::Crawler", Name="c"))

    assert queues() == {}
