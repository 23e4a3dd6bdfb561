"""An engine, a catalog and an object store without a network."""

import threading

from lakestack_aws.athena.catalog import CatalogError
from lakestack_aws.athena.column_info import TrinoType
from lakestack_aws.athena.trino_protocol import EngineColumn, EngineError


class FakeStatement:
    """One integer column `a` with the given rows; blocks until `released` is set."""

    update_type = None
    update_count = None

    def __init__(self, rows, released):
        self.query_id = "trino-1"
        self.columns = (EngineColumn("a", TrinoType("integer")),)
        self.stats = {"physicalInputBytes": 10, "planningTimeMillis": 1, "elapsedTimeMillis": 2}
        self._rows = rows
        self._released = released

    def pages(self):
        while not self._released.wait(0.01):
            yield []
        yield self._rows


class FakeEngine:
    """Answers every statement with `rows`, or raises `failure`; refuses to parse `malformed`."""

    def __init__(self, rows=((1,),), failure=None, malformed=()):
        self.rows = [list(row) for row in rows]
        self.failure = failure
        self.malformed = malformed
        self.released = threading.Event()
        self.released.set()
        self.sent = []
        self.sessions = []
        self.cancelled = []

    def start(self, sql, session):
        self.sent.append(sql)
        self.sessions.append(session)
        if self.failure:
            raise self.failure
        return FakeStatement(self.rows, self.released)

    def check_syntax(self, sql):
        if sql in self.malformed:
            raise EngineError("SYNTAX_ERROR", "line 2:3: mismatched input")

    def cancel(self, query_id):
        self.cancelled.append(query_id)


class FakeGlue:
    """As much of a Glue client as one database and its tables need."""

    def __init__(self, **tables):
        self.tables_by_name = {name: {"Name": name, "DatabaseName": "db", **table} for name, table in tables.items()}

    def get_table(self, DatabaseName, Name):
        if Name not in self.tables_by_name:
            raise CatalogError("EntityNotFoundException", f"Entity Not Found {DatabaseName}.{Name}")
        return {"Table": self.tables_by_name[Name]}


class FakeS3:
    """A bucket named `bucket`."""

    def __init__(self):
        self.objects = {}

    def head_bucket(self, Bucket):
        assert Bucket == "bucket"

    def put_object(self, Bucket, Key, Body, ContentType):
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()
