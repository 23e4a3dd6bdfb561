"""Resolve the .in files into locks: exact versions, hashes of every file of each, no index URL.

    python scripts/lock.py              keeps the versions that still fit
    python scripts/lock.py --upgrade    takes the newest that fit

The jars.lock files are kept by hand: a line is a coordinate with sha256 and size.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
TIMEOUT_S = 600
# LocalStack's release names lower bounds only; these are the versions that it was released with.
CONSTRAINTS = {"services/localstack/requirements": "services/localstack/constraints.txt"}
LOCKS = (
    "requirements",
    "services/install",
    "services/localstack/requirements",
    "services/localstack/lambda",
    "services/spark/requirements",
    "services/trino/requirements",
)
# Locks in which one kind of machine takes another version than the rest, by a marker.
UNIVERSAL = {"requirements", "services/spark/requirements"}
OPTIONS = ("--quiet", "--python-version", "3.13", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header")


def main() -> int:
    for name in LOCKS:
        constraints = ["--constraints", CONSTRAINTS[name]] if name in CONSTRAINTS else []
        upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
        universal = ["--universal"] if name in UNIVERSAL else []
        command = [str(UV), "pip", "compile", *OPTIONS, *universal, *constraints, *upgrade, f"{name}.in", "--output-file", f"{name}.lock"]
        subprocess.run(command, cwd=ROOT, timeout=TIMEOUT_S, check=True)
        print(f"{name}.lock: {sum('==' in line for line in (ROOT / f'{name}.lock').read_text().splitlines())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
