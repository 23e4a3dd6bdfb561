"""Statements that write through Trino, and the spans in which Athena's spelling differs from Trino's.

Source: https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html and
https://docs.aws.amazon.com/athena/latest/ug/unload.html (as at 2026-11-22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lakestack_aws.athena.errors import MalformedQueryError
from lakestack_aws.athena.rewriting import Edit, literal, quoted
from lakestack_aws.athena.sql_tokens import Cursor, Kind, SyntaxProblem, Token

# Athena's names of what Trino takes as a session property of the catalog.
_COMPRESSION = ("write_compression", "parquet_compression", "orc_compression", "compression", "format_compression")
_ATHENA_ONLY = ("table_type", "is_external", "compression_level")
_ICEBERG_UPKEEP = ("vacuum_", "optimize_")
# Named in Trino's words.
_TRINO_NAMES = {"field_delimiter": "textfile_field_separator"}


@dataclass(frozen=True)
class QualifiedName:
    """A table's name as written, and where."""

    parts: tuple[str, ...]
    start: int
    end: int

    def in_database(self, default: str) -> tuple[str, str]:
        """Return database and table in lower case."""
        database = self.parts[-2] if len(self.parts) > 1 else default
        return database.lower(), self.parts[-1].lower()


@dataclass(frozen=True)
class Property:
    """`name = value` of a WITH clause; `text` is the value when it is one string."""

    name: str
    sql: str
    text: str | None = None


@dataclass(frozen=True)
class TableWrite:
    """A CTAS or UNLOAD, ready for Trino.

    Attributes:
        name: Database and table that Trino creates.
        location: Where the data files will lie; None where the format decides.
        edits: What changes in the user's text.
        session_properties: Trino's, for this statement alone.
        is_iceberg: Whether the table is Iceberg's, which has no data manifest.
    """

    name: tuple[str, str]
    location: str | None
    edits: tuple[Edit, ...]
    session_properties: Mapping[str, str] = field(default_factory=dict)
    is_iceberg: bool = False


def read_name(cursor: Cursor) -> QualifiedName:
    """Read `a.b.c`.

    Raises:
        SyntaxProblem: No name stands there.
    """
    first = cursor.next(Kind.WORD, Kind.NAME, what="a table's name")
    parts, end = [first.text], first.end
    while cursor.take("."):
        part = cursor.next(Kind.WORD, Kind.NAME, what="a name")
        parts.append(part.text)
        end = part.end
    return QualifiedName(tuple(parts), first.start, end)


def written_table(tokens: Sequence[Token], sql: str) -> QualifiedName | None:
    """Return the table that an INSERT, UPDATE, DELETE or MERGE changes; None when the statement does not read so."""
    cursor = Cursor(tokens, sql)
    for opening in (("INSERT", "INTO"), ("UPDATE",), ("DELETE", "FROM"), ("MERGE", "INTO")):
        if cursor.take(*opening):
            try:
                return read_name(cursor)
            except SyntaxProblem:
                return None
    return None


def create_table_as(tokens: Sequence[Token], sql: str, *, database: str, default_location: str | None, may_place: bool) -> TableWrite:
    """Return a CTAS in Trino's words.

    Args:
        tokens: Of `sql`.
        sql: The statement.
        database: For a name without one.
        default_location: Where the data goes when the statement does not say; ends in `/`.
        may_place: False in a work group that enforces its own location.

    Raises:
        SyntaxProblem: It does not read as a CTAS.
        MalformedQueryError: It names a location in a work group that enforces its own.
    """
    cursor = Cursor(tokens, sql)
    cursor.expect("CREATE", "TABLE")
    cursor.take("IF", "NOT", "EXISTS")
    name = read_name(cursor)
    if cursor.take("COMMENT"):
        cursor.next(Kind.STRING, what="a comment")
    properties, span = _with_clause(cursor)
    if not cursor.peek("AS"):
        raise cursor.problem("'AS'")
    as_at = cursor.current.start  # type: ignore[union-attr] - peek has seen it
    if {"external_location", "location"} & properties.keys() and not may_place:
        raise MalformedQueryError(_PLACED_IN_ENFORCED_GROUP)
    is_iceberg = _text(properties, "table_type").upper() == "ICEBERG"
    target = name.in_database(database)
    place = "location" if is_iceberg else "external_location"
    location = _text(properties, place) or default_location
    kept = _kept(properties, {place: Property(place, literal(location))} if location else {})
    edits = [Edit(*span, _with(kept)) if span else Edit(as_at, as_at, _with(kept) + " ")]
    if is_iceberg:
        edits.append(Edit(name.start, name.end, quoted("iceberg", *target)))
    return TableWrite(target, location, tuple(edits), _session_properties(properties, "iceberg" if is_iceberg else "awsdatacatalog"), is_iceberg)


