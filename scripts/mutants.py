"""Put known defects into a copy of the project, one at a time, and see a test turn red for each.

    python scripts/mutants.py              all of them; writes docs/mutants.md
    python scripts/mutants.py TEXT…        those with a TEXT in their name; writes nothing

The working tree is never touched. Ends with 1 when a defect survives, when its text is no longer in its file exactly once, or when
its tests are red without it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mutant_table import MUTANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutant_table import Mutant

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/mutants.md"
_TESTS_WITHIN_S = 600
_HEAD = """# Mutants: defects that the tests catch

Written by `make mutants` (scripts/mutants.py), which puts each of these defects into a copy of the project, runs the tests that are named
for it, and demands that one of them fails. Run it after a change to `glue_jobs/` or to its tests.

| defect | put into | the test that fails | seconds |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant.

    Attributes:
        killed_by: The tests that failed with it in; none when it survived.
        problem: Why that says nothing: its text is not there, or its tests could not run.
    """

    mutant: Mutant
    killed_by: tuple[str, ...]
    seconds: float
    problem: str = ""

    @property
    def is_killed(self) -> bool:
        return bool(self.killed_by) and not self.problem

    @property
    def outcome(self) -> str:
        return self.problem or (f"killed by {', '.join(self.killed_by)}" if self.killed_by else "SURVIVED")


def copy_project(folder: Path) -> None:
    """Copy the files that git knows, and those that it would, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run_tests(folder: Path, tests: Sequence[str], *options: str) -> tuple[tuple[str, ...], str]:
    """Run tests in a copy.

    Returns:
        the names of those that failed, and why they could not be run, or nothing: an error outside of a test's own body proves nothing.
    """
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *options, *tests]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TESTS_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        return (), f"its tests did not end within {_TESTS_WITHIN_S} s"
    if done.returncode not in {0, 1}:
        return (), f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"
    cases = list(ET.parse(report).iter("testcase"))  # noqa: S314 - pytest's own report
    unusable = [case for case in cases if case.find("error") is not None or case.find("skipped") is not None]
    if unusable or not cases:
        return (), f"its tests were skipped, or failed before they began: {', '.join(str(case.get('name')) for case in unusable) or 'none ran'}"
    return tuple(str(case.get("name")) for case in cases if case.find("failure") is not None), ""


def judge(mutant: Mutant, folder: Path) -> Verdict:
    """Put a mutant into the copy, run its tests, and take it out again."""
    path, started = folder / mutant.path, time.monotonic()
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(mutant.old) != 1:
        return Verdict(mutant, (), 0, f"its text is in {mutant.path} {text.count(mutant.old)} times, not once: adapt scripts/mutant_table.py")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        failed, problem = run_tests(folder, mutant.tests, "-x")
    finally:
        path.write_text(text, encoding="utf-8")
    return Verdict(mutant, failed, time.monotonic() - started, problem)


def as_row(verdict: Verdict) -> str:
    killers = ", ".join(f"`{name}`" for name in verdict.killed_by)
    return f"| {verdict.mutant.name} | `{verdict.mutant.path}` | {killers} | {verdict.seconds:.0f} |\n"


def page(verdicts: Sequence[Verdict]) -> str:
    killed = sum(verdict.is_killed for verdict in verdicts)
    seconds = sum(verdict.seconds for verdict in verdicts)
    return _HEAD + "".join(map(as_row, verdicts)) + f"\n{killed} of {len(verdicts)} defects turned a test red, in {seconds:.0f} s.\n"


def main(words: Sequence[str] = tuple(sys.argv[1:])) -> int:
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    if not chosen:
        print(f"No mutant has any of {list(words)} in its name. There are: {', '.join(mutant.name for mutant in MUTANTS)}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copy_project(folder)
        red, problem = run_tests(folder, sorted({test for mutant in chosen for test in mutant.tests}))
        if red or problem:
            print(f"Without any defect: {problem or ', '.join(red) + ' failed'}.", file=sys.stderr)
            return 1
        verdicts = []
        for mutant in chosen:
            verdicts.append(judge(mutant, folder))
            print(f"{verdicts[-1].seconds:5.0f} s  {mutant.name}: {verdicts[-1].outcome}", flush=True)
    if not all(verdict.is_killed for verdict in verdicts):
        return 1
    if not words:
        PAGE.write_text(page(verdicts), encoding="utf-8")
        print(f"{len(verdicts)} defects, each turned a test red. Wrote {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
