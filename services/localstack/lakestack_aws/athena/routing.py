"""Which engine runs a statement, and what AWS calls it.

Athena is a router over two engines: Trino for queries, for what changes rows and for views, and a Hive parser for everything
that only touches the catalog. Here the second is our own executor on the Glue catalog.

Source: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html (as at 2026-11-22); statement types as measured and published (2026-10).
"""

from dataclasses import dataclass
from enum import StrEnum

from lakestack_aws.athena.sql_tokens import Kind, Token, TokenError, hive_tokens, trino_tokens


class Engine(StrEnum):
    TRINO = "trino"
    CATALOG = "catalog"
    # Trino's parser words the error; a statement that it does accept is one that Athena does not have.
    NONE = "none"


class StatementType(StrEnum):
    DML = "DML"
    DDL = "DDL"
    UTILITY = "UTILITY"


@dataclass(frozen=True)
class Route:
    """Where a statement goes. `statement` is AWS's SubstatementType."""

    engine: Engine
    statement_type: StatementType
    statement: str


def _dml(statement: str) -> Route:
    return Route(Engine.TRINO, StatementType.DML, statement)


def _ddl(statement: str, engine: Engine = Engine.CATALOG) -> Route:
    return Route(engine, StatementType.DDL, statement)


def _utility(statement: str, engine: Engine = Engine.CATALOG) -> Route:
    return Route(engine, StatementType.UTILITY, statement)


UNKNOWN = Route(Engine.NONE, StatementType.DML, "")

# Steps over the table's name: `ALTER TABLE a.b ADD …` and `ALTER TABLE "a" . "b" ADD …` read alike.
_NAME = "<name>"


def route(sql: str) -> Route:  # noqa: C901, PLR0911, PLR0912 - a table of cases is its own documentation
    """Return where `sql` goes; `Engine.NONE` when no rule knows it."""
    match _words(sql):
        case ["SELECT" | "WITH" | "VALUES" | "TABLE" | "(", *_]:
            return _dml("SELECT")
        case ["EXPLAIN", *_]:
            return _dml("EXPLAIN")
        case ["INSERT" | "UPDATE" | "DELETE" | "MERGE" | "UNLOAD" as verb, *_]:
            return _dml(verb)
        case ["VACUUM", *_]:
            return Route(Engine.CATALOG, StatementType.DML, "VACUUM")
        case ["OPTIMIZE", *_]:
            return _ddl("OPTIMIZE", Engine.TRINO)
        case ["CREATE", "OR", "REPLACE", "VIEW", *_] | ["CREATE", "VIEW", *_]:
            return _ddl("CREATE_VIEW", Engine.TRINO)
        case ["CREATE", "TABLE", *rest] if _has_query(rest):
            return _ddl("CREATE_TABLE_AS_SELECT", Engine.TRINO)
        case ["CREATE", "TABLE", *_] | ["CREATE", "EXTERNAL", "TABLE", *_]:
            return _ddl("CREATE_TABLE")
        case ["CREATE", "DATABASE" | "SCHEMA", *_]:
            return _ddl("CREATE_DATABASE")
        case ["DROP", "DATABASE" | "SCHEMA", *_]:
            return _ddl("DROP_DATABASE")
        case ["DROP", "TABLE", *_]:
            return _ddl("DROP_TABLE")
        case ["DROP", "VIEW", *_]:
            return _ddl("DROP_VIEW", Engine.TRINO)
        case ["ALTER", "TABLE", *rest]:
            return _alter_table(_after_name(rest))
        case ["ALTER", "DATABASE" | "SCHEMA", *_]:
            return _ddl("ALTER_DATABASE_SET_DBPROPERTIES")
        case ["MSCK", "REPAIR", "TABLE", *_]:
            return _ddl("MSCK_REPAIR")
        case ["SHOW", "FUNCTIONS", *_]:
            return _utility("SHOW_FUNCTIONS", Engine.TRINO)
        case ["SHOW", *rest]:
            return _show(rest)
        case ["DESCRIBE" | "DESC", "INPUT" | "OUTPUT", *rest] if rest:
            return UNKNOWN
        case ["DESCRIBE" | "DESC", _, *_]:
            return _utility("DESCRIBE_TABLE")
        case ["PREPARE" | "DEALLOCATE" | "EXECUTE" as verb, *_]:
            return Route(Engine.CATALOG, StatementType.DDL, verb)
    return UNKNOWN


