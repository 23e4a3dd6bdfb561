"""Deploys what changes while you work: a job's script goes straight to S3, anything else takes a deploy."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from deploying.errors import DeployError
from deploying.store import put_changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from deploying.target import Target

FOLDERS = ("glue_jobs", "lambdas", "step_functions", "sql", "infra")
# What a deploy is made of; the scratch files of editors are not.
_SUFFIXES = {".py", ".json", ".sql", ".yaml", ".txt"}
# A change is taken up once nothing more came for this long: editors and git write several files one after the other.
_QUIET_MS = 50
_WAKE_UP_MS = 200
_MOST_NAMES = 4

type Report = Callable[[str, Sequence[str]], None]


class Watched:
    """The project on a target, kept as the files are.

    Args:
        root: Of the project.
        target: Where it is deployed.
        scripts_prefix: Where job scripts lie in the lake bucket.
        deploy: Deploys everything, telling `Report` place by place what changed there.
    """

    def __init__(self, root: Path, target: Target, scripts_prefix: str, deploy: Callable[[Report], object]) -> None:
        self._root = root
        self._bucket = target.lake_bucket
        self._artifact_bucket = target.artifact_bucket
        self._s3 = target.client("s3")
        self._prefix = scripts_prefix
        self._deploy = deploy
        self._waiting: set[Path] = set()
        self._is_behind = False

    def fall_behind(self) -> None:
        """Take note that a deploy failed: the next change has to bring everything."""
        self._is_behind = True

    def take(self, paths: set[Path]) -> None:
        """Bring changed files to where they belong, and say in one line which and where; what cannot be deployed waits for the next change."""
        started = time.monotonic()
        self._waiting |= paths
        try:
            _check(sorted(path for path in self._waiting if path.is_file()))
            place = self._deploy_all() if self._is_behind or not all(map(self._is_script, self._waiting)) else self._put_scripts()
        except SyntaxError as error:
            self._refuse(f"{error.filename}, line {error.lineno}: {error.msg}")
        except (DeployError, ClientError, BotoCoreError, OSError, ValueError) as error:
            self.fall_behind()
            self._refuse(str(error))
        else:
            self._say(f"{_listed([self._name(path) for path in self._waiting])} → {place}  {time.monotonic() - started:.2f} s")
            self._waiting.clear()
            self._is_behind = False

    def _put_scripts(self) -> str:
        scripts = {path.name: path.read_bytes() for path in sorted(self._waiting) if path.is_file()}
        put = put_changed(self._s3, self._bucket, self._prefix, scripts)
        gone = [f"{path.name} stays there" for path in sorted(self._waiting) if path.name not in scripts]
        return f"s3://{self._bucket}/{self._prefix}: {_listed([*put, *gone]) or 'as it is there already'}"

    def _deploy_all(self) -> str:
        changed: list[str] = []

        def report(place: str, lines: Sequence[str]) -> None:
            # What the artifact bucket got is named by its content, and used only by what the stacks report.
            if lines and place != f"s3://{self._artifact_bucket}":
                changed.append(f"{place}: {_listed([line.split()[1] for line in lines])}")

        self._deploy(report)
        return "; ".join(changed) or "no change"

    def _is_script(self, path: Path) -> bool:
        return path.parent == self._root / "glue_jobs" and path.suffix == ".py"

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _refuse(self, why: str) -> None:
        self._say(f"error: {_listed([self._name(path) for path in self._waiting])} not deployed: {why.replace(f'{self._root}/', '')}")

    @staticmethod
    def _say(text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def changes(root: Path) -> Iterator[set[Path]]:
    """Yield what changes below `root` in the folders that are deployed, until Ctrl-C; first nothing, as soon as nothing can be missed any more."""
    from watchfiles import DefaultFilter, watch  # noqa: PLC0415 - a deploy without watching needs boto3 alone

    ignored = DefaultFilter()
    batches = watch(
        *(root / folder for folder in FOLDERS),
        watch_filter=lambda change, path: Path(path).suffix in _SUFFIXES and ignored(change, path),
        step=_QUIET_MS,
        rust_timeout=_WAKE_UP_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    yield {Path(path) for _, path in next(batches, ())}
    for batch in batches:
        if batch:
            yield {Path(path) for _, path in batch}


def watch(watched: Watched, root: Path, first: Callable[[], bool]) -> None:
    """Deploy by `first`, then whatever changes, until Ctrl-C.

    Args:
        watched: Takes the changes.
        root: Of the project.
        first: Deploys everything and returns whether it succeeded.
    """
    batches = changes(root)
    try:
        early = next(batches, set())
        if not first():
            watched.fall_behind()
        print(f"\nWatching {', '.join(f'{folder}/' for folder in FOLDERS)}; Ctrl-C ends it.", flush=True)
        if early:
            watched.take(early)
        for batch in batches:
            watched.take(batch)
    except KeyboardInterrupt:
        pass
    print("\nNo longer watching.", file=sys.stderr)


def _check(paths: Sequence[Path]) -> None:
    """Raise SyntaxError for the first Python or JSON file that has none of its language."""
    for path in paths:
        if path.suffix == ".py":
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        if path.suffix == ".json":
            text = path.read_text(encoding="utf-8")
            try:
                json.loads(text)
            except json.JSONDecodeError as error:
                raise SyntaxError(error.msg, (str(path), error.lineno, error.colno, None)) from error


def _listed(names: Sequence[str]) -> str:
    shown = sorted(names)
    more = len(shown) - _MOST_NAMES
    return ", ".join(shown[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
