"""Every static check of the project, each with its time; all of them run even when one fails.

python scripts/lint.py          a check whose tool is not here is skipped by name
python scripts/lint.py --all    nothing may be skipped
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lakestack.install import cache

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
TIMEOUT_S = 600
# What a check ends with that cannot be made here; the last line of its output says why.
SKIPPED = 77
# A module of Go's that locks the linter of the workflows.
ACTIONLINT = ROOT / "scripts/actionlint"


@dataclass(frozen=True)
class Check:
    """One static check.

    Attributes:
        command: Of .venv where it has it, else of this machine.
        environment: What it needs beside the caller's.
        not_here: Why it cannot be made on this machine, or "".
    """

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    not_here: str = ""


def checks() -> dict[str, Check]:
    """Return each check by its name; those on files run on what git tracks."""
    return {
        "format": Check(["ruff", "format", "--check", "--quiet", "."]),
        "lint": Check(["ruff", "check", "--quiet", "."]),
        "types": Check(["mypy"]),
        "spelling": Check(["codespell", *tracked("*.py", "*.md", "*.yaml", "*.yml", "*.sql", "*.json", "Makefile", "*Dockerfile")]),
        "shell": Check(["shellcheck", *tracked("*.sh", ".ci/run")]),
        "sql": Check(["sqlfluff", "lint", "--disable-progress-bar", "sql"]),
        "template": Check(["cfn-lint", *tracked("infra/*.yaml", "examples/*/template.yaml")]),
        "images": Check(["hadolint", "--no-color", *tracked("*Dockerfile")]),
        "compose": compose(),
        "workflows": workflows(),
        "arm64": Check(["python", "scripts/check_arm64.py"]),
    }


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return listed.stdout.split()


def compose() -> Check:
    """Return the check that docker compose understands its files, all of them together; it needs no daemon."""
    files = [text for file in sorted(tracked("docker-compose*.yml"), key=len) for text in ("--file", file)]
    present = shutil.which("docker") and run(["docker", "compose", "version"], {}).returncode == 0
    return Check(["docker", "compose", *files, "--profile", "*", "config", "--quiet"], not_here="" if present else "there is no docker compose")


def workflows() -> Check:
    """Return the check of .github/workflows by actionlint, which Go builds from locked sources into lakestack's cache."""
    environment = {
        "CGO_ENABLED": "0",
        # Writable modules, so that the cache can be removed like any folder.
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOCACHE": str(cache.cache_dir() / "go/build"),
        "GOMODCACHE": str(cache.cache_dir() / "go/modules"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    files = [str(ROOT / file) for file in tracked(".github/workflows/*")]
    command = ["go", "-C", str(ACTIONLINT), "tool", "actionlint", "-no-color", "-pyflakes=", f"-shellcheck={BIN / 'shellcheck'}", *files]
    return Check(command, environment, no_go(environment))


def no_go(environment: Mapping[str, str]) -> str:
    """Return why actionlint cannot be built here, or "". A module that is not what go.sum says is left for the check to fail on."""
    wanted = re.search(r"^go (\d+)\.(\d+)", (ACTIONLINT / "go.mod").read_text(), re.MULTILINE)
    assert wanted
    if shutil.which("go") is None:
        return f"there is no Go {wanted[1]}.{wanted[2]} or newer"
    here = re.search(r"go(\d+)\.(\d+)", run(["go", "env", "GOVERSION"], environment).stdout)
    if here is None or (int(here[1]), int(here[2])) < (int(wanted[1]), int(wanted[2])):
        return f"it needs Go {wanted[1]}.{wanted[2]} or newer and found {here[0] if here else 'none that answers'}"
    fetched = run(["go", "-C", str(ACTIONLINT), "mod", "download"], environment)
    if fetched.returncode and not re.search(r"checksum|go\.sum|SECURITY", fetched.stderr):
        return f"its Go modules cannot be fetched: {last_line(fetched)}"
    return ""


def run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    program = BIN / command[0] if (BIN / command[0]).exists() else command[0]
    try:
        return subprocess.run(
            [program, *command[1:]], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]} did not end within {TIMEOUT_S} s.")


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    return (result.stdout + result.stderr).strip().rpartition("\n")[2]


def verdict(name: str, check: Check) -> str:
    """Make one check, print its line and what it found, and return ok, FAILED or skipped."""
    began = time.monotonic()
    if check.not_here:
        print(f"skipped {name:<9} {check.not_here}", flush=True)
        return "skipped"
    result = run(check.command, check.environment)
    if result.returncode == SKIPPED:
        print(f"skipped {name:<9} {last_line(result)}", flush=True)
        return "skipped"
    word = "FAILED" if result.returncode else "ok"
    print(f"{word:<7} {name:<9} {time.monotonic() - began:5.1f} s", flush=True)
    if result.returncode:
        print((result.stdout + result.stderr).strip(), flush=True)
    return word


def main() -> int:
    verdicts = [verdict(name, check) for name, check in checks().items()]
    print(", ".join(f"{verdicts.count(word)} {said}" for word, said in (("ok", "passed"), ("FAILED", "failed"), ("skipped", "skipped"))))
    refused = {"FAILED", "skipped"} if "--all" in sys.argv[1:] else {"FAILED"}
    return 1 if refused & set(verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
