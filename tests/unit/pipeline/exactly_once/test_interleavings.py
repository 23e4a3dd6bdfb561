"""Executions that race and die, at any call to a store: whatever happens, everything is loaded exactly once in the end, and nothing is stuck.

The actions of check_marker_lambda, the conversion and the archive are the real ones; only the Spark jobs are three lines, which keep what
matters here: they read the CSVs, demand the lease, and append rejects unless somebody may have tried before. A seed decides who goes on
after each call, and who is killed: a function (its execution reports the failure), an execution (nobody reports anything, but a function or
job of it may live on), or the lease, which expires under a living holder.
"""

import collections
import importlib.util
import json
import random
import threading
from pathlib import Path

import pytest
from lakehouse import claims, conversions, leases, loads
from lakehouse.coordination import DynamoTable
from lakehouse.s3 import Bucket

from tests.unit.pipeline.fakes import FolderS3, MemoryDynamoDB

ROOT = Path(__file__).parents[4]
BOTH = ["orders", "products"]
# Of each: the name under uploads/, the datasets that it holds, and how often its event comes.
UPLOADS = [("both.xlsx", BOTH, 2), ("copy-of-both.xlsx", BOTH, 1), ("orders.csv", ["orders"], 1)]
LOADED = ["orders", "orders", "products"]
SEEDS = 40
_MOST_WAITS = 300


class Killed(BaseException):
    """What a process notices of its end: nothing that it could catch."""


class ActionFailed(Exception):
    """What the state machine sees of a function or job that was killed."""


class Worker:
    """One execution in a thread of its own, which goes on only when it is told to."""

    def __init__(self, stage, name, run):
        self.name, self.is_over, self.outcome, self.doom, self.error = name, False, None, None, None
        self._stage, self._go = stage, threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(run,), daemon=True)
        self._thread.start()

    def _run(self, run):
        self._go.acquire()
        self._stage.local.worker = self
        try:
            self.outcome = run(self)
        except Killed:
            self.outcome = "KILLED"
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.outcome, self.error = "BROKEN", error
        self._stage.ended(self)
        self._stage.turn.release()

    def step(self):
        self._go.release()
        assert self._stage.turn.acquire(timeout=20), f"{self.name} does not come back"

    def pause(self):
        """Let others go on; called before every call to a store."""
        self._stage.turn.release()
        self._go.acquire()
        if self.doom:
            self.doom = None
            raise Killed

    def act(self, action):
        """Do what one state of the state machine does."""
        try:
            answer = action()
        except Killed:
            if self.is_over:
                raise
            raise ActionFailed from None
        if self.is_over:
            raise Killed
        return answer


class Stage:
    """The lake, its stores, and whoever works on it."""

    def __init__(self, store, dice):
        self.turn, self.local, self.dice = threading.Semaphore(0), threading.local(), dice
        self.over, self.workers = set(), []
        self.s3 = FolderS3(None)
        self.bucket = Bucket("lake", Watched(self.s3, self))
        if store == "dynamodb":
            self.bucket.documents = DynamoTable("coordination", Watched(MemoryDynamoDB(), self))
        self.merged, self.rejects, self.job_runs = set(), collections.Counter(), collections.Counter()

    def upload(self, key, datasets):
        return self.s3.put_object("lake", key, json.dumps(datasets).encode())["VersionId"]

    def ended(self, worker):
        self.over.add(worker.name)
        self.workers.remove(worker)

    def start(self, name, run):
        self.workers.append(Worker(self, name, run))
        return self.workers[-1]

    def run(self, *, mishaps):
        """Let the workers go on in any order until all have ended, with at most so many mishaps."""
        while self.workers:
            worker = self.dice.choice(self.workers)
            if mishaps and self.dice.random() < 0.02:
                mishaps -= 1
                self._strike(worker)
            worker.step()

    def _strike(self, worker):
        match self.dice.choice(["function", "execution", "execution and function", "lease"]):
            case "function":
                worker.doom = True
            case "execution":
                worker.is_over = True
                self.over.add(worker.name)
            case "execution and function":
                worker.doom = worker.is_over = True
                self.over.add(worker.name)
            case "lease":
                found = self.bucket.documents.read(leases.KEY)
                if found:
                    self.bucket.documents.replace(leases.KEY, {**found.content, "expires_at": "2000-01-01T00:00:00+00:00"}, found.revision)


