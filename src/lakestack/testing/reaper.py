"""Runs a command once the process that asked for it is gone, however that ended: a stack of tests does not outlive them.

    python -m lakestack.testing.reaper COMMAND [ARGUMENT ...]

Whoever starts it holds its standard input. Closed without a word, the command is run; `dismissed`, it is not.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence

_DISMISSED = b"dismissed"
_COMMAND_WITHIN_S = 300


class Reaper:
    """The process, as seen by the one that started it."""

    def __init__(self, command: Sequence[str]) -> None:
        # A session of its own: Ctrl-C in the terminal is for the tests alone.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lakestack.testing.reaper", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """End it without running the command: there is nothing left to do, or it is to stay."""
        self._process.communicate(_DISMISSED, timeout=10)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.stdin.buffer.read() == _DISMISSED:
        return 0
    return subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, timeout=_COMMAND_WITHIN_S, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
