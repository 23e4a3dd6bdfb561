"""Athena in a test's words: run a statement, wait for it, look at what it left."""

import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.waiting import eventually

_TERMINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True)
class Query:
    """An execution that has ended.

    Attributes:
        execution: What GetQueryExecution answers.
        athena, s3: Clients.
    """

    execution: dict
    athena: object
    s3: object

    @property
    def id(self) -> str:
        return self.execution["QueryExecutionId"]

    @property
    def state(self) -> str:
        return self.execution["Status"]["State"]

    @property
    def why(self) -> str:
        return self.execution["Status"].get("StateChangeReason", "")

    @property
    def results(self) -> dict:
        return self.athena.get_query_results(QueryExecutionId=self.id)

    @property
    def rows(self) -> list[list[str | None]]:
        return rows_of(self.results)

    @property
    def location(self) -> str:
        return self.execution["ResultConfiguration"]["OutputLocation"]

    @property
    def file(self) -> bytes:
        return self.file_at(self.location)

    def file_at(self, location: str) -> bytes:
        parts = urlsplit(location)
        return self.s3.get_object(Bucket=parts.netloc, Key=parts.path[1:])["Body"].read()


def rows_of(results: dict) -> list[list[str | None]]:
    """Return the rows of a GetQueryResults; NULL is None."""
    return [[datum.get("VarCharValue") for datum in row["Data"]] for row in results["ResultSet"]["Rows"]]


class Athena:
    """Runs statements with their results in one bucket."""

    def __init__(self, stack, bucket: str, database: str | None = None) -> None:
        self.client = stack.client("athena")
        self.s3 = stack.client("s3")
        self.bucket = bucket
        self.database = database

    def start(self, sql: str, **arguments) -> str:
        """Start a statement and return its id."""
        request = {
            "QueryString": sql,
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
            "ClientRequestToken": str(uuid.uuid4()),
        }
        if self.database:
            request["QueryExecutionContext"] = {"Database": self.database}
        return self.client.start_query_execution(**{**request, **arguments})["QueryExecutionId"]

    def wait(self, query_id: str, within_s: float = 120) -> Query:
        """Return an execution once it has ended."""

        def ended():
            execution = self.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            return execution if execution["Status"]["State"] in _TERMINAL else None

        return Query(eventually(ended, within_s=within_s, every_s=0.02, what=f"the end of query {query_id}"), self.client, self.s3)

    def run(self, sql: str, **arguments) -> Query:
        """Run a statement to its end, whatever that is."""
        return self.wait(self.start(sql, **arguments))

    def succeed(self, sql: str, **arguments) -> Query:
        """Run a statement that must succeed."""
        query = self.run(sql, **arguments)
        assert query.state == "SUCCEEDED", f"{sql}\n{query.why}"
        return query

    def rows(self, sql: str, **arguments) -> list[list[str | None]]:
        """Return a SELECT's rows without its header."""
        return self.succeed(sql, **arguments).rows[1:]

    def lines(self, sql: str, **arguments) -> list[str]:
        """Return the lines of a statement on the catalog."""
        return [row[0] for row in self.succeed(sql, **arguments).rows]