class Watched:
    """A client whose every call is a point where others may go on, or the caller may die."""

    def __init__(self, client, stage):
        self._client, self._stage = client, stage

    def __getattr__(self, name):
        found = getattr(self._client, name)

        def call(*arguments, **named):
            if worker := getattr(self._stage.local, "worker", None):
                worker.pause()
            return found(*arguments, **named)

        return call


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def code():
    return module(ROOT / "lambdas/check_marker_lambda/handler.py"), module(ROOT / "glue_jobs/archive_raw_csvs.py")


def convert(bucket, claim):
    """Stand in for the converter: an upload is the list of its datasets."""
    datasets = json.loads(b"".join(bucket.chunks(claim.key, claim.version_id)))
    sheets = []
    for dataset in datasets:
        csv = f"{conversions.RAW}/{dataset}/{claim.upload_id}/s.csv"
        bucket.write_bytes(csv, b"", "text/csv")
        sheets.append({"sheet": "s", "csv": csv, "rows_read": 1, "warnings": [], "dataset": dataset, "outcome": "OK", "reason": None})
    return {"outcome": "OK", "reason": None, "text": None, "sheets": sheets}


def load_job(stage, load, dataset, execution):
    planned = loads.read_plan(stage.bucket, load)
    uploads = {upload["upload_id"]: upload for upload in planned["uploads"]}
    for sheet in planned["datasets"][dataset]["sheets"]:
        if stage.bucket.read_bytes(sheet["csv"]) is None:
            raise FileNotFoundError(sheet["csv"])
    leases.demand(stage.bucket, execution)
    for sheet in planned["datasets"][dataset]["sheets"]:
        row = (sheet["upload_id"], dataset)
        stage.merged.add(row)
        stage.job_runs[row] += 1
        stage.rejects[row] = stage.rejects[row] + 1 if uploads[sheet["upload_id"]]["attempts"] == 1 else 1


def state_machine(stage, handler, archive, key, version):  # noqa: C901 - all of it, state by state
    """Return what one execution does, as step_functions/lakehouse_etl_flow.json has it."""

    def call(worker, **event):
        return worker.act(lambda: handler.handler({"bucket": "lake", "execution": worker.name, **event}, None))

    def load(worker, state):
        claimed = state["claimed"] = call(worker, action="claim", object={"key": key, "version-id": version})
        if claimed["outcome"] == "SKIPPED":
            return "SKIPPED"
        worker.act(lambda: conversions.convert_claimed(stage.bucket, claimed["claim"]))
        for _ in range(_MOST_WAITS):
            answer = call(worker, action="take_load_lease", claim=claimed["claim"], started_at="2999-01-01T00:00:00+00:00", state=state)
            state["lease"] = {"answer": answer}
            if answer["outcome"] != "WAIT":
                break
            worker.pause()
        if answer["outcome"] != "HOLDER":
            return answer["outcome"]
        for dataset in [name for name, is_needed in answer["needs"].items() if is_needed]:
            if not call(worker, dataset=dataset, load=answer["load"])["already_processed"]:
                worker.act(lambda name=dataset: load_job(stage, answer["load"], name, worker.name))
                call(worker, action="mark", dataset=dataset, load=answer["load"])
        worker.act(lambda: archive.archive(stage.bucket, answer["load"]))
        return call(worker, action="finish", load=answer["load"], claim=claimed["claim"], verification="q")["outcome"]

    def run(worker):
        state = {"detail": {"bucket": {"name": "lake"}, "object": {"key": key}}}
        try:
            return load(worker, state)
        except Exception as error:  # noqa: BLE001 - as the state machine's Catch of States.ALL
            worker.error = error
            state["error"] = {"Error": type(error).__name__, "Cause": str(error)}
        try:
            call(worker, action="report_failure", state=state)
        except ActionFailed:
            return "UNREPORTED"
        return "FAILED"

    return run


