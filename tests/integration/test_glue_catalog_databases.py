"""Glue's operations on databases, tags and functions."""

import uuid

import pytest

DATABASES = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_DatabaseInput.html")
TAGS = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_TagResource.html")


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@DATABASES
def test_a_database_is_made_in_lower_case_and_described(glue, database):
    name = f"{database}_New"
    given = {"Name": name, "Description": "all of it", "LocationUri": "s3://lake/new", "Parameters": {"owner": "me"}}

    glue.create_database(DatabaseInput=given)

    found = glue.get_database(Name=name)["Database"]
    assert {key: found[key] for key in given} == given | {"Name": name.lower()}
    assert found["CatalogId"] == "000000000000"
    assert found["CreateTime"]
    glue.delete_database(Name=name)


@DATABASES
def test_a_taken_name_is_refused(glue, database):
    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Database already exists\.$"):
        glue.create_database(DatabaseInput={"Name": database.upper()})


@DATABASES
def test_a_database_is_updated_as_a_whole(glue, database):
    glue.update_database(Name=database, DatabaseInput={"Name": database, "Description": "first"})
    glue.update_database(Name=database, DatabaseInput={"Name": database, "LocationUri": "s3://lake/second"})

    found = glue.get_database(Name=database)["Database"]
    assert found["LocationUri"] == "s3://lake/second"
    assert "Description" not in found


@DATABASES
def test_a_deleted_database_is_gone_with_its_tables(glue, database):
    glue.create_table(DatabaseName=database, TableInput={"Name": "t"})

    glue.delete_database(Name=database)

    with pytest.raises(glue.exceptions.EntityNotFoundException, match=rf"Database {database} not found\.$"):
        glue.get_database(Name=database)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName=database, Name="t")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_database(Name=database)


@DATABASES
def test_databases_are_listed_page_by_page(glue, database):
    names = [f"{database}_{number}" for number in range(3)]
    for name in names:
        glue.create_database(DatabaseInput={"Name": name})

    listed, token = [], {}
    while True:
        page = glue.get_databases(MaxResults=1, **token)
        assert len(page["DatabaseList"]) == 1
        listed += [found["Name"] for found in page["DatabaseList"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert [name for name in listed if name.startswith(database)] == [database, *names]
    assert len(listed) == len(set(listed))
    for name in names:
        glue.delete_database(Name=name)


@DATABASES
def test_of_databases_only_the_attributes_asked_for_are_listed(glue, database):
    found = glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"]

    assert {"Name": database} in found


@pytest.mark.local_only
def test_the_catalog_of_another_account_is_not_there(glue):
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Catalog 123456789012 not found\.$"):
        glue.get_databases(CatalogId="123456789012")


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html")
def test_a_request_that_breaks_the_service_model_is_refused(glue):
    with pytest.raises(
        glue.exceptions.ClientError, match="1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint"
    ) as refused:
        glue.get_databases(MaxResults=101)

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@TAGS
def test_tags_are_set_with_a_database_added_and_removed(glue):
    name = f"db_{uuid.uuid4().hex[:10]}"
    arn = f"arn:aws:glue:us-east-1:000000000000:database/{name}"
    glue.create_database(DatabaseInput={"Name": name}, Tags={"team": "data", "stage": "test"})

    glue.tag_resource(ResourceArn=arn, TagsToAdd={"stage": "live", "cost": "none"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])

    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"stage": "live", "cost": "none"}
    glue.delete_database(Name=name)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_tags(ResourceArn=arn)
    glue.create_database(DatabaseInput={"Name": name})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {}
    glue.delete_database(Name=name)


@TAGS
def test_what_is_no_arn_has_no_tags(glue):
    with pytest.raises(glue.exceptions.InvalidInputException, match="'nonsense' is not the ARN of a Glue resource"):
        glue.get_tags(ResourceArn="nonsense")


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_GetUserDefinedFunctions.html")
def test_there_are_no_user_defined_functions(glue, database):
    assert glue.get_user_defined_functions(DatabaseName=database, Pattern="trino__.*")["UserDefinedFunctions"] == []
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Function f not found\.$"):
        glue.get_user_defined_function(DatabaseName=database, FunctionName="f")
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Database nowhere not found\.$"):
        glue.get_user_defined_functions(DatabaseName="nowhere", Pattern="*")
