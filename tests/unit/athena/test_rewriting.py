"""What is changed in a Trino statement, and that nothing else is."""

import pytest
from lakestack_aws.athena.rewriting import decimal_literals, rewrite
from lakestack_aws.athena.sql_tokens import trino_tokens

DECIMALS = [
    ("SELECT 1.5", "SELECT 1.5E0"),
    ("SELECT .5, -0.25", "SELECT .5E0, -0.25E0"),
    ("SELECT a*.5", "SELECT a*.5E0"),
    ("SELECT 1.", "SELECT 1.E0"),
    ("SELECT round(x, 2) * 1.10 -- 1.5\nFROM t", "SELECT round(x, 2) * 1.10E0 -- 1.5\nFROM t"),
    ("SELECT CAST(1.10 AS decimal(10,2))", "SELECT CAST(1.10E0 AS decimal(10,2))"),
]

UNTOUCHED = [
    "SELECT 1, 15, 1e3, 1.5e3, 1.5E-3",
    "SELECT '1.5', \"1.5\", DECIMAL '1.5', x'01' /* 1.5 */ -- 2.5",
    'SELECT t.a, "t"."1.5".b, a[1].b, f(1).c FROM s.t',
    "SELECT 'it''s 1.5', U&'\\0031.5'",
    "SELECT 'C:\\', a FROM t WHERE b = 'x.5'",
    "SELECT\n  1 -- {{ 1.5 }}\n",
]


@pytest.mark.parametrize(("sql", "expected"), DECIMALS)
def test_a_decimal_literal_is_a_double(sql, expected):
    rewritten = rewrite(sql, decimal_literals(trino_tokens(sql)))

    assert rewritten.sql == expected


@pytest.mark.parametrize("sql", UNTOUCHED)
def test_everything_else_stays_byte_for_byte(sql):
    rewritten = rewrite(sql, decimal_literals(trino_tokens(sql)))

    assert rewritten.sql == sql


def test_an_error_after_a_replaced_literal_points_into_the_users_text():
    sql = "SELECT 1.5, 2.5,\n 3.5, nope"
    rewritten = rewrite(sql, decimal_literals(trino_tokens(sql)))

    message = rewritten.in_original("line 2:9: Column 'nope' cannot be resolved")

    assert message == "line 2:7: Column 'nope' cannot be resolved"
    assert sql.split("\n")[1][6:] == "nope"


def test_a_line_put_before_the_statement_is_not_counted():
    rewritten = rewrite("SELEC 1", [])

    assert rewritten.in_original("line 2:1: mismatched input 'SELEC'", lines_before=1) == "line 1:1: mismatched input 'SELEC'"


def test_a_message_without_a_position_stays():
    rewritten = rewrite("SELECT 1.5", decimal_literals(trino_tokens("SELECT 1.5")))

    assert rewritten.in_original("Division by zero") == "Division by zero"
