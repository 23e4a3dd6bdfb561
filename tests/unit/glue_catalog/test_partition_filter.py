"""Which partitions an expression selects."""

import pytest
from lakestack_aws.glue.catalog.partition_filter import Grammar, partition_filter
from lakestack_aws.glue.catalog.records import Column
from lakestack_aws.glue.errors import InvalidInputException

KEYS = [
    Column(name="region", type="string"),
    Column(name="month", type="int"),
    Column(name="date", type="date"),
    Column(name="price", type="decimal(5,2)"),
]
EU_JANUARY = ("eu", "1", "2024-01-15", "9.50")
EU_OCTOBER = ("eu", "10", "2024-10-15", "10.00")
US_JANUARY = ("us", "1", "2024-01-31", "100")
IT_S_UNKNOWN = ("it's", "__HIVE_DEFAULT_PARTITION__", "2024-02-01", "0")
PARTITIONS = [EU_JANUARY, EU_OCTOBER, US_JANUARY, IT_S_UNKNOWN]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (None, PARTITIONS),
        ("  ", PARTITIONS),
        ("region = 'eu'", [EU_JANUARY, EU_OCTOBER]),
        ("REGION = 'eu'", [EU_JANUARY, EU_OCTOBER]),
        ("\"region\" = 'eu'", [EU_JANUARY, EU_OCTOBER]),
        ("region = 'EU'", []),
        ("region <> 'eu'", [US_JANUARY, IT_S_UNKNOWN]),
        ("region != 'eu'", [US_JANUARY, IT_S_UNKNOWN]),
        ("region = 'it''s'", [IT_S_UNKNOWN]),
        # As text, '10' < '9'.
        ("month > 9", [EU_OCTOBER]),
        ("month > '9'", [EU_OCTOBER]),
        ("9 < month", [EU_OCTOBER]),
        ("month >= 1 and month <= 1", [EU_JANUARY, US_JANUARY]),
        ("price < 10", [EU_JANUARY, IT_S_UNKNOWN]),
        ("price = 10", [EU_OCTOBER]),
        # date is a word of SQL's, and a key's name here.
        ("date = '2024-01-31'", [US_JANUARY]),
        ("date = date '2024-01-31'", [US_JANUARY]),
        ("date between '2024-01-31' and '2024-03-01'", [US_JANUARY, IT_S_UNKNOWN]),
        ("not (region = 'eu' or region = 'us')", [IT_S_UNKNOWN]),
        ("region = 'us' or region = 'eu' and month = 10", [EU_OCTOBER, US_JANUARY]),
        ("(region = 'us' or region = 'eu') and month = 10", [EU_OCTOBER]),
        ("region in ('us', 'asia')", [US_JANUARY]),
        ("region not in ('us', 'eu')", [IT_S_UNKNOWN]),
        ("region like 'e%'", [EU_JANUARY, EU_OCTOBER]),
        ("region like '_u'", [EU_JANUARY, EU_OCTOBER]),
        ("region not like '%u'", [US_JANUARY, IT_S_UNKNOWN]),
        ("region like 'e.'", []),
        # What is no number is neither equal nor unequal to one.
        ("month = 1", [EU_JANUARY, US_JANUARY]),
        ("month <> 1", [EU_OCTOBER]),
        ("not month = 1", [EU_OCTOBER]),
        ("month = 1 or region = 'it''s'", [EU_JANUARY, US_JANUARY, IT_S_UNKNOWN]),
        ("month is null", [IT_S_UNKNOWN]),
        ("month is not null", [EU_JANUARY, EU_OCTOBER, US_JANUARY]),
    ],
)
def test_an_expression_selects(expression, expected):
    passes = partition_filter(expression, KEYS)

    assert [values for values in PARTITIONS if passes(values)] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('region = "eu"', [EU_JANUARY, EU_OCTOBER]),
        ('`region` = "eu" and month = 10', [EU_OCTOBER]),
        ("date = 2024-01-31", [US_JANUARY]),
        ('region like ".*s"', [US_JANUARY, IT_S_UNKNOWN]),
        ('(region = "us") or (region = "it\'s")', [US_JANUARY, IT_S_UNKNOWN]),
    ],
)
def test_a_filter_of_hive_selects(expression, expected):
    passes = partition_filter(expression, KEYS, Grammar.HIVE)

    assert [values for values in PARTITIONS if passes(values)] == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("colour = 'red'", "Unknown column 'colour'"),
        ("month = 'January'", "'January' is not a value of the partition key's type in expression 'month = 'January''"),
        ("date > 'January'", "'January' is not a value of the partition key's type in expression 'date > 'January''"),
        ("region = ", "Unsupported expression 'region = '"),
        ("upper(region) = 'EU'", "Unsupported expression 'upper(region) = 'EU''"),
        ("region", "Unsupported expression 'region'"),
        ("month in (select 1)", "Unsupported expression 'month in (select 1)'"),
        ("month + 1 = 2", "Unsupported expression 'month + 1 = 2'"),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused(expression, message):
    with pytest.raises(InvalidInputException) as refused:
        partition_filter(expression, KEYS)

    assert refused.value.message == message
