"""AWS::Logs::LogGroup.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html (as at 2026-11-23)
"""

from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_map, chosen, is_error, tag_changes


class LogGroup(Resource):
    type_name = "AWS::Logs::LogGroup"
    identifier = "LogGroupName"
    properties = frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"})
    create_only = frozenset({"LogGroupName"})
    attributes = frozenset({"Arn"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        logs, name = call.client("logs"), wanted.get("LogGroupName") or call.generated_name(max_length=512)
        parameters = {"kmsKeyId": wanted.get("KmsKeyId"), "logGroupClass": wanted.get("LogGroupClass"), "tags": as_tag_map(wanted.get("Tags"))}
        try:
            logs.create_log_group(logGroupName=name, **{key: value for key, value in parameters.items() if value})
        except ClientError as error:
            if is_error(error, "ResourceAlreadyExistsException"):
                raise already_exists(self, name) from error
            raise
        _set_retention(logs, name, wanted.get("RetentionInDays"), None)
        return {"LogGroupName": name, "Arn": call.arn("logs", f"log-group:{name}:*")}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        logs, name = call.client("logs"), had["LogGroupName"]
        _set_retention(logs, name, wanted.get("RetentionInDays"), had.get("RetentionInDays"))
        if wanted.get("KmsKeyId") != had.get("KmsKeyId"):
            if wanted.get("KmsKeyId"):
                logs.associate_kms_key(logGroupName=name, kmsKeyId=wanted["KmsKeyId"])
            else:
                logs.disassociate_kms_key(logGroupName=name)
        if chosen(wanted, "LogGroupClass") != chosen(had, "LogGroupClass"):
            # AWS's own words for it: the class of a log group is fixed.
            raise ClientError({"Error": {"Code": "InvalidRequest", "Message": "LogGroupClass cannot be updated."}}, "UpdateLogGroup")
        changed, removed = tag_changes(wanted, had)
        arn = had["Arn"].removesuffix(":*")
        if changed:
            logs.tag_resource(resourceArn=arn, tags=changed)
        if removed:
            logs.untag_resource(resourceArn=arn, tagKeys=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("logs").delete_log_group(logGroupName=had["LogGroupName"])
        except ClientError as error:
            if not is_error(error, "ResourceNotFoundException"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        groups = call.client("logs").describe_log_groups(logGroupNamePrefix=had["LogGroupName"])["logGroups"]
        (group,) = [group for group in groups if group["logGroupName"] == had["LogGroupName"]]
        return had | {"RetentionInDays": group.get("retentionInDays")}


def _set_retention(logs: Any, name: str, wanted: Any, had: Any) -> None:
    if wanted == had:
        return
    if wanted is None:
        logs.delete_retention_policy(logGroupName=name)
    else:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(wanted))
