"""The process that cleans up after one that was killed."""

import os
import signal
import subprocess
import sys

import pytest

from lakestack.testing.reaper import Reaper
from tests.support.waiting import eventually

HOLDER = """
import sys, time
from lakestack.testing.reaper import Reaper
Reaper(sys.argv[1:])
print("holding", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_command_runs_when_the_holder_is_killed(tmp_path, number):
    sign = tmp_path / "it ran"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, "touch", str(sign)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert holder.stdout.readline() == b"holding\n"
    assert not sign.exists()

    os.kill(holder.pid, number)

    eventually(sign.exists, what="the command's trace")
    holder.wait(10)


def test_once_dismissed_it_runs_nothing_and_is_gone(tmp_path):
    reaper = Reaper(["touch", str(tmp_path / "it ran")])

    reaper.dismiss()

    assert reaper._process.returncode == 0
    assert not (tmp_path / "it ran").exists()
