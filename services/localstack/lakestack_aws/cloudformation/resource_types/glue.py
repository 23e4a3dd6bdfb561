"""AWS::Glue::Database, AWS::Glue::Table and AWS::Glue::Job.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Glue.html (as at 2026-11-23)
"""

from typing import Any

from botocore.exceptions import ClientError

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, already_exists, as_tag_map, as_texts, chosen, is_error, tag_changes

_GONE = "EntityNotFoundException"
_TAKEN = ("AlreadyExistsException", "IdempotentParameterMismatchException")


class Database(Resource):
    type_name = "AWS::Glue::Database"
    identifier = "DatabaseName"
    properties = frozenset({"CatalogId", "DatabaseInput", "DatabaseName"})
    create_only = frozenset({"CatalogId", "DatabaseInput/Name", "DatabaseName"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        name = wanted.get("DatabaseName") or wanted["DatabaseInput"].get("Name") or call.generated_name().lower()
        try:
            call.client("glue").create_database(**_catalog(wanted), DatabaseInput=wanted["DatabaseInput"] | {"Name": name})
        except ClientError as error:
            raise _taken(self, name, error) from error
        return {"DatabaseName": name}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        name = had["DatabaseName"]
        call.client("glue").update_database(**_catalog(wanted), Name=name, DatabaseInput=wanted["DatabaseInput"] | {"Name": name})
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        _unless_gone(call.client("glue").delete_database, **_catalog(had), Name=had["DatabaseName"])

    def read(self, call: Call, had: Properties) -> Properties:
        return had | {"DatabaseInput": call.client("glue").get_database(**_catalog(had), Name=had["DatabaseName"])["Database"]}


class Table(Resource):
    type_name = "AWS::Glue::Table"
    identifier = "Id"
    properties = frozenset({"CatalogId", "DatabaseName", "OpenTableFormatInput", "TableInput"})
    create_only = frozenset({"CatalogId", "DatabaseName", "OpenTableFormatInput", "TableInput/Name"})
    attributes = frozenset({"Id"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        name = wanted["TableInput"].get("Name") or call.generated_name().lower()
        parameters = chosen(wanted, "CatalogId", "DatabaseName", "OpenTableFormatInput")
        try:
            call.client("glue").create_table(**parameters, TableInput=wanted["TableInput"] | {"Name": name})
        except ClientError as error:
            raise _taken(self, name, error) from error
        return {"Id": name}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        parameters = chosen(wanted, "CatalogId", "DatabaseName")
        call.client("glue").update_table(**parameters, TableInput=wanted["TableInput"] | {"Name": had["Id"]})
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        _unless_gone(call.client("glue").delete_table, **chosen(had, "CatalogId", "DatabaseName"), Name=had["Id"])

    def read(self, call: Call, had: Properties) -> Properties:
        table = call.client("glue").get_table(**chosen(had, "CatalogId", "DatabaseName"), Name=had["Id"])["Table"]
        return had | {"TableInput": table}


class Job(Resource):
    type_name = "AWS::Glue::Job"
    identifier = "Name"
    properties = frozenset(
        {
            "AllocatedCapacity",
            "Command",
            "Connections",
            "DefaultArguments",
            "Description",
            "ExecutionClass",
            "ExecutionProperty",
            "GlueVersion",
            "JobMode",
            "JobRunQueuingEnabled",
            "LogUri",
            "MaintenanceWindow",
            "MaxCapacity",
            "MaxRetries",
            "Name",
            "NonOverridableArguments",
            "NotificationProperty",
            "NumberOfWorkers",
            "Role",
            "SecurityConfiguration",
            "Tags",
            "Timeout",
            "WorkerType",
        }
    )
    create_only = frozenset({"Name"})

    def create(self, call: Call, wanted: Properties) -> Properties:
        glue, name = call.client("glue"), wanted.get("Name") or call.generated_name()
        if _has_job(glue, name):
            raise already_exists(self, name)
        glue.create_job(**_settings(wanted), Name=name, Tags=as_tag_map(wanted.get("Tags")))
        return {"Name": name}

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:
        glue = call.client("glue")
        # UpdateJob replaces the whole definition: what is not named goes back to its default.
        glue.update_job(JobName=had["Name"], JobUpdate=_settings(wanted))
        changed, removed = tag_changes(wanted, had)
        arn = call.arn("glue", f"job/{had['Name']}")
        if changed:
            glue.tag_resource(ResourceArn=arn, TagsToAdd=changed)
        if removed:
            glue.untag_resource(ResourceArn=arn, TagsToRemove=removed)
        return {}

    def delete(self, call: Call, had: Properties) -> None:
        _unless_gone(call.client("glue").delete_job, JobName=had["Name"])

    def read(self, call: Call, had: Properties) -> Properties:
        return had | call.client("glue").get_job(JobName=had["Name"])["Job"]


def _catalog(properties: Properties) -> Properties:
    return chosen(properties, "CatalogId")


def _settings(wanted: Properties) -> Properties:
    arguments = {name: as_texts(wanted[name]) for name in ("DefaultArguments", "NonOverridableArguments") if name in wanted}
    return {name: value for name, value in wanted.items() if name not in {"Name", "Tags"}} | arguments


def _has_job(glue: Any, name: str) -> bool:
    try:
        glue.get_job(JobName=name)
    except ClientError as error:
        if is_error(error, _GONE):
            return False
        raise
    return True


def _taken(resource: Resource, name: str, error: ClientError) -> Exception:
    return already_exists(resource, name) if is_error(error, *_TAKEN) else error


def _unless_gone(operation: Any, **parameters: Any) -> None:
    try:
        operation(**parameters)
    except ClientError as error:
        if not is_error(error, _GONE):
            raise