def _show(words: list[str]) -> Route:  # noqa: PLR0911 - as above
    match words:
        case ["TABLES", *_]:
            return _utility("SHOW_TABLES")
        case ["VIEWS", *_]:
            return _utility("SHOW_VIEWS")
        case ["DATABASES" | "SCHEMAS", *_]:
            return _utility("SHOW_DATABASES")
        case ["COLUMNS", "IN" | "FROM", *_]:
            return _utility("SHOW_COLUMNS")
        case ["PARTITIONS", _, *_]:
            return _utility("SHOW_PARTITIONS")
        case ["TBLPROPERTIES", _, *_]:
            return _utility("SHOW_TABLE_PROPERTIES")
        case ["CREATE", "TABLE", _, *_]:
            return _utility("SHOW_CREATE_TABLE")
        case ["CREATE", "VIEW", _, *_]:
            return _utility("SHOW_CREATE_VIEW")
    return UNKNOWN


def _alter_table(words: list[str]) -> Route:  # noqa: C901, PLR0911 - as above
    match words:
        case ["ADD", "COLUMNS", *_]:
            return _ddl("ALTER_TABLE_ADD_COLUMN")
        case ["REPLACE", "COLUMNS", *_]:
            return _ddl("ALTER_TABLE_REPLACE_COLUMN")
        case ["CHANGE", *_]:
            return _ddl("ALTER_TABLE_CHANGE_COLUMN")
        case ["DROP", "COLUMN", *_]:
            return _ddl("ALTER_TABLE_DROP_COLUMN")
        case ["SET", "TBLPROPERTIES", *_]:
            return _ddl("ALTER_TABLE_SET_TBLPROPERTIES")
        case ["SET", "LOCATION", *_]:
            return _ddl("ALTER_TABLE_SET_LOCATION")
        case ["PARTITION", *rest] if {"SET", "LOCATION"} <= set(rest):
            return _ddl("ALTER_TABLE_SET_LOCATION")
        case ["PARTITION", *rest] if "RENAME" in rest:
            return _ddl("ALTER_TABLE_RENAME_PARTITION")
        case ["ADD", "PARTITION", *_] | ["ADD", "IF", "NOT", "EXISTS", "PARTITION", *_]:
            return _ddl("ALTER_TABLE_ADD_PARTITION")
        case ["DROP", "PARTITION", *_] | ["DROP", "IF", "EXISTS", "PARTITION", *_]:
            return _ddl("ALTER_TABLE_DROP_PARTITION")
        case ["RENAME", "TO", *_]:
            return _ddl("ALTER_TABLE_RENAME")
    return UNKNOWN


def _words(sql: str) -> list[str]:
    """Return the statement's words in upper case; names are `<name>`, strings and numbers are left out of the way as ''."""
    return [_word(token) for token in statement_tokens(sql)]


def _word(token: Token) -> str:
    match token.kind:
        case Kind.WORD:
            return token.text.upper()
        case Kind.NAME:
            return _NAME
        case Kind.SYMBOL:
            return token.text
    return ""


def statement_tokens(sql: str) -> tuple[Token, ...]:
    """Return the tokens of a statement that may be Trino's or Hive's; () when it is neither's."""
    # Trino first: its strings end where they end, while a backslash before the quote is only an escape in Hive's DDL.
    for tokenize in (trino_tokens, hive_tokens):
        try:
            return tokenize(sql)
        except TokenError:
            continue
    return ()


def _after_name(words: list[str]) -> list[str]:
    """Return what follows a qualified name: word, or `word . word` and so on."""
    rest = words[1:]
    while rest[:1] == ["."]:
        rest = rest[2:]
    return rest


def _has_query(words: list[str]) -> bool:
    """Say whether `AS <query>` stands outside of all parentheses: `(c string COMMENT 'as select')` and `STORED AS` are near-misses."""
    depth = 0
    for word, following in zip(words, [*words[1:], ""], strict=True):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "AS" and following in ("SELECT", "WITH", "VALUES", "TABLE", "("):
            return True
    return False
