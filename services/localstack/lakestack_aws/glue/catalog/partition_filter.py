"""The Expression of GetPartitions, and the filter of Hive's metastore, as a predicate on partition values.

Comparisons are typed by the partition key: `month > '9'` is a number's comparison where month is an int. A value that is not
of its key's type (``__HIVE_DEFAULT_PARTITION__``) is unknown, as null is in SQL: neither the comparison nor its NOT holds.

Source: https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html (as at 2026-11-23)
"""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from lakestack_aws.glue.catalog.records import Column, PartitionValues
from lakestack_aws.glue.errors import InvalidInputException

type Predicate = Callable[[PartitionValues], bool]
# True, False or unknown.
type Condition = Callable[[PartitionValues], bool | None]
type Parse = Callable[[str], Any]


class Grammar(Enum):
    """Who wrote the expression: Glue's callers quote names with "…", and LIKE is SQL's; Hive's write strings so, and LIKE takes a Java pattern."""

    GLUE = "trino"
    HIVE = "hive"


@dataclass(frozen=True, slots=True)
class _Operand:
    """One side of a comparison: the key at `position`, or a literal's text."""

    position: int | None
    text: str | None
    parse: Parse | None

    def value(self, values: PartitionValues, parse: Parse) -> Any:
        try:
            return parse(values[self.position] if self.position is not None else self.text)
        except (ValueError, InvalidOperation):
            return None


def partition_filter(expression: str | None, keys: Sequence[Column], grammar: Grammar = Grammar.GLUE) -> Predicate:
    """Return the predicate that `expression` describes; without an expression, everything passes.

    Raises:
        InvalidInputException: The expression is not of the grammar, or names a column that is no partition key.
    """
    if not expression or not expression.strip():
        return lambda _values: True
    try:
        tree = sqlglot.parse_one(_quote_keys(expression, keys, grammar), dialect=grammar.value)
    except SqlglotError as error:
        raise InvalidInputException(f"Unsupported expression '{expression}'") from error
    condition = _Compiler(expression, keys, grammar).condition(tree)
    return lambda values: condition(values) is True


def _quote_keys(expression: str, keys: Sequence[Column], grammar: Grammar) -> str:
    """Quote the keys in `expression`, so that one may be called `date` or `order`."""
    names = {key.name.lower() for key in keys}
    quote = '"' if grammar is Grammar.GLUE else "`"
    tokens = sqlglot.tokenize(expression, dialect=grammar.value)
    followers: list[Token | None] = [*tokens[1:], None]
    for token, follower in reversed(list(zip(tokens, followers, strict=True))):
        is_name = token.token_type not in {TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER} and token.text.lower() in names
        is_typed_literal = follower is not None and follower.token_type is TokenType.STRING
        if is_name and not is_typed_literal:
            expression = f"{expression[: token.start]}{quote}{token.text}{quote}{expression[token.end + 1 :]}"
    return expression


