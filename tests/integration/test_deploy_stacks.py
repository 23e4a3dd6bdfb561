"""Change sets against a running stack: what failed first is said, and nothing is left of it."""

import json
import uuid

import pytest
from deploying.errors import DeployError
from deploying.stacks import Stacks

FAILURE_URL = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html"
CHANGE_SET_URL = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html"


@pytest.fixture
def stacks(stack):
    return Stacks(stack.client("cloudformation"), 0.1)


@pytest.fixture
def stack_name(stack):
    name = f"test-{uuid.uuid4().hex[:8]}"
    yield name
    stack.client("cloudformation").delete_stack(StackName=name)


def template(**resources):
    return {"TemplateBody": json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})}


def topic(name):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


def apply(stacks, stack_name, body):
    change_set = stacks.propose(stack_name, body, {})
    if change_set.changes:
        stacks.execute(change_set)
    return change_set


@pytest.mark.aws_documented(CHANGE_SET_URL)
def test_the_same_template_twice_is_no_change(stacks, stack_name):
    body = template(Topic=topic(stack_name))
    apply(stacks, stack_name, body)

    again = apply(stacks, stack_name, body)

    assert again.changes == ()


@pytest.mark.aws_documented(CHANGE_SET_URL)
def test_what_changes_is_known_before_it_does(stack, stacks, stack_name):
    log_group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/{stack_name}", "RetentionInDays": 1}}
    apply(stacks, stack_name, template(Topic=topic(stack_name), Log=log_group))
    log_group["Properties"]["RetentionInDays"] = 3

    change_set = stacks.propose(stack_name, template(Log=log_group), {})

    assert {(change.action, change.logical_id) for change in change_set.changes} == {("Modify", "Log"), ("Remove", "Topic")}
    (described,) = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"/{stack_name}")["logGroups"]
    assert described["retentionInDays"] == 1


@pytest.mark.aws_documented(FAILURE_URL)
def test_a_create_that_fails_says_why_and_leaves_nothing(stack, stacks, stack_name):
    table = {
        "Type": "AWS::Glue::Table",
        "Properties": {"CatalogId": "000000000000", "DatabaseName": f"{stack_name}-gone", "TableInput": {"Name": "t"}},
    }

    with pytest.raises(DeployError, match=r"Table \(AWS::Glue::Table\) is CREATE_FAILED: .*[Dd]atabase"):
        apply(stacks, stack_name, template(Topic=topic(stack_name), Table={**table, "DependsOn": "Topic"}))

    topics = [one["TopicArn"] for one in stack.client("sns").list_topics()["Topics"]]
    assert not [arn for arn in topics if arn.endswith(stack_name)]


@pytest.mark.aws_documented(FAILURE_URL)
def test_after_a_failed_create_the_next_deploy_starts_afresh(stack, stacks, stack_name):
    broken = {
        "Type": "AWS::Glue::Table",
        "Properties": {"CatalogId": "000000000000", "DatabaseName": f"{stack_name}-gone", "TableInput": {"Name": "t"}},
    }
    with pytest.raises(DeployError):
        apply(stacks, stack_name, template(Table=broken))

    apply(stacks, stack_name, template(Topic=topic(stack_name)))

    (described,) = stack.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    assert described["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.aws_documented(FAILURE_URL)
def test_an_update_that_fails_is_undone(stack, stacks, stack_name):
    log_group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/{stack_name}", "RetentionInDays": 1}}
    apply(stacks, stack_name, template(Log=log_group))
    broken = {
        "Type": "AWS::Glue::Table",
        "DependsOn": "Log",
        "Properties": {"CatalogId": "000000000000", "DatabaseName": f"{stack_name}-gone", "TableInput": {"Name": "t"}},
    }
    changed = {**log_group, "Properties": {**log_group["Properties"], "RetentionInDays": 3}}

    with pytest.raises(DeployError, match="UPDATE_ROLLBACK_COMPLETE"):
        apply(stacks, stack_name, template(Log=changed, Table=broken))

    (described,) = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"/{stack_name}")["logGroups"]
    assert described["retentionInDays"] == 1
