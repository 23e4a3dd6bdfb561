"""The life of a query: what may happen to it, and in which order it is checked."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from lakestack_aws.athena.account import assemble
from lakestack_aws.athena.config import Settings
from lakestack_aws.athena.delta_metadata import DeltaMetadata
from lakestack_aws.athena.errors import InvalidRequestError, MalformedQueryError
from lakestack_aws.athena.queries import Pools
from lakestack_aws.athena.query_executions import QueryRequest, State
from lakestack_aws.athena.store import Store
from lakestack_aws.athena.trino_protocol import EngineError, EngineUnavailable

from tests.support.waiting import eventually
from tests.unit.athena.fakes import FakeEngine, FakeGlue, FakeS3

DELTA = {"Parameters": {"spark.sql.sources.provider": "delta"}, "StorageDescriptor": {"Location": "s3://bucket/d"}}


class Athena:
    """An account over fakes."""

    def __init__(self, engine=None, glue=None, settings=None):
        self.engine = engine or FakeEngine()
        self.s3 = FakeS3()
        self.pool = ThreadPoolExecutor(2)
        self.store = Store()
        self.account = assemble(
            self.store,
            glue=glue or FakeGlue(),
            s3=self.s3,
            engine=self.engine,
            delta=DeltaMetadata(FakeEngine()),
            pools=Pools(self.pool, self.pool),
            settings=settings or Settings(),
            describe_delta=None,
        )

    def start(self, sql="SELECT 1", **changes):
        request = {"sql": sql, "token": str(uuid.uuid4()), "workgroup": "primary", "output_location": "s3://bucket/out", **changes}
        return self.account.queries.start(QueryRequest(**request))

    def state(self, query_id):
        return self.store.executions.get(query_id).state

    def ended(self, query_id):
        eventually(lambda: self.state(query_id).is_terminal, within_s=5, every_s=0.01)
        return self.store.executions.get(query_id)


@pytest.fixture
def athena():
    made = []

    def make(**parts):
        made.append(Athena(**parts))
        return made[-1]

    yield make
    for one in made:
        one.engine.released.set()
        one.pool.shutdown()


def test_a_query_runs_and_leaves_its_files(athena):
    account = athena()

    execution = account.ended(account.start("SELECT 1.5 ;"))

    assert execution.state is State.SUCCEEDED
    assert account.engine.sent == ["SELECT 1.5E0"]
    assert account.s3.objects[f"out/{execution.id}.csv"] == b'"a"\n"1"\n'
    assert execution.statistics.scanned_bytes == 10


def test_a_stopped_query_stays_cancelled_and_is_stopped_in_the_engine(athena):
    account = athena()
    account.engine.released.clear()
    query_id = account.start()
    eventually(lambda: account.engine.sent, within_s=5, every_s=0.01)

    account.account.queries.stop(query_id)
    account.pool.shutdown()

    assert account.state(query_id) is State.CANCELLED
    assert "trino-1" in account.engine.cancelled
    assert account.s3.objects == {}


def test_a_query_stopped_in_the_queue_never_starts(athena):
    account = athena()
    account.engine.released.clear()
    running = [account.start(), account.start()]
    queued = account.start()

    account.account.queries.stop(queued)
    account.engine.released.set()
    account.pool.shutdown()

    assert [account.state(query_id) for query_id in [*running, queued]] == [State.SUCCEEDED, State.SUCCEEDED, State.CANCELLED]
    assert len(account.engine.sent) == 2


def test_stopping_what_has_ended_changes_nothing(athena):
    account = athena()
    query_id = account.start()
    account.ended(query_id)

    account.account.queries.stop(query_id)

    assert account.state(query_id) is State.SUCCEEDED


def test_the_engines_error_is_the_reason(athena):
    account = athena(engine=FakeEngine(failure=EngineError("TABLE_NOT_FOUND", "line 1:20: Table 'x' does not exist")))

    execution = account.ended(account.start("SELECT 1.5 FROM      x"))

    assert execution.reason == "TABLE_NOT_FOUND: line 1:18: Table 'x' does not exist"
    assert (execution.error.category, execution.error.error_type) == (2, 1301)


def test_an_engine_that_is_away_fails_the_query_and_says_so(athena):
    account = athena(engine=FakeEngine(failure=EngineUnavailable("The query engine did not answer at http://x within 60 s.")))

    execution = account.ended(account.start())

    assert execution.reason == "GENERIC_INTERNAL_ERROR: The query engine did not answer at http://x within 60 s."
    assert (execution.error.category, execution.error.is_retryable) == (1, True)


def test_a_refused_statement_does_not_use_up_its_token(athena):
    account = athena(engine=FakeEngine(malformed={"SELECT FROM"}))
    token = str(uuid.uuid4())

    with pytest.raises(MalformedQueryError, match="line 1:3: mismatched input"):
        account.start("SELECT FROM", token=token)

    assert account.ended(account.start("SELECT 1", token=token)).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("token", "message"),
    [("", "clientRequestToken is null or empty"), ("short", "greater than or equal to 32"), ("x" * 129, "less than or equal to 128")],
)
def test_a_token_has_a_length(athena, token, message):
    with pytest.raises(InvalidRequestError, match=message):
        athena().start(token=token, output_location=None)


def test_the_location_is_checked_before_the_syntax(athena):
    with pytest.raises(InvalidRequestError, match="No output location provided"):
        athena(engine=FakeEngine(malformed={"SELECT FROM"})).start("SELECT FROM", output_location=None)


def test_a_token_stands_for_what_it_started_whatever_the_parameters(athena):
    account = athena()
    token = str(uuid.uuid4())
    first = account.start(token=token)

    assert account.start(token=token, parameters=("1",)) == first
    with pytest.raises(InvalidRequestError, match="Idempotent parameters do not match"):
        account.start(token=token, database="other")


def test_a_delta_table_is_written_only_where_that_is_allowed(athena):
    refusing = athena(glue=FakeGlue(d=DELTA))
    allowing = athena(glue=FakeGlue(d=DELTA), settings=Settings(has_delta_writes=True))

    refused = refusing.ended(refusing.start("DELETE FROM db.d"))
    allowed = allowing.ended(allowing.start("DELETE FROM db.d"))

    assert refused.reason == "NOT_SUPPORTED: This connector does not support modifying table rows"
    assert refusing.engine.sent == []
    assert allowed.state is State.SUCCEEDED


def test_the_context_is_the_engines_session(athena):
    account = athena()

    account.ended(account.start(database="`DB`", catalog="AwsDataCatalog"))

    assert (account.engine.sessions[0].catalog, account.engine.sessions[0].schema) == ("awsdatacatalog", "db")


def test_parameters_are_sent_with_the_statement(athena):
    account = athena()

    account.ended(account.start("SELECT ?, 'it''s'", parameters=("abc",)))

    assert account.engine.sent == ["EXECUTE IMMEDIATE\n'SELECT ?, ''it''''s''' USING 'abc'"]


@pytest.mark.parametrize(("value", "is_valid"), [("allow", True), ("refuse", True), ("yes", False)])
def test_the_switch_for_delta_writes_knows_two_words(value, is_valid):
    environment = {"LAKESTACK_ATHENA_DELTA_WRITES": value}

    if is_valid:
        assert Settings.from_environment(environment).has_delta_writes == (value == "allow")
    else:
        with pytest.raises(ValueError, match="expected 'allow' or 'refuse'"):
            Settings.from_environment(environment)
