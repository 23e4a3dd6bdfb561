"""AWS::IAM::Role.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html (as at 2026-11-23)
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_list, chosen, is_error, tag_changes

_DEFAULT_SESSION_S = 3600


class Role(Resource):
    type_name = "AWS::IAM::Role"
    identifier = "RoleName"
    properties = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        }
    )
    create_only = frozenset({"Path", "RoleName"})
    attributes = frozenset({"Arn", "RoleId"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        iam, name = call.client("iam"), wanted.get("RoleName") or call.generated_name()
        optional = chosen(wanted, "Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags")
        try:
            role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(wanted["AssumeRolePolicyDocument"]), **optional)["Role"]
        except ClientError as error:
            if is_error(error, "EntityAlreadyExists"):
                raise already_exists(self, name) from error
            raise
        try:
            _set_policies(iam, name, wanted, {})
        except Exception:
            _remove(iam, name)
            raise
        return {"RoleName": name, "Arn": role["Arn"], "RoleId": role["RoleId"]}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        iam, name = call.client("iam"), had["RoleName"]
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(wanted["AssumeRolePolicyDocument"]))
        iam.update_role(
            RoleName=name, Description=wanted.get("Description", ""), MaxSessionDuration=wanted.get("MaxSessionDuration", _DEFAULT_SESSION_S)
        )
        _set_boundary(iam, name, wanted.get("PermissionsBoundary"), had.get("PermissionsBoundary"))
        _set_policies(iam, name, wanted, had)
        changed, removed = tag_changes(wanted, had)
        if changed:
            iam.tag_role(RoleName=name, Tags=as_tag_list(changed))
        if removed:
            iam.untag_role(RoleName=name, TagKeys=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            _remove(call.client("iam"), had["RoleName"])
        except ClientError as error:
            if not is_error(error, "NoSuchEntity"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        iam, name = call.client("iam"), had["RoleName"]
        role = iam.get_role(RoleName=name)["Role"]
        return {
            "RoleName": name,
            "Arn": role["Arn"],
            "RoleId": role["RoleId"],
            "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
            "ManagedPolicyArns": _attached(iam, name),
            "Policies": [
                {"PolicyName": policy, "PolicyDocument": iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]}
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            ],
        }


def _set_policies(iam: Any, name: str, wanted: Properties, had: Properties) -> None:
    new, old = set(wanted.get("ManagedPolicyArns") or []), set(had.get("ManagedPolicyArns") or [])
    for arn in sorted(new - old):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in sorted(old - new):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    documents = {policy["PolicyName"]: policy["PolicyDocument"] for policy in wanted.get("Policies") or []}
    for policy, document in documents.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    for policy in sorted({policy["PolicyName"] for policy in had.get("Policies") or []} - set(documents)):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)


def _set_boundary(iam: Any, name: str, wanted: str | None, had: str | None) -> None:
    if wanted and wanted != had:
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=wanted)
    elif had and not wanted:
        iam.delete_role_permissions_boundary(RoleName=name)


def _attached(iam: Any, name: str) -> list[str]:
    return [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]


def _remove(iam: Any, name: str) -> None:
    for arn in _attached(iam, name):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)
