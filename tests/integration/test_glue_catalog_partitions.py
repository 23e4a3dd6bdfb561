"""Glue's operations on partitions and their indexes."""

import pytest

PARTITIONS = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_Partition.html")
EXPRESSIONS = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html")
INDEXES = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/webapi/API_PartitionIndexDescriptor.html")
LIMITS = pytest.mark.aws_recorded("2023-06")  # dbt-labs/dbt-athena#327


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@pytest.fixture
def sales(glue, database):
    """A table by region, month and day; the arguments that name it."""
    keys = [{"Name": "region", "Type": "string"}, {"Name": "month", "Type": "int"}, {"Name": "day", "Type": "date"}]
    glue.create_table(DatabaseName=database, TableInput={"Name": "sales", "PartitionKeys": keys})
    return {"DatabaseName": database, "TableName": "sales"}


@pytest.fixture
def add(glue, sales):
    """Return a function that adds partitions of the values given."""
    return lambda *values: glue.batch_create_partition(**sales, PartitionInputList=[{"Values": list(row)} for row in values])["Errors"]


@pytest.fixture
def find(glue, sales):
    """Return a function that gets the values of the partitions found."""
    return lambda **arguments: [tuple(partition["Values"]) for partition in glue.get_partitions(**sales, **arguments)["Partitions"]]


EU_1 = ("eu", "1", "2024-01-15")
EU_10 = ("eu", "10", "2024-10-15")
US_1 = ("us", "1", "2024-01-31")


@PARTITIONS
def test_a_partition_comes_back_as_it_was_given(glue, sales):
    given = {
        "Values": list(EU_1),
        "Parameters": {"rows": "3"},
        "StorageDescriptor": {"Columns": [{"Name": "amount", "Type": "double"}], "Location": "s3://lake/sales/eu"},
    }

    glue.create_partition(**sales, PartitionInput=given)

    found = glue.get_partition(**sales, PartitionValues=list(EU_1))["Partition"]
    assert (found["Values"], found["Parameters"], found["DatabaseName"], found["TableName"]) == (list(EU_1), {"rows": "3"}, *sales.values())
    assert found["StorageDescriptor"].items() >= given["StorageDescriptor"].items()
    assert found["StorageDescriptor"]["SerdeInfo"] == {}
    assert found["CreationTime"]


@PARTITIONS
def test_a_partition_that_exists_and_one_of_too_few_values_are_refused(glue, sales, add):
    add(EU_1)

    with pytest.raises(glue.exceptions.AlreadyExistsException, match=r"Partition already exists\.$"):
        glue.create_partition(**sales, PartitionInput={"Values": list(EU_1)})
    with pytest.raises(glue.exceptions.InvalidInputException, match="The number of partition keys do not match the number of partition values"):
        glue.create_partition(**sales, PartitionInput={"Values": ["eu"]})
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Cannot find partition\.$"):
        glue.get_partition(**sales, PartitionValues=list(US_1))


@PARTITIONS
def test_of_a_batch_the_good_ones_are_made_and_the_others_named(add, find):
    add(EU_1)

    errors = add(EU_1, US_1, ("too", "few"))

    assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [
        (list(EU_1), "AlreadyExistsException"),
        (["too", "few"], "InvalidInputException"),
    ]
    assert find() == [EU_1, US_1]


@LIMITS
@pytest.mark.parametrize(
    ("operation", "member", "limit"),
    [
        ("batch_create_partition", "PartitionInputList", 100),
        ("batch_delete_partition", "PartitionsToDelete", 25),
        ("batch_get_partition", "PartitionsToGet", 1000),
    ],
)
def test_a_batch_beyond_its_limit_is_refused(glue, sales, operation, member, limit):
    with pytest.raises(glue.exceptions.ClientError, match=f"Member must have length less than or equal to {limit}$") as refused:
        getattr(glue, operation)(**sales, **{member: [{"Values": ["x"]}] * (limit + 1)})

    assert refused.value.response["Error"]["Code"] == "ValidationException"


@EXPRESSIONS
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("region = 'eu'", [EU_1, EU_10]),
        ("month > 9", [EU_10]),
        ("month in (10, 11) or day = '2024-01-31'", [EU_10, US_1]),
        ("day between '2024-01-16' and '2024-12-31' and not region <> 'eu'", [EU_10]),
        ("region like 'u%'", [US_1]),
        ("region not like 'u%' and (month = 1)", [EU_1]),
    ],
)
def test_an_expression_selects_partitions(add, find, expression, expected):
    add(EU_1, EU_10, US_1)

    assert find(Expression=expression) == expected


@EXPRESSIONS
def test_an_expression_that_cannot_be_read_is_refused(glue, find):
    with pytest.raises(glue.exceptions.InvalidInputException, match="Unknown column 'colour'"):
        find(Expression="colour = 'red'")


