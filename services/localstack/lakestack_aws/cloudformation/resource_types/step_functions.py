"""AWS::StepFunctions::StateMachine.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html (as at 2026-11-23)
"""

import json
import re
from typing import Any

import yaml
from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, ResourceError, already_exists, is_error, tag_changes

_NO_LOGGING = {"level": "OFF", "includeExecutionData": False, "destinations": []}
_NO_TRACING = {"enabled": False}
_PLACEHOLDER = re.compile(r"\$\{([a-zA-Z0-9_]+)\}")


class StateMachine(Resource):
    type_name = "AWS::StepFunctions::StateMachine"
    identifier = "Arn"
    properties = frozenset(
        {
            "Definition",
            "DefinitionS3Location",
            "DefinitionString",
            "DefinitionSubstitutions",
            "LoggingConfiguration",
            "RoleArn",
            "StateMachineName",
            "StateMachineType",
            "Tags",
            "TracingConfiguration",
        }
    )
    create_only = frozenset({"StateMachineName", "StateMachineType"})
    attributes = frozenset({"Arn", "Name", "StateMachineRevisionId"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        machines, name = call.client("stepfunctions"), wanted.get("StateMachineName") or call.generated_name(max_length=80)
        arn = call.arn("states", f"stateMachine:{name}")
        if _is_there(machines, arn):
            raise already_exists(self, arn)
        parameters: Properties = {
            "name": name,
            "type": wanted.get("StateMachineType", "STANDARD"),
            "roleArn": wanted["RoleArn"],
            "definition": _definition(call, wanted),
            "tags": _tags(wanted.get("Tags") or []),
        }
        if "LoggingConfiguration" in wanted:
            parameters["loggingConfiguration"] = _camel(wanted["LoggingConfiguration"])
        if "TracingConfiguration" in wanted:
            parameters["tracingConfiguration"] = _camel(wanted["TracingConfiguration"])
        arn = machines.create_state_machine(**parameters)["stateMachineArn"]
        return _attributes(machines, arn)

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        machines, arn = call.client("stepfunctions"), had["Arn"]
        parameters: Properties = {"definition": _definition(call, wanted), "roleArn": wanted["RoleArn"]}
        if wanted.get("LoggingConfiguration") != had.get("LoggingConfiguration"):
            parameters["loggingConfiguration"] = _camel(wanted.get("LoggingConfiguration") or _NO_LOGGING)
        if wanted.get("TracingConfiguration") != had.get("TracingConfiguration"):
            parameters["tracingConfiguration"] = _camel(wanted.get("TracingConfiguration") or _NO_TRACING)
        machines.update_state_machine(stateMachineArn=arn, **parameters)
        changed, removed = tag_changes(wanted, had)
        if changed:
            machines.tag_resource(resourceArn=arn, tags=[{"key": key, "value": value} for key, value in changed.items()])
        if removed:
            machines.untag_resource(resourceArn=arn, tagKeys=removed)
        return _attributes(machines, arn)

    def delete(self, call: Call, had: Properties) -> None:
        call.client("stepfunctions").delete_state_machine(stateMachineArn=had["Arn"])

    def read(self, call: Call, had: Properties) -> Properties:
        machine = call.client("stepfunctions").describe_state_machine(stateMachineArn=had["Arn"])
        return had | {"DefinitionString": machine["definition"], "RoleArn": machine["roleArn"], "StateMachineType": machine["type"]}


def _definition(call: Call, wanted: Properties) -> str:
    if "DefinitionString" in wanted:
        text = wanted["DefinitionString"]
    elif "Definition" in wanted:
        text = json.dumps(wanted["Definition"])
    elif location := wanted.get("DefinitionS3Location"):
        version = {"VersionId": location["Version"]} if location.get("Version") else {}
        text = call.client("s3").get_object(Bucket=location["Bucket"], Key=location["Key"], **version)["Body"].read().decode()
        if not text.lstrip().startswith("{"):
            text = json.dumps(yaml.safe_load(text))
    else:
        raise ResourceError("A state machine needs one of Definition, DefinitionString and DefinitionS3Location.")
    return _substituted(text, wanted.get("DefinitionSubstitutions"))


def _substituted(text: str, substitutions: Properties | None) -> str:
    if substitutions is None:
        return text

    def value_of(placeholder: re.Match[str]) -> str:
        name = placeholder.group(1)
        if name not in substitutions:
            raise ResourceError(
                f"The definition has ${{{name}}}, but DefinitionSubstitutions names only {', '.join(sorted(substitutions)) or 'nothing'}."
            )
        return str(substitutions[name])

    return _PLACEHOLDER.sub(value_of, text)


def _is_there(machines: Any, arn: str) -> bool:
    try:
        machines.describe_state_machine(stateMachineArn=arn)
    except ClientError as error:
        if is_error(error, "StateMachineDoesNotExist"):
            return False
        raise
    return True


def _attributes(machines: Any, arn: str) -> Properties:
    machine = machines.describe_state_machine(stateMachineArn=arn)
    return {"Arn": arn, "Name": machine["name"], "StateMachineRevisionId": machine.get("revisionId") or "INITIAL"}


def _tags(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"key": tag["Key"], "value": tag["Value"]} for tag in tags]


def _camel(value: Any) -> Any:
    """Return `value` with the keys of the API, whose first letter is small."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(entry) for key, entry in value.items()}
    return [_camel(entry) for entry in value] if isinstance(value, list) else value
