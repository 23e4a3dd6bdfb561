"""What lies in the user's cache: which part it is, how large, and whether the locks of this checkout still name it.

Only what lakestack itself puts there is ever listed: known folders, and in them names of the known form. A symbolic link is none of them.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lakestack.install import cache, components
from lakestack.project import ROOT

_HASH = r"[0-9a-f]{12}"
# By folder of the cache: the form of what is made there, complete or (with a point in front) left by an installation that was killed.
_MADE = {
    "environments": re.compile(rf"\.?[a-z][a-z-]*-{_HASH}(-\w+)?"),
    "service-catalog": re.compile(rf"\.?{_HASH}(-\w+)?"),
    "wheels": re.compile(rf"\.?{_HASH}(-\w+)?"),
    "spark-jars": re.compile(rf"\.?{_HASH}(-\w+)?"),
    "spark-classes": re.compile(rf"\.?{_HASH}-{_HASH}(-\w+)?"),
    "trino": re.compile(rf"\.?{_HASH}(-\w+)?"),
}
# Kept by the tools that we start, whole: downloads that the next installation takes again.
_DOWNLOADS = {"uv": "downloads of uv", "pip": "downloads of pip"}
_UV_WHEEL = re.compile(r"uv-(?P<version>[\w.]+)-.*\.whl")
_LOCKS = "locks"
_REMOVING = ".removing-"


@dataclass(frozen=True)
class Entry:
    """One thing in the cache.

    Attributes:
        what: The part, for the terminal.
        path: A file or a folder.
        is_current: The locks of this checkout name it; a download serves whatever comes.
        size_bytes: Of its files; what several entries share by hard links counts in each.
    """

    what: str
    path: Path
    is_current: bool
    size_bytes: int


def entries() -> list[Entry]:
    """Return what lakestack made in the cache, in the order of its folders."""
    root = cache.cache_dir()
    current = {component.path: component.name for component in components.components()}
    found = [
        Entry(current.get(path, path.name if folder == "environments" else folder), path, path in current, cache.size_of(path))
        for folder, form in _MADE.items()
        for path in _real(root / folder)
        if path.is_dir() and (form.fullmatch(path.name) or path.name.startswith(_REMOVING))
    ]
    for folder, what in _DOWNLOADS.items():
        path = root / folder
        if _is_of_lakestack_alone(root) and path.is_dir() and not path.is_symlink():
            found.append(Entry(what, path, is_current=True, size_bytes=cache.size_of(path)))
    found += [
        Entry("uv itself", path, matched["version"] == _locked_uv(), path.stat().st_size)
        for path in _real(root / "bootstrap")
        if path.is_file() and (matched := _UV_WHEEL.fullmatch(path.name))
    ]
    return found


def freed_bytes(paths: Iterable[Path]) -> int:
    """Return what removing `paths` gives back: a file that has another name elsewhere, in .venv for instance, stays."""
    links: dict[tuple[int, int], list[int]] = {}
    for path in paths:
        for file in _files(path):
            stat = file.lstat()
            links.setdefault((stat.st_dev, stat.st_ino), [stat.st_blocks * 512, stat.st_nlink, 0])[2] += 1
    return sum(size for size, names, removed in links.values() if removed == names)


def remove(path: Path) -> None:
    """Remove an entry; what is in the way of its name is gone at once, so that nobody takes a half of it for the whole.

    Raises:
        OSError: It cannot be removed.
    """
    if not path.is_dir():
        path.unlink()
        return
    aside = path if path.name.startswith(_REMOVING) else path.with_name(f"{_REMOVING}{path.name}")
    if aside != path:
        path.rename(aside)
    shutil.rmtree(aside)


def tidy() -> list[Path]:
    """Remove the folders of the cache that are empty now, and its locks with the last of them; return what is there still: not lakestack's."""
    root = cache.cache_dir()
    for name in (*_MADE, "bootstrap"):
        folder = root / name
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
    if root.is_dir() and [path.name for path in root.iterdir()] == [_LOCKS]:
        for lock in _real(root / _LOCKS):
            lock.unlink()
        (root / _LOCKS).rmdir()
        root.rmdir()
    return sorted(root.iterdir()) if root.is_dir() else []


def lock_files() -> list[Path]:
    """Return the locks that installations hold while they work."""
    return [path for path in _real(cache.cache_dir() / _LOCKS) if path.is_file()]


def _is_of_lakestack_alone(root: Path) -> bool:
    """Return False where LAKESTACK_CACHE names a folder of other programs too: then uv's downloads may be the user's own."""
    return root.is_dir() and {path.name for path in root.iterdir()} <= {*_MADE, *_DOWNLOADS, "bootstrap", _LOCKS}


def _real(folder: Path) -> list[Path]:
    """Return what is in `folder` and no symbolic link; nothing if the folder is one or is not there."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.is_symlink())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            yield Path(folder) / name


def _locked_uv() -> str | None:
    matched = re.search(r"^uv==(?P<version>[\w.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    return matched["version"] if matched else None
