"""One upload killed at every stage of its way, each time resumed by a new execution: what its tables hold must be what they hold otherwise."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import shop
from tests.support.executions import Attempt, attempt_of, put
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.killing import Killing
    from tests.support.pipeline import Pipeline


_INVOKED_WITHIN_S = 2
_JOBS = {"Load order items": "etl_order_items"}


class TooLateError(Exception):
    """A stage was over before it was killed, which proves nothing."""


@dataclass(frozen=True)
class Round:
    """One stack with the pipeline on it.

    Attributes:
        delay_s: how long after a stage was entered something is killed there; called for each.
    """

    stack: object
    pipeline: Pipeline
    killing: Killing
    delay_s: Callable[[], float]

    def undisturbed(self, base: int) -> dict[str, list[tuple]]:
        """Load a workbook with these keys; return what it left in the tables."""
        ended = self._upload(f"undisturbed-{base}.xlsx", shop.workbook(base)).ended()
        assert ended.status == "SUCCEEDED", ended
        return shop.found(self.pipeline, base, ended.output["upload_id"])

    def killed_at_every_stage(self, *bases: int) -> tuple[dict[str, list[tuple]], int]:
        """Do the same, with everything that can die dying once; return also how many tries it took.

        Args:
            bases: one a try: a try whose kill came too late, as on a machine that does much else, is made again with other keys.
        """
        for number, base in enumerate(bases, start=1):
            try:
                return self._killed_at_every_stage(base), number
            except TooLateError as error:
                missed = error
        raise AssertionError(f"none of {len(bases)} tries killed every stage in time: {missed}")

    def _killed_at_every_stage(self, base: int) -> dict[str, list[tuple]]:
        # It is warm from the load before; frozen, it is still at its work when it is killed.
        self.killing.freeze_function("convert_excel_to_csv")
        first = self._upload(f"killed-{base}.xlsx", shop.workbook(base))
        self._fails(first, "Convert the upload", self._kill_function)
        stopped = self._stopped(first.again(), "Convert the upload")
        stopped = self._stopped(stopped.again(), "Load orders")
        failed = self._fails(stopped.again(), "Load order items", self.killing.jvm)
        failed = self._fails(failed.again(), "Load order items", self.killing.driver)
        stopped = self._stopped(failed.again(), "Archive what was loaded")
        # The next upload's execution takes the load over, and has Trino die under its query; one that is not asked yet waits for the next Trino.
        other = self._upload(f"next-{base}.csv", f"{','.join(shop.PRODUCTS)}\n{base + shop.SPAN // 2},1,Toys,Next\n".encode())
        other.entered("Verify the tables")
        self.killing.trino()
        other.ended()
        self.killing.wait_until_healthy()

        again = [attempt.again().ended() for attempt in (stopped, other)]

        assert [execution.status for execution in again] == ["SUCCEEDED"] * 2, again
        upload_id = self.pipeline.query(
            f"select max(upload_id) from ingestion_log where source_key like '%killed-{base}.xlsx' and dataset = 'orders'"
        )
        found = shop.found(self.pipeline, base, upload_id[0][0])
        found["products"] = [row for row in found["products"] if row[0] != str(shop.SPAN // 2)]
        return found

    def _kill_function(self) -> None:
        time.sleep(_INVOKED_WITHIN_S)  # killed idle, it would be replaced before it was missed
        self.killing.function("convert_excel_to_csv")

    def _upload(self, name: str, body: bytes) -> Attempt:
        key = f"uploads/{uuid.uuid4().hex[:8]}/{name}"
        return attempt_of(self.stack, key, put(self.stack, key, body))

    def _fails(self, attempt: Attempt, state: str, kill: Callable[[], None]) -> Attempt:
        attempt.entered(state)
        if state in _JOBS:
            # Before it is RUNNING, a driver and a JVM that are killed are replaced, and the run takes others.
            eventually(lambda: self._is_running(attempt, _JOBS[state]), 60, 0.02, f"a run of {_JOBS[state]}")
        time.sleep(self.delay_s())
        kill()
        return self._has_ended(attempt, "FAILED", state)

    def _is_running(self, attempt: Attempt, job: str) -> bool:
        runs = self.stack.client("glue").get_job_runs(JobName=job, MaxResults=1)["JobRuns"]
        if attempt.status() != "RUNNING":
            raise TooLateError(f"{job} of {attempt.arn} was over before it was seen")
        return bool(runs) and runs[0]["JobRunState"] == "RUNNING"

    def _has_ended(self, attempt: Attempt, status: str, state: str) -> Attempt:
        ended = attempt.ended()
        if ended.status == "SUCCEEDED":
            raise TooLateError(f"{state!r} of {attempt.arn} was over before it was killed")
        assert ended.status == status, (state, ended)
        return attempt

    def _stopped(self, attempt: Attempt, state: str) -> Attempt:
        attempt.entered(state)
        time.sleep(self.delay_s())
        attempt.stop()
        return self._has_ended(attempt, "ABORTED", state)
