"""AWS::DynamoDB::Table.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html (as at 2026-11-25)
"""

from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import (
    Call,
    Properties,
    Resource,
    ResourceError,
    already_exists,
    as_tag_list,
    as_tag_map,
    chosen,
    is_error,
    tag_changes,
    wait_until,
)

_RECOVERY = "PointInTimeRecoverySpecification"
_OF_CREATE = ("AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "KeySchema", "ProvisionedThroughput")
# What UpdateTable takes, with what each goes back to when a template no longer names it.
_OF_UPDATE: Properties = {"BillingMode": "PROVISIONED", "DeletionProtectionEnabled": False, "ProvisionedThroughput": None}
_GONE = "ResourceNotFoundException"


class Table(Resource):
    type_name = "AWS::DynamoDB::Table"
    identifier = "TableName"
    properties = frozenset({*_OF_CREATE, _RECOVERY, "SSESpecification", "TableName", "Tags"})
    create_only = frozenset({"AttributeDefinitions", "KeySchema", "TableName"})
    attributes = frozenset({"Arn"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        dynamodb, name = call.client("dynamodb"), wanted.get("TableName") or call.generated_name(max_length=255)
        request = {**chosen(wanted, *_OF_CREATE), **_encryption(wanted), "Tags": as_tag_list(as_tag_map(wanted.get("Tags")))}
        try:
            arn = dynamodb.create_table(TableName=name, **request)["TableDescription"]["TableArn"]
        except ClientError as error:
            if is_error(error, "ResourceInUseException"):
                raise already_exists(self, name) from error
            raise
        _wait_until_active(dynamodb, name)
        _set_recovery(dynamodb, name, wanted)
        return {"TableName": name, "Arn": arn}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        dynamodb, name = call.client("dynamodb"), had["TableName"]
        if _encryption(wanted) != _encryption(had):
            raise ResourceError(f"lakestack does not change SSESpecification of {self.type_name} {name}; make the table anew under another name.")
        changes = {key: wanted.get(key, default) for key, default in _OF_UPDATE.items() if wanted.get(key) != had.get(key)}
        if changes := {key: value for key, value in changes.items() if value is not None}:
            dynamodb.update_table(TableName=name, **changes)
            _wait_until_active(dynamodb, name)
        if wanted.get(_RECOVERY) != had.get(_RECOVERY):
            _set_recovery(dynamodb, name, wanted)
        changed, removed = tag_changes(wanted, had)
        if changed:
            dynamodb.tag_resource(ResourceArn=had["Arn"], Tags=as_tag_list(changed))
        if removed:
            dynamodb.untag_resource(ResourceArn=had["Arn"], TagKeys=removed)
        return {"TableName": name}

    def delete(self, call: Call, had: Properties) -> None:
        dynamodb, name = call.client("dynamodb"), had["TableName"]
        try:
            dynamodb.delete_table(TableName=name)
        except ClientError as error:
            if not is_error(error, _GONE):
                raise
        wait_until(lambda: not _status(dynamodb, name), f"The table {name} was not gone")

    def read(self, call: Call, had: Properties) -> Properties:
        return had | call.client("dynamodb").describe_table(TableName=had["TableName"])["Table"]


def _encryption(wanted: Properties) -> Properties:
    """Return SSESpecification as CreateTable names its members."""
    if not (given := wanted.get("SSESpecification")):
        return {}
    is_enabled = str(given["SSEEnabled"]).lower() == "true"
    return {"SSESpecification": {"Enabled": is_enabled, **chosen(given, "SSEType", "KMSMasterKeyId")}}


def _set_recovery(dynamodb: Any, name: str, wanted: Properties) -> None:
    given = wanted.get(_RECOVERY, {})
    is_enabled = str(given.get("PointInTimeRecoveryEnabled", False)).lower() == "true"
    specification = {"PointInTimeRecoveryEnabled": is_enabled, **chosen(given, "RecoveryPeriodInDays")}
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)


def _status(dynamodb: Any, name: str) -> str:
    try:
        return str(dynamodb.describe_table(TableName=name)["Table"]["TableStatus"])
    except ClientError as error:
        if is_error(error, _GONE):
            return ""
        raise


def _wait_until_active(dynamodb: Any, name: str) -> None:
    wait_until(lambda: _status(dynamodb, name) == "ACTIVE", f"The table {name} was not ACTIVE")
