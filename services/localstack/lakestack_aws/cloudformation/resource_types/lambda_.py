"""AWS::Lambda::Function and AWS::Lambda::Permission.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html (as at 2026-11-23)
"""

import io
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import (
    Call,
    Properties,
    Resource,
    ResourceError,
    already_exists,
    as_tag_map,
    as_texts,
    chosen,
    is_error,
    tag_changes,
    wait_until,
)

# What AWS sets a property back to when a template no longer names it.
_DEFAULTS: Properties = {
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "MemorySize": 128,
    "Timeout": 3,
    "DeadLetterConfig": {"TargetArn": ""},
    "TracingConfig": {"Mode": "PassThrough"},
    "LoggingConfig": {"LogFormat": "Text"},
}
_CONFIGURATION = (*_DEFAULTS, "Handler", "Role", "Runtime")


class Function(Resource):
    type_name = "AWS::Lambda::Function"
    identifier = "FunctionName"
    properties = frozenset({*_CONFIGURATION, "Architectures", "Code", "FunctionName", "PackageType", "ReservedConcurrentExecutions", "Tags"})
    create_only = frozenset({"FunctionName", "PackageType"})
    attributes = frozenset({"Arn"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        functions, name = call.client("lambda"), wanted.get("FunctionName") or call.generated_name()
        wanted = _with_variables_as_text(wanted)
        parameters = chosen(wanted, *_CONFIGURATION, "Architectures", "PackageType")
        try:
            arn = functions.create_function(FunctionName=name, Code=_code(wanted["Code"]), Tags=as_tag_map(wanted.get("Tags")), **parameters)[
                "FunctionArn"
            ]
        except ClientError as error:
            if is_error(error, "ResourceConflictException"):
                raise already_exists(self, name) from error
            raise
        try:
            _wait(functions, name)
            _set_concurrency(functions, name, wanted.get("ReservedConcurrentExecutions"), None)
        except Exception:
            functions.delete_function(FunctionName=name)
            raise
        return {"FunctionName": name, "Arn": arn}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        functions, name = call.client("lambda"), had["FunctionName"]
        wanted, had = _with_variables_as_text(wanted), _with_variables_as_text(had)
        if wanted["Code"] != had.get("Code") or wanted.get("Architectures") != had.get("Architectures"):
            functions.update_function_code(FunctionName=name, Architectures=wanted.get("Architectures") or ["x86_64"], **_code(wanted["Code"]))
            _wait(functions, name)
        changes = {key: wanted.get(key, _DEFAULTS.get(key)) for key in _CONFIGURATION if wanted.get(key) != had.get(key)}
        if changes:
            functions.update_function_configuration(FunctionName=name, **changes)
            _wait(functions, name)
        _set_concurrency(functions, name, wanted.get("ReservedConcurrentExecutions"), had.get("ReservedConcurrentExecutions"))
        changed, removed = tag_changes(wanted, had)
        if changed:
            functions.tag_resource(Resource=had["Arn"], Tags=changed)
        if removed:
            functions.untag_resource(Resource=had["Arn"], TagKeys=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("lambda").delete_function(FunctionName=had["FunctionName"])
        except ClientError as error:
            if not is_error(error, "ResourceNotFoundException"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        return had | call.client("lambda").get_function(FunctionName=had["FunctionName"])["Configuration"]


def _with_variables_as_text(properties: Properties) -> Properties:
    variables = properties.get("Environment", {}).get("Variables", {})
    return {**properties, "Environment": {"Variables": as_texts(variables)}} if variables else properties


class Permission(Resource):
    type_name = "AWS::Lambda::Permission"
    identifier = "Id"
    properties = frozenset(
        {"Action", "EventSourceToken", "FunctionName", "FunctionUrlAuthType", "Principal", "PrincipalOrgID", "SourceAccount", "SourceArn"}
    )
    create_only = properties
    attributes = frozenset({"Id"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        statement = call.generated_name()
        call.client("lambda").add_permission(StatementId=statement, **wanted)
        return {"Id": statement}

    def delete(self, call: Call, had: Properties) -> None:
        try:
            call.client("lambda").remove_permission(FunctionName=had["FunctionName"], StatementId=had["Id"])
        except ClientError as error:
            if not is_error(error, "ResourceNotFoundException"):
                raise

    def read(self, call: Call, had: Properties) -> Properties:
        call.client("lambda").get_policy(FunctionName=had["FunctionName"])
        return had


def _code(code: Properties) -> Properties:
    """Return the code for the API; the text of ZipFile becomes index.py in a zip, as CloudFormation does it."""
    if "ZipFile" not in code:
        return chosen(code, "S3Bucket", "S3Key", "S3ObjectVersion")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("index.py")
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, code["ZipFile"])
    return {"ZipFile": buffer.getvalue()}


def _wait(functions: Any, name: str) -> None:
    def is_settled() -> bool:
        configuration = functions.get_function_configuration(FunctionName=name)
        if configuration["State"] == "Failed" or configuration.get("LastUpdateStatus") == "Failed":
            raise ResourceError(configuration.get("StateReason") or configuration.get("LastUpdateStatusReason") or f"Function {name} failed.")
        return configuration["State"] == "Active" and configuration.get("LastUpdateStatus", "Successful") == "Successful"

    wait_until(is_settled, f"Function {name} did not become active")


def _set_concurrency(functions: Any, name: str, wanted: Any, had: Any) -> None:
    if wanted == had:
        return
    if wanted is None:
        functions.delete_function_concurrency(FunctionName=name)
    else:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(wanted))
