"""What the resource types work out before they call a service."""

import pytest
from lakestack_aws.cloudformation.resource import Call, ResourceError, tag_changes
from lakestack_aws.cloudformation.resource_types import RESOURCES
from lakestack_aws.cloudformation.resource_types.athena import configuration_updates
from lakestack_aws.cloudformation.resource_types.s3_lifecycle import lifecycle_rule


def test_a_property_that_is_not_implemented_fails_by_its_name():
    bucket = RESOURCES["AWS::S3::Bucket"]()

    with pytest.raises(ResourceError, match="ReplicationConfiguration of AWS::S3::Bucket"):
        bucket.check({"BucketName": "b", "ReplicationConfiguration": {}})


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)
def test_what_replaces_and_what_identifies_a_resource_are_properties_of_it(resource):
    outermost = {path.split("/")[0] for path in resource.create_only}

    assert outermost <= resource.properties
    assert resource.identifier in resource.properties | resource.attributes


def test_tags_are_set_and_removed_as_they_differ():
    wanted = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "new"}]}
    had = {"Tags": [{"Key": "b", "Value": "old"}, {"Key": "c", "Value": "3"}]}

    assert tag_changes(wanted, had) == ({"a": "1", "b": "new"}, ["c"])


def test_a_generated_name_keeps_within_its_length():
    call = Call(lambda _: None, "000000000000", "us-east-1", "a-stack-with-a-long-name", "ALogicalIdThatIsLongToo")

    name = call.generated_name(max_length=40)

    assert len(name) == 40
    assert name.startswith("a-stack-with-a-long-name-AL")


def test_a_lifecycle_rule_is_turned_into_the_apis_words():
    rule = {
        "Id": "x",
        "Status": "Enabled",
        "Prefix": "a/",
        "ExpirationInDays": 30,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 7}],
    }

    assert lifecycle_rule(rule) == {
        "ID": "x",
        "Status": "Enabled",
        "Filter": {"Prefix": "a/"},
        "Expiration": {"Days": 30},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        "Transitions": [{"StorageClass": "GLACIER", "Days": 7}],
    }


def test_a_lifecycle_rule_for_everything_has_an_empty_prefix():
    assert lifecycle_rule({"Status": "Enabled", "ExpirationInDays": 1})["Filter"] == {"Prefix": ""}


def test_several_conditions_of_a_lifecycle_rule_are_joined():
    rule = {"Status": "Enabled", "Prefix": "a/", "TagFilters": [{"Key": "k", "Value": "v"}]}

    assert lifecycle_rule(rule)["Filter"] == {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}]}}


def test_an_unknown_part_of_a_lifecycle_rule_fails_by_its_name():
    with pytest.raises(ResourceError, match="Weekday"):
        lifecycle_rule({"Status": "Enabled", "Weekday": "Monday"})


def test_what_a_work_groups_template_no_longer_says_is_removed():
    had = {"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfiguration": {"OutputLocation": "s3://b/", "EncryptionConfiguration": {}}}

    updates = configuration_updates({"ResultConfiguration": {"OutputLocation": "s3://c/"}}, had)

    assert updates == {
        "RemoveBytesScannedCutoffPerQuery": True,
        "ResultConfigurationUpdates": {"OutputLocation": "s3://c/", "RemoveEncryptionConfiguration": True},
    }
