"""The endpoint as a worker sees it: register, pull a run, keep it, finish it."""

import json
from typing import Any

import urllib3

from lakestack_worker.assignment import Assignment

_ANSWER_WITHIN_S = 30
_POLL_S = 5


class EndpointError(Exception):
    """The endpoint does not answer, or refuses."""


class NotRegisteredError(EndpointError):
    """The endpoint does not know this worker (any more)."""


class Endpoint:
    """Thread-safe; each call may raise EndpointError."""

    def __init__(self, url: str, token: str, worker_id: str) -> None:
        self.worker_id = worker_id
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=3, read=_ANSWER_WITHIN_S))

    def register(self, name: str, pid: int, slots: int, facts: dict[str, str], *, is_ready: bool) -> None:
        """Say who takes runs, and whether one would start at once (its first JVM is warm)."""
        self._post("workers", {"worker_id": self.worker_id, "name": name, "pid": pid, "slots": slots, "ready": is_ready, "facts": facts})

    def next_run(self) -> Assignment | None:
        """Return a run, or None when none came within a few seconds."""
        run = self._post(f"workers/{self.worker_id}/next", {"wait_s": _POLL_S})["run"]
        return Assignment.from_json(run) if run else None

    def confirm(self, run_id: str) -> bool:
        """Return whether the run is (still) this worker's to run; it is RUNNING then."""
        return self._post(f"runs/{run_id}/confirm", {"worker_id": self.worker_id})["go_on"]

    def may_go_on(self, run_id: str) -> bool:
        """Return False as soon as the run is to be ended, True when nothing was said for a few seconds."""
        return self._post(f"runs/{run_id}/heartbeat", {"worker_id": self.worker_id, "wait_s": _POLL_S})["go_on"]

    def finish(self, run_id: str, error_message: str | None) -> None:
        self._post(f"runs/{run_id}/finish", {"worker_id": self.worker_id, "error_message": error_message})

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.request("POST", f"{self._url}/_lakestack/{path}", body=json.dumps(body), headers=self._headers)
        except urllib3.exceptions.HTTPError as error:
            raise EndpointError(f"{self._url} does not answer: {error}") from error
        if answer.status == 404:
            raise NotRegisteredError(f"{self._url} does not know worker {self.worker_id}.")
        if answer.status != 200:
            raise EndpointError(f"{self._url}/_lakestack/{path} answered {answer.status}: {answer.data[:300].decode(errors='replace')}")
        return json.loads(answer.data)
