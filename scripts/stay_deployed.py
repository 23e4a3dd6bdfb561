"""Deploy the pipeline to the local endpoint, stay, and deploy again whenever the endpoint comes up without it.

    python scripts/stay_deployed.py

What a container runs that stands beside the stack. The file LAKESTACK_DEPLOYED (default: /tmp/deployed) exists while the pipeline is there.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import deploy
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploying.target import Target

_WATCH_S = 2.0
_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_ENDED_WELL = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def is_deployed(target: Target) -> bool:
    """Return whether the endpoint answers and has the pipeline's stack, whole."""
    try:
        (stack,) = target.client("cloudformation").describe_stacks(StackName=deploy.LAKE_STACK)["Stacks"]
    except (ClientError, BotoCoreError):
        return False
    return stack["StackStatus"] in _ENDED_WELL


def stay(target: Target, marker: Path, run_deploy: Callable[[], int], sleep: Callable[[float], None] = time.sleep) -> NoReturn:
    """Keep the pipeline deployed and `marker` true until the process is ended; a deploy that failed is tried again, later each time."""
    marker.unlink(missing_ok=True)
    backoff_s = _FIRST_BACKOFF_S
    while True:
        # The stack alone is not the whole deploy: without the marker, a deploy runs to its end at least once.
        if marker.exists() and is_deployed(target):
            sleep(_WATCH_S)
            continue
        marker.unlink(missing_ok=True)
        if run_deploy() == 0:
            marker.touch()
            backoff_s = _FIRST_BACKOFF_S
        else:
            print(f"The deploy failed; once more in {backoff_s:.0f} s.", flush=True)
            sleep(backoff_s)
            backoff_s = min(backoff_s * 2, _LONGEST_BACKOFF_S)


def _deploy() -> int:
    try:
        return deploy.main([])
    except OSError as error:
        print(f"error: {error}. The folders that are mounted here have to be readable for user {os.getuid()}: chmod -R a+rX", file=sys.stderr)
        return 1


def main() -> int:
    target = deploy.target_of(deploy.parse([]))
    try:
        stay(target, Path(os.environ.get("LAKESTACK_DEPLOYED", "/tmp/deployed")), _deploy)  # noqa: S108 - a container's own
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
