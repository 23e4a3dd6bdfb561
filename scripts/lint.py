"""Every static check of the project, each with its time; all of them run even when one fails.

python scripts/lint.py
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
TIMEOUT_S = 300


def checks() -> dict[str, list[str]]:
    """Return the command of each check by its name; those on files run on what git tracks."""
    return {
        "format": ["ruff", "format", "--check", "--quiet", "."],
        "lint": ["ruff", "check", "--quiet", "."],
        "types": ["mypy"],
        "spelling": ["codespell", *tracked("*.py", "*.md", "*.yaml", "*.sql", "*.json", "Makefile")],
        "shell": ["shellcheck", *tracked("*.sh", ".ci/run")],
        "sql": ["sqlfluff", "lint", "--disable-progress-bar", "sql"],
        "template": ["cfn-lint", *tracked("infra/*.yaml", "examples/*/template.yaml")],
    }


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return listed.stdout.split()


def main() -> int:
    failed = []
    for name, command in checks().items():
        began = time.monotonic()
        result = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        print(f"{'ok    ' if result.returncode == 0 else 'FAILED'} {name:<9} {time.monotonic() - began:5.1f} s", flush=True)
        if result.returncode != 0:
            failed.append(name)
            print((result.stdout + result.stderr).strip(), flush=True)
    print(f"{len(checks()) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
