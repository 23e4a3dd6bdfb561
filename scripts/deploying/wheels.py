"""The wheels that a requirements.txt locks, from a folder that was filled before: a deploy downloads nothing."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from deploying.errors import DeployError

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True)
class Requirement:
    """One locked package.

    Attributes:
        name: Normalised: lower case, one hyphen for every run of separators.
        hashes: sha256 of each file that may stand for it.
    """

    name: str
    version: str
    hashes: frozenset[str]


def read_requirements(path: Path) -> list[Requirement]:
    """Return what a requirements.txt with hashes locks.

    Raises:
        DeployError: A line names no exact version, or has no hash.
    """
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    lines = [stripped for line in text.splitlines() if (stripped := line.partition(" #")[0].strip()) and not stripped.startswith(("#", "--"))]
    return [_read_requirement(line, path) for line in lines]


def _read_requirement(line: str, path: Path) -> Requirement:
    matched = _REQUIREMENT.match(line)
    hashes = frozenset(_HASH.findall(line))
    if not matched or not hashes:
        raise DeployError(f"{path}: `{line}` is not locked. Expected name==version --hash=sha256:…; lock it with: uv pip compile --generate-hashes")
    return Requirement(normalise(matched["name"]), matched["version"], hashes)


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class Wheels:
    """A folder of wheels for one platform."""

    folder: Path

    @classmethod
    def of_environment(cls) -> Wheels:
        """Return the folder that LAKESTACK_WHEELS names.

        Raises:
            DeployError: It names none.
        """
        folder = os.environ.get("LAKESTACK_WHEELS", "")
        if not folder or not Path(folder).is_dir():
            found = f"names {folder}, which is no folder" if folder else "is not set"
            raise DeployError(f"LAKESTACK_WHEELS {found}. `lakestack install` fills a folder of wheels and `lakestack deploy` sets it.")
        return cls(Path(folder))

    def find(self, requirement: Requirement) -> Path:
        """Return the wheel whose hash the lock knows.

        Raises:
            DeployError: There is none.
        """
        named = [path for path in sorted(self.folder.glob("*.whl")) if normalise(path.name.partition("-")[0]) == requirement.name]
        for path in named:
            if hashlib.sha256(path.read_bytes()).hexdigest() in requirement.hashes:
                return path
        wanted = f"{requirement.name}=={requirement.version}"
        found = f"has {', '.join(path.name for path in named)}, with another hash than the lock's" if named else "has no wheel of it"
        raise DeployError(f"{wanted}: {self.folder} {found}. Fill it again with: lakestack install")
