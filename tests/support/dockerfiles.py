"""A Dockerfile as tests see it: its stages, each with its instructions."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """A stage, and what it stands on.

    Attributes:
        base: What follows FROM, as written.
        parent: The stage of the same file that it is made from, or None.
        instructions: (keyword, rest) in order, continued lines as one; its own alone.
    """

    base: str
    parent: "Stage | None"
    instructions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def inherited(self) -> list[tuple[str, str]]:
        """Its instructions after those of the stages that it is made from."""
        return [*(self.parent.inherited if self.parent else []), *self.instructions]

    def last(self, keyword: str) -> str | None:
        """Return what the last instruction of that name says, or None."""
        return next((rest for name, rest in reversed(self.inherited) if name == keyword), None)

    @property
    def environment(self) -> dict[str, str]:
        words = [word for name, rest in self.inherited if name == "ENV" for word in shlex.split(rest)]
        return dict(word.split("=", 1) for word in words)

    @property
    def labels(self) -> dict[str, str]:
        words = [word for name, rest in self.inherited if name == "LABEL" for word in shlex.split(rest)]
        return dict(word.split("=", 1) for word in words)

    @property
    def copied(self) -> set[str]:
        """What it takes from the project."""
        copies = [shlex.split(rest) for name, rest in self.inherited if name == "COPY" and "--from=" not in rest]
        return {source.rstrip("/") for words in copies for source in words[:-1] if not source.startswith("--")}


def read_stages(path: Path) -> dict[str, Stage]:
    """Return the stages of a Dockerfile by name, in order; one without a name has its number."""
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE))
    stages: dict[str, Stage] = {}
    for line in filter(str.strip, text.splitlines()):
        keyword, _, rest = line.strip().partition(" ")
        if keyword.upper() == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name or str(len(stages))] = Stage(base, stages.get(base))
        elif stages:
            stages[next(reversed(stages))].instructions.append((keyword.upper(), rest.strip()))
    return stages