_PLACED_IN_ENFORCED_GROUP = (
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup that enforces a "
    "centralized output location for all queries. Please remove the 'external_location' property and resubmit the query."
)


def unload(tokens: Sequence[Token], sql: str, *, hidden_table: tuple[str, str]) -> TableWrite:
    """Return an UNLOAD as the CTAS of a table that is forgotten afterwards: open-source Trino has no UNLOAD.

    Raises:
        SyntaxProblem: It does not read as an UNLOAD.
        MalformedQueryError: It names no format.
    """
    cursor = Cursor(tokens, sql)
    cursor.expect("UNLOAD")
    opening, closing = _parentheses(cursor)
    cursor.expect("TO")
    location = cursor.next(Kind.STRING, what="an S3 location").text
    properties, _span = _with_clause(cursor)
    if not cursor.is_at_end:
        raise cursor.problem("'<EOF>'")
    if "format" not in properties:
        raise MalformedQueryError("UNLOAD requires the property 'format'")
    location = location if location.endswith("/") else location + "/"
    kept = _kept(properties, {"external_location": Property("external_location", literal(location))})
    edits = (Edit(0, opening.end, f"CREATE TABLE {quoted(*hidden_table)} {_with(kept)} AS "), Edit(closing.start, len(sql), ""))
    return TableWrite(hidden_table, location, edits, _session_properties(properties, "awsdatacatalog"))


def optimize(tokens: Sequence[Token], sql: str) -> tuple[Edit, ...]:
    """Return what makes `OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE …]` Trino's.

    Raises:
        SyntaxProblem: It does not read so.
    """
    cursor = Cursor(tokens, sql)
    cursor.expect("OPTIMIZE")
    name = read_name(cursor)
    cursor.expect("REWRITE", "DATA", "USING", "BIN_PACK")
    rest = cursor.current
    if rest and not rest.is_word("WHERE"):
        raise cursor.problem("'WHERE'")
    return Edit(0, name.start, "ALTER TABLE "), Edit(name.end, rest.start if rest else len(sql), " EXECUTE optimize ")


def _parentheses(cursor: Cursor) -> tuple[Token, Token]:
    opening = cursor.current
    cursor.expect("(")
    depth = 1
    while token := cursor.current:
        cursor.index += 1
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth == 0:
            return opening, token  # type: ignore[return-value] - `expect` has seen it
    raise cursor.problem("')'")


def _with_clause(cursor: Cursor) -> tuple[dict[str, Property], tuple[int, int] | None]:
    if not cursor.peek("WITH"):
        return {}, None
    start = cursor.current.start  # type: ignore[union-attr] - peek has seen it
    cursor.expect("WITH", "(")
    properties: dict[str, Property] = {}
    while True:
        name = cursor.next(Kind.WORD, Kind.NAME, what="a property's name").text.lower()
        cursor.expect("=")
        value = _value(cursor)
        sql = cursor.sql[value[0].start : value[-1].end]
        properties[name] = Property(name, sql, value[0].text if len(value) == 1 and value[0].kind is Kind.STRING else None)
        if cursor.take(","):
            continue
        end = cursor.current.end if cursor.current else len(cursor.sql)
        cursor.expect(")")
        return properties, (start, end)


def _value(cursor: Cursor) -> list[Token]:
    value: list[Token] = []
    depth = 0
    while token := cursor.current:
        if depth == 0 and (token.is_symbol(",") or token.is_symbol(")")):
            break
        depth += (token.kind is Kind.SYMBOL and token.text in "([") - (token.kind is Kind.SYMBOL and token.text in ")]")
        value.append(token)
        cursor.index += 1
    if not value:
        raise cursor.problem("a value")
    return value


def _text(properties: Mapping[str, Property], name: str) -> str:
    return (properties[name].text if name in properties else None) or ""


def _kept(properties: Mapping[str, Property], added: Mapping[str, Property]) -> list[Property]:
    kept = {name: prop for name, prop in properties.items() if name not in (*_COMPRESSION, *_ATHENA_ONLY) and not name.startswith(_ICEBERG_UPKEEP)}
    return [Property(_TRINO_NAMES.get(name, name), prop.sql) for name, prop in {**kept, **added}.items()]


def _with(properties: Sequence[Property]) -> str:
    return "WITH (" + ", ".join(f"{prop.name} = {prop.sql}" for prop in properties) + ")" if properties else ""


def _session_properties(properties: Mapping[str, Property], catalog: str) -> dict[str, str]:
    for name in _COMPRESSION:
        if codec := _text(properties, name):
            return {f"{catalog}.compression_codec": codec.upper().replace("UNCOMPRESSED", "NONE")}
    return {}
