"""Run the suites that need no Docker: the unit tests beside the others, which mostly wait for a stack.

    python scripts/test.py [PYTEST_OPTION...]

Prints the integration and end-to-end tests as they go, then all of the unit tests' output. Ends with 0 when both passed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "--durations=15", "--durations-min=10"]
# A selection such as -k may leave one of the two without a test.
NO_TESTS = 5
TIMEOUT_S = 3240


def main(options: list[str]) -> int:
    with tempfile.TemporaryFile() as output:
        units = subprocess.Popen([*PYTEST, "tests/unit", *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            others = subprocess.run([*PYTEST, "tests/integration", "tests/e2e", *options], cwd=ROOT, timeout=TIMEOUT_S, check=False).returncode
            code = units.wait(TIMEOUT_S)
        except BaseException:
            units.terminate()
            units.wait()
            raise
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    codes = {others, code}
    return NO_TESTS if codes == {NO_TESTS} else max(codes - {NO_TESTS})


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.TimeoutExpired:
        print(f"The tests did not end within {TIMEOUT_S // 60} minutes.", file=sys.stderr)
        sys.exit(1)
