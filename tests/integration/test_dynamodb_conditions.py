"""Items that change by condition only, as the pipeline's claims and lease do where they lie in DynamoDB."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from lakehouse.coordination import Document, DynamoTable, LostRaceError

RACERS = 32
PARTIQL = "select * from t"


@pytest.fixture
def table(stack):
    dynamodb, name = stack.client("dynamodb"), f"test-{uuid.uuid4().hex[:8]}"
    key = {"AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}]}
    dynamodb.create_table(TableName=name, **key, BillingMode="PAY_PER_REQUEST")
    yield DynamoTable(name, dynamodb)
    dynamodb.delete_table(TableName=name)


def race(attempt):
    """Make the attempts of all racers at once; return the numbers of those that won."""

    def won(number):
        try:
            attempt(number)
        except LostRaceError:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as pool:
        return [number for number, has_won in enumerate(pool.map(won, range(RACERS))) if has_won]


@pytest.mark.aws_documented("https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html")
def test_of_32_writers_at_once_one_wins_and_what_it_wrote_is_read(table):
    assert table.read("k") is None

    (first,) = race(lambda number: table.create("k", {"by": number}))
    assert table.read("k") == Document({"by": first}, "1")

    (second,) = race(lambda number: table.replace("k", {"by": number}, "1"))
    assert table.read("k") == Document({"by": second}, "2")


@pytest.mark.aws_documented("https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html")
def test_a_condition_on_an_item_that_is_not_there_is_lost_and_a_table_that_is_not_there_is_an_error(table):
    with pytest.raises(LostRaceError):
        table.replace("nowhere", {}, "1")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        DynamoTable("nowhere", table.client).read("k")


@pytest.mark.local_only
def test_partiql_says_that_it_is_not_there(table):
    with pytest.raises(ClientError, match=r"dynamodb\.ExecuteStatement is not implemented by lakestack"):
        table.client.execute_statement(Statement=PARTIQL)
