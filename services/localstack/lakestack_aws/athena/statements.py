"""A query as it will be run: what StartQueryExecution finds out before it answers."""

from dataclasses import dataclass, field, replace

from lakestack_aws.athena import parameters
from lakestack_aws.athena.errors import InvalidRequestError, MalformedQueryError
from lakestack_aws.athena.hive_ddl.commands import Command, parse
from lakestack_aws.athena.prepared_statements import PreparedStatements
from lakestack_aws.athena.query_executions import QueryRequest
from lakestack_aws.athena.rewriting import Rewritten, decimal_literals, rewrite
from lakestack_aws.athena.routing import UNKNOWN, Engine, Route, route, statement_tokens
from lakestack_aws.athena.sql_tokens import SyntaxProblem, Token, TokenError, trino_tokens
from lakestack_aws.athena.table_writes import QualifiedName, TableWrite, create_table_as, optimize, unload, written_table
from lakestack_aws.athena.trino_protocol import Engine as QueryEngine
from lakestack_aws.athena.trino_protocol import EngineError, EngineUnavailable
from lakestack_aws.athena.workgroups import WorkGroup

DEFAULT_DATABASE = "default"
_BACKTICK = "`"


@dataclass(frozen=True)
class Statement:
    """A statement for one of the two engines.

    Attributes:
        route: Where it goes and what AWS calls it.
        command: What to do on the catalog; None for Trino's.
        rewritten: The text for Trino.
        expressions: The values of its `?`.
        write: Of a CTAS or UNLOAD.
        target: The table that an INSERT, UPDATE, DELETE or MERGE changes.
    """

    route: Route
    command: Command | None = None
    rewritten: Rewritten = field(default_factory=lambda: Rewritten(""))
    expressions: tuple[str, ...] = ()
    write: TableWrite | None = None
    target: QualifiedName | None = None

    @property
    def sql(self) -> str:
        """What Trino is sent."""
        return parameters.immediate(self.rewritten.sql, self.expressions) if self.expressions else self.rewritten.sql

    def in_users_text(self, message: str) -> str:
        """Return Trino's error message with the position counted in the user's text."""
        if not self.expressions:
            return self.rewritten.in_original(message)
        return self.rewritten.in_original(message, lines_before=parameters.LINES_BEFORE, columns_before=parameters.COLUMNS_BEFORE)


def database_of(request: QueryRequest) -> str:
    """Return the database that names without one belong to; awswrangler sends it in backticks."""
    return (request.database or DEFAULT_DATABASE).strip(_BACKTICK).lower()


def trimmed(sql: str) -> str:
    """Return a statement as Athena echoes it: without surrounding space and final `;`."""
    sql = sql.strip()
    tokens = statement_tokens(sql)
    if tokens and tokens[-1].is_symbol(";"):
        return sql[: tokens[-1].start].rstrip()
    return sql


class StatementReader:
    """Reads statements; Trino is asked whether it can parse its own."""

    def __init__(self, engine: QueryEngine, prepared: PreparedStatements) -> None:
        self._engine = engine
        self._prepared = prepared

    def read(self, request: QueryRequest, group: WorkGroup, folder: str | None, query_id: str) -> Statement:
        """Return what a request asks to run.

        Args:
            request: The client's.
            group: The work group that it runs in.
            folder: For results, ending in `/`; None when Athena keeps them.
            query_id: Of the execution; it names the folder of a CTAS's data.

        Raises:
            InvalidRequestError: It cannot be parsed, or Athena has no such statement.
        """
        sql, arguments = request.sql, None
        found = route(sql)
        if found.statement == "EXECUTE":
            sql, arguments = self._prepared_statement(sql, group.name)
            found = route(sql)
        try:
            statement = self._read(sql, found, request, _Place(group, folder, query_id))
        except SyntaxProblem as problem:
            raise MalformedQueryError(str(problem)) from problem
        return replace(statement, expressions=self._expressions(sql, arguments, request)) if found.engine is Engine.TRINO else statement

    def _read(self, sql: str, found: Route, request: QueryRequest, place: "_Place") -> Statement:
        if found.engine is Engine.CATALOG:
            return Statement(found, command=parse(found.statement, sql))
        try:
            tokens = trino_tokens(sql)
        except TokenError:
            tokens = ()
        if found is UNKNOWN or not tokens:
            self._check_syntax(Rewritten(sql))
            raise MalformedQueryError
        statement = _for_trino(found, sql, tokens, database_of(request), place)
        self._check_syntax(statement.rewritten)
        return statement

    def _check_syntax(self, rewritten: Rewritten) -> None:
        """Refuse what Trino cannot parse.

        A Trino that is away is not waited for here: the execution waits for it, and then fails for the same reason.
        """
        try:
            self._engine.check_syntax(rewritten.sql)
        except EngineUnavailable:
            return
        except EngineError as error:
            if error.name == "SYNTAX_ERROR":
                raise MalformedQueryError(rewritten.in_original(error.message, lines_before=1)) from error

    def _prepared_statement(self, sql: str, workgroup: str) -> tuple[str, tuple[str, ...]]:
        try:
            name, arguments = parameters.parse_execute(sql)
        except (SyntaxProblem, TokenError) as problem:
            raise MalformedQueryError(str(problem)) from problem
        return trimmed(self._prepared.get(workgroup, name).query), arguments

    def _expressions(self, sql: str, arguments: tuple[str, ...] | None, request: QueryRequest) -> tuple[str, ...]:
        """Return the SQL for each `?`: what stands after USING, else the request's ExecutionParameters."""
        wanted = parameters.count_placeholders(trino_tokens(sql))
        # Values that nothing asks for are ignored; those after USING are Trino's to count.
        if arguments:
            return arguments
        if not wanted:
            return ()
        if len(request.parameters) != wanted:
            message = f"Incorrect number of parameters: expected {wanted} but found {len(request.parameters)}"
            raise InvalidRequestError(message, "INVALID_PARAMETER_USAGE")
        return tuple(parameters.expression(value, self._is_expression) for value in request.parameters)

    def _is_expression(self, text: str) -> bool:
        try:
            self._engine.check_syntax(f"SELECT ({text})")
        except EngineError:
            return False
        except EngineUnavailable:
            return True
        return True


@dataclass(frozen=True)
class _Place:
    """Where a query's files go."""

    group: WorkGroup
    folder: str | None
    query_id: str


def _for_trino(found: Route, sql: str, tokens: tuple[Token, ...], database: str, place: _Place) -> Statement:
    edits = decimal_literals(tokens)
    write = None
    target = None
    match found.statement:
        case "CREATE_TABLE_AS_SELECT":
            folder = None if place.folder is None else f"{place.folder}tables/{place.query_id}/"
            may_place = not (place.group.is_enforced and place.group.output_location)
            write = create_table_as(tokens, sql, database=database, default_location=folder, may_place=may_place)
        case "UNLOAD":
            write = unload(tokens, sql, hidden_table=(database, f"unload_{place.query_id.replace('-', '_')}"))
        case "OPTIMIZE":
            edits += optimize(tokens, sql)
        case "INSERT" | "UPDATE" | "DELETE" | "MERGE":
            target = written_table(tokens, sql)
    return Statement(found, rewritten=rewrite(sql, [*(write.edits if write else ()), *edits]), write=write, target=target)