@EXPRESSIONS
def test_pages_and_segments_hold_every_partition_once(glue, sales, add, find):
    values = [("eu", str(month), "2024-01-01") for month in range(100)]
    add(*values)

    pages = list(glue.get_paginator("get_partitions").paginate(**sales, PaginationConfig={"PageSize": 30}))
    segments = [find(Segment={"SegmentNumber": number, "TotalSegments": 5}) for number in range(5)]

    assert [len(page["Partitions"]) for page in pages] == [30, 30, 30, 10]
    assert sorted(tuple(partition["Values"]) for page in pages for partition in page["Partitions"]) == sorted(values)
    assert sorted(value for segment in segments for value in segment) == sorted(values)


@EXPRESSIONS
def test_the_columns_can_be_left_out(glue, sales):
    descriptor = {"Columns": [{"Name": "amount", "Type": "double"}], "Location": "s3://lake/sales"}
    glue.create_partition(**sales, PartitionInput={"Values": list(EU_1), "StorageDescriptor": descriptor})

    (found,) = glue.get_partitions(**sales, ExcludeColumnSchema=True)["Partitions"]

    assert (found["StorageDescriptor"]["Columns"], found["StorageDescriptor"]["Location"]) == ([], "s3://lake/sales")


@PARTITIONS
def test_a_batch_of_partitions_is_got_without_those_that_are_missing(glue, sales, add):
    add(EU_1, US_1)

    answer = glue.batch_get_partition(**sales, PartitionsToGet=[{"Values": list(US_1)}, {"Values": list(EU_10)}])

    assert [tuple(partition["Values"]) for partition in answer["Partitions"]] == [US_1]
    assert answer["UnprocessedKeys"] == []


@PARTITIONS
def test_a_partition_is_updated_and_given_other_values(glue, sales, add, find):
    add(EU_1, US_1)

    glue.update_partition(**sales, PartitionValueList=list(EU_1), PartitionInput={"Values": list(EU_10), "Parameters": {"a": "b"}})

    assert find() == [EU_10, US_1]
    assert glue.get_partition(**sales, PartitionValues=list(EU_10))["Partition"]["Parameters"] == {"a": "b"}
    with pytest.raises(glue.exceptions.EntityNotFoundException, match=r"Cannot find partition\.$"):
        glue.update_partition(**sales, PartitionValueList=list(EU_1), PartitionInput={"Values": list(EU_1)})


@PARTITIONS
def test_a_batch_of_partitions_is_updated_and_the_missing_ones_are_named(glue, sales, add):
    add(EU_1)

    def entry(values):
        return {"PartitionValueList": list(values), "PartitionInput": {"Values": list(values), "Parameters": {"a": "b"}}}

    errors = glue.batch_update_partition(**sales, Entries=[entry(EU_1), entry(US_1)])["Errors"]

    assert errors == [
        {"PartitionValueList": list(US_1), "ErrorDetail": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Cannot find partition."}}
    ]
    assert glue.get_partition(**sales, PartitionValues=list(EU_1))["Partition"]["Parameters"] == {"a": "b"}


@PARTITIONS
def test_partitions_are_deleted_one_by_one_and_in_batches(glue, sales, add, find):
    add(EU_1, EU_10, US_1)

    glue.delete_partition(**sales, PartitionValues=list(EU_1))
    errors = glue.batch_delete_partition(**sales, PartitionsToDelete=[{"Values": list(EU_10)}, {"Values": list(EU_1)}])["Errors"]

    assert [(error["PartitionValues"], error["ErrorDetail"]["ErrorCode"]) for error in errors] == [(list(EU_1), "EntityNotFoundException")]
    assert find() == [US_1]


@INDEXES
def test_partition_indexes_come_with_a_table_are_added_and_deleted(glue, database):
    of_t = {"DatabaseName": database, "TableName": "t"}
    table = {"Name": "t", "PartitionKeys": [{"Name": "year", "Type": "int"}, {"Name": "day", "Type": "date"}]}
    glue.create_table(DatabaseName=database, TableInput=table, PartitionIndexes=[{"IndexName": "by_year", "Keys": ["year"]}])

    glue.create_partition_index(**of_t, PartitionIndex={"IndexName": "by_both", "Keys": ["year", "day"]})

    by_year = {"IndexName": "by_year", "Keys": [{"Name": "year", "Type": "int"}], "IndexStatus": "ACTIVE"}
    by_both = {"IndexName": "by_both", "Keys": [{"Name": "year", "Type": "int"}, {"Name": "day", "Type": "date"}], "IndexStatus": "ACTIVE"}
    assert glue.get_partition_indexes(**of_t)["PartitionIndexDescriptorList"] == [by_year, by_both]
    glue.delete_partition_index(**of_t, IndexName="by_year")
    assert glue.get_partition_indexes(**of_t)["PartitionIndexDescriptorList"] == [by_both]
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_partition_index(**of_t, PartitionIndex={"IndexName": "by_both", "Keys": ["year"]})
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.delete_partition_index(**of_t, IndexName="by_year")