@pytest.fixture
def stage_of(code, monkeypatch):
    """Return a function that prepares a stage for a store and a seed: its uploads are there, their executions ready to go."""
    handler, archive = code
    one_by_one = lambda do, items: [do(item) for item in items]  # noqa: E731
    for where in (loads, conversions, archive):
        monkeypatch.setattr(where, "in_parallel", one_by_one)
    monkeypatch.setattr(conversions, "_convert", convert)

    def prepare(store, seed):
        stage = Stage(store, random.Random(seed))
        monkeypatch.setattr(handler, "Bucket", lambda _name: stage.bucket)
        monkeypatch.setattr(handler, "_is_over", lambda execution: execution in stage.over)
        stage.events = []
        for name, datasets, times in UPLOADS:
            stage.events += [(f"uploads/{name}", stage.upload(f"uploads/{name}", datasets))] * times
        stage.send = lambda label, key, version: stage.start(f"{label} of {key}", state_machine(stage, handler, archive, key, version))
        return stage

    return prepare


def claims_of(stage):
    documents = stage.bucket.documents
    if isinstance(documents, DynamoTable):
        keys = [key for key in documents.client._client.items if key.startswith("state/claims/")]
    else:
        keys = [key for key in stage.s3.versions if key.startswith("state/claims/")]
    return [claims.read(stage.bucket, key) for key in keys]


def all_is_well(stage, loaded):
    found = claims_of(stage)
    assert {claim.status for claim in found} == {"LOADED"}
    assert sorted(dataset for _, dataset in stage.merged) == sorted(loaded)
    assert set(stage.rejects.values()) == {1}, stage.rejects
    assert list(stage.bucket.keys("state/queue/")) == []
    assert leases.holder_of(stage.bucket) is None
    assert {claim.key for claim in found} & set(stage.s3.versions) == set()


@pytest.mark.parametrize("store", ["s3", "dynamodb"])
def test_executions_that_race_load_every_content_once_and_none_makes_another_fail(stage_of, store):
    for seed in range(SEEDS):
        stage = stage_of(store, seed)
        workers = [stage.send(f"{seed}.{number}", *event) for number, event in enumerate(stage.events)]

        stage.run(mishaps=0)

        assert {worker.outcome for worker in workers} <= {"LOADED", "SKIPPED"}, (seed, [(w.name, w.outcome, w.error) for w in workers])
        assert set(stage.job_runs.values()) == {1}, seed
        all_is_well(stage, LOADED)


@pytest.mark.parametrize("store", ["s3", "dynamodb"])
@pytest.mark.parametrize("mishaps", [1, 3])
def test_whatever_is_killed_wherever_the_same_events_again_load_what_is_left_once(stage_of, store, mishaps):
    for seed in range(SEEDS):
        stage = stage_of(store, seed)
        for number, event in enumerate(stage.events):
            stage.send(f"{seed}.{number}", *event)
        stage.run(mishaps=mishaps)

        outcomes = []
        for number, event in enumerate(stage.events):
            outcomes.append(stage.send(f"{seed}.{number} again", *event))
            stage.run(mishaps=0)

        # An entry of the queue that nobody could clear goes with the next load.
        outcomes.append(stage.send("next", "uploads/next.csv", stage.upload("uploads/next.csv", ["products"])))
        stage.run(mishaps=0)
        assert {worker.outcome for worker in outcomes} <= {"LOADED", "SKIPPED"}, (seed, [(w.name, w.outcome, w.error) for w in outcomes])
        all_is_well(stage, [*LOADED, "products"])
