"""The pipeline on a running stack, deployed as a user deploys it."""

import os
import subprocess
import sys
from pathlib import Path

from lakestack.install.wheels import wheels

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "scripts/deploy.py"


def deploy(stack, *options: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/deploy.py; the output is there to assert on, whatever came of it."""
    command = [sys.executable, str(DEPLOY), "--endpoint-url", stack.endpoint_url, *options]
    environment = {**os.environ, "LAKESTACK_WHEELS": str(wheels())}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
