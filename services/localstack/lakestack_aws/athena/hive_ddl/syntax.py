"""The small forms that Hive's statements share: names, strings, types, property lists, partition specifications.

Source: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html and .../data-types.html (as at 2026-11-22).
"""

import re
from dataclasses import dataclass

from lakestack_aws.athena.sql_tokens import Cursor, Kind, SyntaxProblem, Token

_SIMPLE_TYPES = {
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "string",
    "binary",
    "date",
    "timestamp",
    "char",
    "varchar",
    "decimal",
}
_NESTED_TYPES = {"array", "map", "struct", "uniontype"}
_SYNONYMS = {"integer": "int", "decimal": "decimal(10,0)"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|.)", re.DOTALL)


@dataclass(frozen=True)
class TableName:
    """A table's name in lower case; `database` is None when the statement leaves it out."""

    database: str | None
    table: str


@dataclass(frozen=True)
class HiveColumn:
    name: str
    type: str
    comment: str | None = None

    def to_glue(self) -> dict[str, str]:
        return {"Name": self.name, "Type": self.type} | ({} if self.comment is None else {"Comment": self.comment})


def read_identifier(cursor: Cursor, what: str = "identifier") -> str:
    """Read a name, plain or in backticks, in lower case.

    Raises:
        SyntaxProblem: Something else stands there; a name in double quotes is none in Hive.
    """
    token = cursor.current
    if token is not None and token.kind is Kind.STRING and token.quote == '"':
        statement = cursor.sql[: token.end]
        problem = cursor.problem("")
        raise SyntaxProblem(f"{str(problem).partition(': ')[0]}: no viable alternative at input '{statement}'")
    return cursor.next(Kind.WORD, Kind.NAME, what=what).text.lower()


def read_table_name(cursor: Cursor) -> TableName:
    """Read `table`, `database.table` or `awsdatacatalog.database.table`, each part or the whole in backticks.

    Raises:
        SyntaxProblem: No name stands there.
    """
    parts = [read_identifier(cursor)]
    while cursor.take("."):
        parts.append(read_identifier(cursor))
    if len(parts) == 1 and "." in parts[0]:
        parts = parts[0].split(".")
    return TableName(parts[-2] if len(parts) > 1 else None, parts[-1])


def read_string(cursor: Cursor, what: str = "StringLiteral") -> str:
    """Read a string, in single or double quotes, with Hive's escapes."""
    token = cursor.next(Kind.STRING, what=what)
    return _unescaped(token, cursor.sql)


def _unescaped(token: Token, sql: str) -> str:
    raw = sql[token.start + 1 : token.end - 1].replace(token.quote * 2, token.quote)
    return _ESCAPE.sub(_escaped_character, raw)


def _escaped_character(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "u" and len(code) > 1:
        return chr(int(code[1:], 16))
    if len(code) == 3:
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)


def read_type(cursor: Cursor) -> str:
    """Read a type as Glue spells it: lower case, no space, `struct<a:int,b:array<string>>`.

    Raises:
        SyntaxProblem: It is none of Athena's.
    """
    name_token = cursor.current
    name = read_identifier(cursor, "a type")
    if name not in _SIMPLE_TYPES | _NESTED_TYPES | _SYNONYMS.keys():
        cursor.index -= 1
        raise cursor.problem("a type")
    if name in _NESTED_TYPES:
        return _nested_type(cursor, name)
    if cursor.take("("):
        arguments = [cursor.next(Kind.NUMBER, what="a number").text]
        while cursor.take(","):
            arguments.append(cursor.next(Kind.NUMBER, what="a number").text)
        cursor.expect(")")
        return f"{name}({','.join(arguments)})"
    if name in ("char", "varchar"):
        raise cursor.problem(f"'(' after {name_token.text if name_token else name}")
    return _SYNONYMS.get(name, name)


def _nested_type(cursor: Cursor, name: str) -> str:
    cursor.expect("<")
    inner = []
    while True:
        if name == "struct":
            field = read_identifier(cursor, "a field's name")
            cursor.expect(":")
            inner.append(f"{field}:{read_type(cursor)}")
            if cursor.take("COMMENT"):
                read_string(cursor)
        else:
            inner.append(read_type(cursor))
        if not cursor.take(","):
            break
    cursor.expect(">")
    return f"{name}<{','.join(inner)}>"


def read_columns(cursor: Cursor) -> tuple[HiveColumn, ...]:
    """Read `(name type [COMMENT 'text'], …)`."""
    cursor.expect("(")
    columns = []
    while True:
        name = read_identifier(cursor, "a column's name")
        hive_type = read_type(cursor)
        columns.append(HiveColumn(name, hive_type, read_string(cursor) if cursor.take("COMMENT") else None))
        if not cursor.take(","):
            break
    cursor.expect(")")
    return tuple(columns)


def read_properties(cursor: Cursor) -> dict[str, str]:
    """Read `('key' = 'value', …)`."""
    cursor.expect("(")
    properties = {}
    while True:
        key = read_string(cursor)
        cursor.expect("=")
        properties[key] = read_string(cursor)
        if not cursor.take(","):
            break
    cursor.expect(")")
    return properties


def read_partition_spec(cursor: Cursor) -> dict[str, str]:
    """Read `PARTITION (key = value, …)`; values as text."""
    cursor.expect("PARTITION", "(")
    spec = {}
    while True:
        key = read_identifier(cursor, "a partition column")
        cursor.expect("=")
        spec[key] = _constant(cursor)
        if not cursor.take(","):
            break
    cursor.expect(")")
    return spec


def _constant(cursor: Cursor) -> str:
    if cursor.current is not None and cursor.current.is_word("DATE", "TIMESTAMP"):
        cursor.index += 1
    if cursor.current is not None and cursor.current.kind is Kind.STRING:
        return read_string(cursor)
    minus = "-" if cursor.take("-") else ""
    return minus + cursor.next(Kind.NUMBER, Kind.WORD, what="a constant").text


def read_end(cursor: Cursor) -> None:
    """Demand that the statement ends here."""
    if not cursor.is_at_end:
        raise cursor.problem("'<EOF>'")
