"""What a run needs from S3: its script, modules, jars and files, fetched with the credentials of its role into its own folder."""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lakestack_worker.arguments import JobArguments

_WHEEL_FITS = re.compile(r"-(py3|py2\.py3|cp3\d+)-(none|abi3|cp313)-(any|(manylinux|linux|macosx)\w*)\.whl$")
_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[.*\])?\s*(==\s*(?P<version>[\w.]+))?$")


class MaterialError(Exception):
    """Something that a run needs is not there or cannot be used; the run fails with this text."""


class S3Client(Protocol):
    """The part of boto3's s3 client that is used here."""

    def get_object(self, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class Materials:
    """Where what a run needs lies on this machine.

    Attributes:
        python_path: In front of the script's module path.
        python_files: The files that the path was made of, as executors elsewhere import them.
    """

    script: Path
    python_path: tuple[str, ...]
    python_files: tuple[str, ...]
    jars: tuple[str, ...]


def fetch(s3: S3Client, script_location: str, arguments: JobArguments, folder: Path) -> Materials:
    """Fetch everything of one run into `folder`.

    Raises:
        MaterialError: An object is missing, or a module cannot be had without a download.
    """
    script = _fetch(s3, script_location, folder / "script", "the job's script")
    python_files = [_fetch(s3, location, folder / "py-files", "--extra-py-files") for location in arguments.py_files]
    python_files += [path for module in arguments.modules if (path := _module(s3, module, folder / "modules"))]
    python_path = [_importable(path) for path in python_files]
    for location in arguments.extra_files:
        _fetch(s3, location, folder / "work", "--extra-files")
    jars = [str(_fetch(s3, location, folder / "jars", "--extra-jars")) for location in arguments.extra_jars]
    return Materials(script, tuple(_unique(python_path)), tuple(map(str, python_files)), tuple(jars))


def _fetch(s3: S3Client, location: str, into: Path, asked_by: str) -> Path:
    bucket, _, key = location.removeprefix("s3a://").removeprefix("s3://").partition("/")
    if not location.startswith(("s3://", "s3a://")) or not key:
        raise MaterialError(f"{asked_by} names {location!r}; expected an object in S3, as s3://BUCKET/KEY.")
    into.mkdir(parents=True, exist_ok=True)
    path = into / key.rpartition("/")[2]
    try:
        path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except (ClientError, BotoCoreError) as error:
        raise MaterialError(f"{asked_by} is {location}, which could not be read: {error}") from error
    return path


def _importable(path: Path) -> str:
    """Return the module path entry of a zip, a wheel or egg, or a single module."""
    match path.suffix:
        case ".zip" | ".egg":
            return str(path)
        case ".whl":
            return str(_unpacked(path))
        case ".py":
            return str(path.parent)
        case _:
            raise MaterialError(f"--extra-py-files names {path.name}; expected .py, .zip, .egg or .whl.")


def _unpacked(wheel: Path) -> Path:
    if not _WHEEL_FITS.search(wheel.name):
        raise MaterialError(f"The wheel {wheel.name} is for another Python or system; expected one for Python 3.13 or any (py3-none-any).")
    into = wheel.with_suffix("")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(into)
    return into


def _module(s3: S3Client, module: str, folder: Path) -> Path | None:
    """Return the file of one of --additional-python-modules lies, or None if it is part of the environment."""
    if module.startswith(("s3://", "s3a://")):
        return _fetch(s3, module, folder, "--additional-python-modules")
    wanted = _REQUIREMENT.match(module)
    try:
        if wanted and wanted["version"] in (None, metadata.version(wanted["name"])):
            return None
    except metadata.PackageNotFoundError:
        pass
    raise MaterialError(
        f"--additional-python-modules names {module}, which is not part of this environment; nothing is downloaded at run time. "
        f"Upload its wheel and name that: --additional-python-modules s3://BUCKET/{wanted['name'] if wanted else 'NAME'}-VERSION-py3-none-any.whl"
    )


def _unique(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))
