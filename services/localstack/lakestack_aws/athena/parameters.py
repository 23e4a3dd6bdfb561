"""The values of a query's `?`.

A value that reads as an expression without columns is that expression; anything else is a string.
Source: as measured on AWS and published (2026-10).
"""

from collections.abc import Callable, Sequence

from lakestack_aws.athena.rewriting import Edit, Rewritten, decimal_literals, literal, rewrite
from lakestack_aws.athena.sql_tokens import Cursor, Kind, Token, TokenError, trino_tokens

_CONSTANTS = {"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"}
# Words that may stand inside an expression without being a column's name.
_INNER_WORDS = {
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "BETWEEN",
    "IS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AT",
    "ZONE",
    "FROM",
    "OF",
    "ARRAY",
    "ROW",
}
_TYPED_LITERALS = {
    "DATE",
    "TIME",
    "TIMESTAMP",
    "DECIMAL",
    "INTERVAL",
    "CHAR",
    "VARCHAR",
    "BIGINT",
    "SMALLINT",
    "TINYINT",
    "REAL",
    "DOUBLE",
    "JSON",
    "UUID",
}
_TYPE_WORDS = _TYPED_LITERALS | {
    "INTEGER",
    "INT",
    "BOOLEAN",
    "VARBINARY",
    "YEAR",
    "MONTH",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "WITH",
    "PRECISION",
    "MAP",
}

# EXECUTE IMMEDIATE and a line feed stand before the statement's quote.
LINES_BEFORE = 1
COLUMNS_BEFORE = 1


def expression(value: str, is_expression: Callable[[str], bool]) -> str:
    """Return the SQL for one of ExecutionParameters.

    Args:
        value: As the client sent it.
        is_expression: Whether Trino can parse a text as an expression; asked only where tokens do not decide.
    """
    try:
        tokens = trino_tokens(value)
    except TokenError:
        return literal(value)
    if not tokens or any(_is_column(tokens, index) for index in range(len(tokens))):
        return literal(value)
    if _is_plain(tokens) or is_expression(value):
        return rewrite(value, decimal_literals(tokens)).sql
    return literal(value)


def _is_plain(tokens: Sequence[Token]) -> bool:
    """Say whether it is a number, with or without sign, or one string."""
    unsigned = tokens[1:] if tokens[0].kind is Kind.SYMBOL and tokens[0].text in "+-" else tokens
    return len(unsigned) == 1 and (unsigned[0].kind is Kind.NUMBER or (unsigned is tokens and unsigned[0].kind is Kind.STRING))


def _is_column(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.kind is Kind.NAME:
        return True
    if token.kind is not Kind.WORD:
        return False
    if following and (following.is_symbol("(") or following.is_symbol("[")):
        return False
    word = token.text.upper()
    if following and following.kind is Kind.STRING and word in _TYPED_LITERALS:
        return False
    is_alone = len(tokens) == 1
    return not (word in _CONSTANTS or (not is_alone and word in _INNER_WORDS | _TYPE_WORDS))


def count_placeholders(tokens: Sequence[Token]) -> int:
    """Return how many `?` a statement has."""
    return sum(token.is_symbol("?") for token in tokens)


def immediate(statement: str, expressions: Sequence[str]) -> str:
    """Return the statement that runs `statement` with `expressions` for its `?`."""
    return f"EXECUTE IMMEDIATE\n{literal(statement)} USING {', '.join(expressions)}"


def parse_execute(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return name and arguments of `EXECUTE name [USING a, b]`.

    Raises:
        SyntaxProblem: It does not read so.
    """
    tokens = trino_tokens(sql)
    cursor = Cursor(tokens, sql)
    cursor.expect("EXECUTE")
    name = cursor.next(Kind.WORD, Kind.NAME, what="a prepared statement's name").text
    if cursor.is_at_end:
        return name, ()
    cursor.expect("USING")
    return name, _split_arguments(sql, tokens[cursor.index :])


def _split_arguments(sql: str, tokens: Sequence[Token]) -> tuple[str, ...]:
    arguments: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind is Kind.SYMBOL and token.text in "([") - (token.kind is Kind.SYMBOL and token.text in ")]")
        if depth == 0 and token.is_symbol(","):
            arguments.append([])
        else:
            arguments[-1].append(token)
    return tuple(_argument(sql, argument) for argument in arguments)


def _argument(sql: str, tokens: Sequence[Token]) -> str:
    if not tokens:
        return ""
    start, end = tokens[0].start, tokens[-1].end
    shifted = [Edit(edit.start - start, edit.end - start, edit.text) for edit in decimal_literals(tokens)]
    return Rewritten(sql[start:end], tuple(shifted)).sql