class _Compiler:
    def __init__(self, expression: str, keys: Sequence[Column], grammar: Grammar) -> None:
        self._expression = expression
        self._grammar = grammar
        self._positions = {key.name.lower(): position for position, key in enumerate(keys)}
        self._parsers = [_parser(key.type or "string") for key in keys]

    def condition(self, node: exp.Expression) -> Condition:
        # sqlglot says NOT IN by a Not above the In, and NOT LIKE by an argument of the Like.
        condition = self._plain_condition(node)
        return _negation(condition) if node.args.get("negate") else condition

    def _plain_condition(self, node: exp.Expression) -> Condition:  # noqa: C901, PLR0911 - one case for each form of the grammar
        match node:
            case exp.Paren():
                return self.condition(node.this)
            case exp.And():
                return _both(self.condition(node.left), self.condition(node.right))
            case exp.Or():
                return _either(self.condition(node.left), self.condition(node.right))
            case exp.Not():
                return _negation(self.condition(node.this))
            case exp.Between():
                low = self._comparison(node.this, node.args["low"], operator.ge)
                return _both(low, self._comparison(node.this, node.args["high"], operator.le))
            case exp.In() if node.expressions:
                options = [self._comparison(node.this, option, operator.eq) for option in node.expressions]
                return _any_of(options)
            case exp.Is() if isinstance(node.expression, exp.Null):
                return self._is_null(node.this)
            case exp.Like():
                return self._like(node)
            case exp.Boolean():
                return lambda _values, truth=bool(node.this): truth
            case _ if type(node) in _COMPARISONS:
                return self._comparison(node.this, node.expression, _COMPARISONS[type(node)])
        raise self._unsupported()

    def _comparison(self, left: exp.Expression, right: exp.Expression, compare: Callable[[Any, Any], bool]) -> Condition:
        one, other = self._operand(left), self._operand(right)
        parse = one.parse or other.parse or str
        for operand in (one, other):
            if operand.position is None and operand.value((), parse) is None:
                raise InvalidInputException(f"'{operand.text}' is not a value of the partition key's type in expression '{self._expression}'")

        def holds(values: PartitionValues) -> bool | None:
            first, second = one.value(values, parse), other.value(values, parse)
            return None if first is None or second is None else compare(first, second)

        return holds

    def _like(self, node: exp.Like) -> Condition:
        subject, text = self._operand(node.this), self._operand(node.expression).text
        if text is None:
            raise self._unsupported()
        pattern = re.compile(text if self._grammar is Grammar.HIVE else _sql_like(text), re.DOTALL)

        def holds(values: PartitionValues) -> bool | None:
            return pattern.fullmatch(subject.value(values, str)) is not None

        return holds

    def _is_null(self, node: exp.Expression) -> Condition:
        subject = self._operand(node)
        return lambda values: subject.value(values, str) == "__HIVE_DEFAULT_PARTITION__"

    def _operand(self, node: exp.Expression) -> _Operand:  # noqa: PLR0911 - as above
        match node:
            case exp.Paren():
                return self._operand(node.this)
            case exp.Column() if not node.table:
                position = self._positions.get(node.name.lower())
                if position is None:
                    raise InvalidInputException(f"Unknown column '{node.name}'")
                return _Operand(position, None, self._parsers[position])
            case exp.Literal():
                return _Operand(None, node.this, None)
            case exp.Neg() if isinstance(node.this, exp.Literal):
                return _Operand(None, f"-{node.this.this}", None)
            case exp.Boolean():
                return _Operand(None, str(node.this).lower(), None)
            case exp.Cast() | exp.TsOrDsToDate() | exp.Date() if isinstance(node.this, exp.Literal):
                return _Operand(None, node.this.this, None)
            # Spark writes dates without quotes: 2024-05-01 is read as a subtraction.
            case exp.Sub() if (text := node.sql(dialect=self._grammar.value)) and re.fullmatch(r"\d+ - \d+ - \d+", text):
                year, month, day = text.split(" - ")
                return _Operand(None, f"{year:0>4}-{month:0>2}-{day:0>2}", None)
        raise self._unsupported()

    def _unsupported(self) -> InvalidInputException:
        return InvalidInputException(f"Unsupported expression '{self._expression}'")


_COMPARISONS: dict[type[exp.Expression], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
}

_PARSERS: dict[str, Parse] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), int),
    **dict.fromkeys(("decimal", "double", "float"), Decimal),
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


def _parser(hive_type: str) -> Parse:
    return _PARSERS.get(hive_type.lower().partition("(")[0].strip(), str)


def _sql_like(pattern: str) -> str:
    wildcards = {"%": ".*", "_": "."}
    return "".join(wildcards.get(character) or re.escape(character) for character in pattern)


def _both(one: Condition, other: Condition) -> Condition:
    def holds(values: PartitionValues) -> bool | None:
        outcomes = (one(values), other(values))
        return False if False in outcomes else None if None in outcomes else True

    return holds


def _either(one: Condition, other: Condition) -> Condition:
    return _any_of([one, other])


def _any_of(conditions: Sequence[Condition]) -> Condition:
    def holds(values: PartitionValues) -> bool | None:
        outcomes = [condition(values) for condition in conditions]
        return True if True in outcomes else None if None in outcomes else False

    return holds


def _negation(condition: Condition) -> Condition:
    def holds(values: PartitionValues) -> bool | None:
        outcome = condition(values)
        return None if outcome is None else not outcome

    return holds
