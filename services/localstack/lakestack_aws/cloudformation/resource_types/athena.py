"""AWS::Athena::WorkGroup and AWS::Athena::PreparedStatement.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Athena.html (as at 2026-11-23)
"""

from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_list, chosen, is_error, tag_changes

# Of WorkGroupConfiguration, with what UpdateWorkGroup calls their removal.
_REMOVABLE_RESULTS = {
    "OutputLocation": "RemoveOutputLocation",
    "EncryptionConfiguration": "RemoveEncryptionConfiguration",
    "ExpectedBucketOwner": "RemoveExpectedBucketOwner",
    "AclConfiguration": "RemoveAclConfiguration",
}
_ABSENT = ("is not found", "was not found", "does not exist")


class WorkGroup(Resource):
    type_name = "AWS::Athena::WorkGroup"
    identifier = "Name"
    properties = frozenset({"Description", "Name", "RecursiveDeleteOption", "State", "Tags", "WorkGroupConfiguration"})
    create_only = frozenset({"Name"})
    attributes = frozenset({"CreationTime"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        athena, name = call.client("athena"), wanted["Name"]
        if _is_there(athena.get_work_group, WorkGroup=name):
            raise already_exists(self, name)
        configuration = {"Configuration": wanted["WorkGroupConfiguration"]} if "WorkGroupConfiguration" in wanted else {}
        athena.create_work_group(Name=name, **configuration, **chosen(wanted, "Description", "Tags"))
        if wanted.get("State") == "DISABLED":
            athena.update_work_group(WorkGroup=name, State="DISABLED")
        created_at = athena.get_work_group(WorkGroup=name)["WorkGroup"].get("CreationTime")
        return {"CreationTime": str(int(created_at.timestamp())) if created_at else ""}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        athena, name = call.client("athena"), had["Name"]
        athena.update_work_group(
            WorkGroup=name,
            Description=wanted.get("Description", ""),
            State=wanted.get("State", "ENABLED"),
            ConfigurationUpdates=configuration_updates(wanted.get("WorkGroupConfiguration") or {}, had.get("WorkGroupConfiguration") or {}),
        )
        changed, removed = tag_changes(wanted, had)
        arn = call.arn("athena", f"workgroup/{name}")
        if changed:
            athena.tag_resource(ResourceARN=arn, Tags=as_tag_list(changed))
        if removed:
            athena.untag_resource(ResourceARN=arn, TagKeys=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        athena = call.client("athena")
        if _is_there(athena.get_work_group, WorkGroup=had["Name"]):
            athena.delete_work_group(WorkGroup=had["Name"], RecursiveDeleteOption=had.get("RecursiveDeleteOption", False))

    def read(self, call: Call, had: Properties) -> Properties:
        group = call.client("athena").get_work_group(WorkGroup=had["Name"])["WorkGroup"]
        return had | chosen(group, "Description", "State") | {"WorkGroupConfiguration": group.get("Configuration", {})}


class PreparedStatement(Resource):
    type_name = "AWS::Athena::PreparedStatement"
    identifier = "StatementName"
    properties = frozenset({"Description", "QueryStatement", "StatementName", "WorkGroup"})
    create_only = frozenset({"StatementName", "WorkGroup"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        athena = call.client("athena")
        if _is_there(athena.get_prepared_statement, **_key(wanted)):
            raise already_exists(self, f"{wanted['StatementName']}|{wanted['WorkGroup']}")
        athena.create_prepared_statement(**wanted)
        return {}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        call.client("athena").update_prepared_statement(**_key(had), **chosen(wanted, "Description", "QueryStatement"))
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        athena = call.client("athena")
        if _is_there(athena.get_prepared_statement, **_key(had)):
            athena.delete_prepared_statement(**_key(had))

    def read(self, call: Call, had: Properties) -> Properties:
        statement = call.client("athena").get_prepared_statement(**_key(had))["PreparedStatement"]
        return had | chosen(statement, "Description", "QueryStatement")


def configuration_updates(wanted: Properties, had: Properties) -> Properties:
    """Return a work group's configuration as UpdateWorkGroup wants it, removals included."""
    updates = {name: value for name, value in wanted.items() if name != "ResultConfiguration"}
    if "BytesScannedCutoffPerQuery" in had and "BytesScannedCutoffPerQuery" not in wanted:
        updates["RemoveBytesScannedCutoffPerQuery"] = True
    new, old = wanted.get("ResultConfiguration") or {}, had.get("ResultConfiguration") or {}
    results = dict(new) | {removal: True for name, removal in _REMOVABLE_RESULTS.items() if name in old and name not in new}
    return updates | ({"ResultConfigurationUpdates": results} if results else {})


def _key(properties: Properties) -> Properties:
    return chosen(properties, "StatementName", "WorkGroup")


def _is_there(get: Any, **key: Any) -> bool:
    try:
        get(**key)
    except ClientError as error:
        message = error.response["Error"].get("Message", "")
        if is_error(error, "ResourceNotFoundException") or any(words in message for words in _ABSENT):
            return False
        raise
    return True
