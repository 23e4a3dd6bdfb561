"""What a worker and the endpoint say to each other, as JSON under /_lakestack/.

    POST /_lakestack/workers                       {"worker_id", "name", "pid", "slots", "ready", "facts"} -> {"lost_after_s"}
    GET  /_lakestack/workers                                                                         -> {"workers": [...]}
    POST /_lakestack/workers/<worker_id>/next      {"wait_s"}                -> {"run": {...} | null}
    POST /_lakestack/runs/<run_id>/confirm         {"worker_id"}             -> {"go_on": true | false}
    POST /_lakestack/runs/<run_id>/heartbeat       {"worker_id", "wait_s"}   -> {"go_on": true | false}
    POST /_lakestack/runs/<run_id>/finish          {"worker_id", "error_message": null | "..."} -> {}

`next` and `heartbeat` are long polls. Every call carries ``Authorization: Bearer <LAKESTACK_WORKER_TOKEN>``.
A worker that is not known gets 404 and registers again.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lakestack_aws.glue.jobs.api import log_group
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.job_runs import JobRun
from lakestack_aws.glue.jobs.jobs import is_run_by_fallback
from lakestack_aws.glue.jobs.scheduler import Scheduler
from lakestack_aws.glue.jobs.workers import UnknownWorkerError, Worker

type Body = dict[str, Any]
type Answer = tuple[int, Body]


@dataclass(frozen=True)
class RoleSession:
    """What a run may call AWS with.

    Attributes:
        credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
        note: What the run's log has to say about the role, or None.
    """

    credentials: Mapping[str, str]
    note: str | None = None


class RoleError(Exception):
    """The role of a job could not be assumed."""


class WorkerProtocol:
    """Answers of (status, JSON) to the calls above, without any web framework."""

    def __init__(self, scheduler: Scheduler, settings: Settings, assume_role: Callable[[str, str], RoleSession]) -> None:
        self._scheduler = scheduler
        self._settings = settings
        self._assume_role = assume_role

    def refusal(self, authorization: str | None) -> Answer | None:
        """Return why a call is refused, or None if its token is right."""
        if not self._settings.worker_token:
            return 403, {"message": "LAKESTACK_WORKER_TOKEN is not set at the endpoint, so no worker is let in. The engine sets it for both."}
        if not hmac.compare_digest((authorization or "").encode(), f"Bearer {self._settings.worker_token}".encode()):
            return 401, {"message": "The Authorization header does not carry the LAKESTACK_WORKER_TOKEN of this stack."}
        return None

    def register(self, body: Body) -> Answer:
        now = datetime.now(UTC)
        worker = Worker(
            id=body["worker_id"],
            name=body["name"],
            pid=body["pid"],
            slots=body["slots"],
            registered_at=now,
            heard_at=now,
            is_ready=bool(body.get("ready")),
            facts=body.get("facts") or {},
        )
        self._scheduler.register(worker)
        return 200, {"lost_after_s": self._settings.lost_after_s}

    def list_workers(self) -> Answer:
        return 200, {"workers": [_worker_view(worker, runs) for worker, runs in self._scheduler.workers()]}

    def next_run(self, worker_id: str, body: Body) -> Answer:
        try:
            run = self._scheduler.next_run(worker_id, float(body["wait_s"]))
        except UnknownWorkerError as error:
            return 404, {"message": str(error)}
        if run is None:
            return 200, {"run": None}
        try:
            session = self._assume_role(run.job.role_arn, run.job.key.region)
        except RoleError as error:
            self._scheduler.refuse(run, str(error))
            return 200, {"run": None}
        return 200, {"run": self._assignment(run, session)}

    def confirm(self, run_id: str, body: Body) -> Answer:
        return 200, {"go_on": self._scheduler.confirm(body["worker_id"], run_id)}

    def heartbeat(self, run_id: str, body: Body) -> Answer:
        return 200, {"go_on": self._scheduler.heartbeat(body["worker_id"], run_id, float(body["wait_s"]))}

    def finish(self, run_id: str, body: Body) -> Answer:
        self._scheduler.finish(body["worker_id"], run_id, body.get("error_message"))
        return 200, {}

    def _assignment(self, run: JobRun, session: RoleSession) -> Body:
        members = {**run.job.definition, **run.overrides}
        notes = [session.note] if session.note else []
        if is_run_by_fallback(run.job):
            asked = run.job.glue_version or "not set"
            notes.append(f"GlueVersion is {asked}; LAKESTACK_GLUE_FALLBACK={self._settings.glue_fallback} runs it as that.")
        return {
            "run_id": run.id,
            "job_name": run.job.name,
            "kind": run.job.kind,
            "attempt": run.attempt,
            "script_location": run.job.script_location,
            "python_version": run.job.python_version,
            "arguments": run.effective_arguments,
            "account_id": run.job.key.account_id,
            "region": run.job.key.region,
            "log_group": log_group(run),
            "credentials": dict(session.credentials),
            "capacity": {name: members[name] for name in ("WorkerType", "NumberOfWorkers", "MaxCapacity") if name in members},
            "unused": [name for name in ("Connections", "SecurityConfiguration", "MaintenanceWindow") if members.get(name)],
            "notes": notes,
        }


def _worker_view(worker: Worker, runs: list[JobRun]) -> Body:
    return {
        "worker_id": worker.id,
        "name": worker.name,
        "pid": worker.pid,
        "slots": worker.slots,
        "ready": worker.is_ready,
        "registered_at": worker.registered_at.isoformat(),
        "heard_at": worker.heard_at.isoformat(),
        "runs": [run.id for run in runs],
        "facts": worker.facts,
    }
