"""Change sets, and the first failure of those that fail."""

import pytest
from deploying.errors import DeployError
from deploying.stacks import Change, Stacks, first_failure

from tests.unit.deploy.fakes import FakeCloudFormation

TEMPLATE = {"TemplateBody": "{}"}


def resource_change(logical_id="Job", **more):
    return {"ResourceChange": {"Action": "Modify", "LogicalResourceId": logical_id, "ResourceType": "AWS::Glue::Job", **more}}


def event(logical_id, status, reason=""):
    return {
        "EventId": logical_id + status,
        "LogicalResourceId": logical_id,
        "ResourceType": "AWS::T",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def propose(fake):
    return Stacks(fake, 0).propose("stack", TEMPLATE, {})


@pytest.mark.parametrize(("status", "change_set_type"), [(None, "CREATE"), ("REVIEW_IN_PROGRESS", "CREATE"), ("UPDATE_COMPLETE", "UPDATE")])
def test_a_stack_that_is_not_there_is_created_and_one_that_is_there_updated(status, change_set_type):
    fake = FakeCloudFormation(status=status, changes=[resource_change()])

    propose(fake)

    assert ("create_change_set", change_set_type) in fake.calls


def test_the_changes_of_every_page_are_told():
    details = [{"Target": {"Attribute": "Properties", "Name": "Timeout"}}, {"Target": {"Attribute": "Tags"}}]
    fake = FakeCloudFormation(status="CREATE_COMPLETE", changes=[resource_change("A", Replacement="True", Details=details), resource_change("B")])

    changes = propose(fake).changes

    assert changes == (
        Change("Modify", "A", "AWS::Glue::Job", "True", ("Tags", "Timeout")),
        Change("Modify", "B", "AWS::Glue::Job", "", ()),
    )


def test_a_change_set_without_changes_is_removed_again():
    fake = FakeCloudFormation(status="CREATE_COMPLETE", change_set_status="FAILED", reason="The submitted information didn't contain changes.")

    assert propose(fake).changes == ()
    assert fake.calls[-1] == ("delete_change_set", "change-set")


def test_a_refused_template_is_an_error_with_its_reason():
    fake = FakeCloudFormation(change_set_status="FAILED", reason="Unrecognized resource types: [AWS::Glue::Jab]")

    with pytest.raises(DeployError, match="AWS::Glue::Jab"):
        propose(fake)


def test_a_first_create_that_failed_is_cleared_away_before_the_next():
    fake = FakeCloudFormation(status="ROLLBACK_COMPLETE", changes=[resource_change()])

    propose(fake)

    assert fake.calls == [("delete_stack", "stack"), ("create_change_set", "CREATE")]


def test_a_failed_execution_says_what_failed_first_and_why():
    events = [
        event("Table", "CREATE_FAILED", "Resource creation cancelled"),
        event("Rule", "CREATE_FAILED", "later"),
        event("Job", "UPDATE_FAILED", "Role is not there"),
        event("Job", "UPDATE_IN_PROGRESS"),
    ]
    fake = FakeCloudFormation(status="CREATE_COMPLETE", changes=[resource_change()], ends_as="UPDATE_ROLLBACK_COMPLETE", events=events)
    stacks = Stacks(fake, 0)

    with pytest.raises(DeployError, match=r"stack is UPDATE_ROLLBACK_COMPLETE\. Job \(AWS::T\) is UPDATE_FAILED: Role is not there"):
        stacks.execute(stacks.propose("stack", TEMPLATE, {}))


def test_what_was_only_cancelled_is_not_the_reason():
    assert first_failure([event("Table", "CREATE_FAILED", "Resource creation cancelled")]) == "No event says why."


@pytest.mark.parametrize(("status", "parameters"), [(None, {}), ("UPDATE_COMPLETE", {"CoordinationStore": "dynamodb"})])
def test_what_a_stack_was_deployed_with_is_known(status, parameters):
    stacks = Stacks(FakeCloudFormation(status=status, parameters=parameters), 0)

    assert stacks.parameters("stack") == parameters
