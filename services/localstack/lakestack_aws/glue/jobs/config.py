"""Every setting of the jobs half of Glue, read from the environment once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How the jobs half behaves.

    Attributes:
        worker_token: What workers must present; None refuses them all.
        glue_fallback: Glue version in which to run jobs of versions that are not emulated, or None to refuse them.
        lost_after_s: A worker that was not heard of for so long is lost, and its runs fail.
        no_worker_after_s: A run for which no worker was there for so long fails.
        timeout_unit_s: The length of one minute of a job's Timeout; tests shorten it.
    """

    worker_token: str | None = None
    glue_fallback: str | None = None
    lost_after_s: float = 15
    no_worker_after_s: float = 180
    timeout_unit_s: float = 60

    @classmethod
    def from_environment(cls) -> "Settings":
        return cls(
            worker_token=os.environ.get("LAKESTACK_WORKER_TOKEN") or None,
            glue_fallback=os.environ.get("LAKESTACK_GLUE_FALLBACK") or None,
            lost_after_s=float(os.environ.get("LAKESTACK_WORKER_LOST_AFTER", "15")),
            no_worker_after_s=float(os.environ.get("LAKESTACK_NO_WORKER_AFTER", "180")),
        )
