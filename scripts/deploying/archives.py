"""Zips and wheels whose bytes depend on their files alone, not on when, where or by whom they were made."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The earliest that a zip can say.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE_FILE = 0o100644 << 16
_UNIX = 3
_DIGEST_LENGTH = 16


def read_files(folder: Path, prefix: str = "") -> dict[str, bytes]:
    """Return every file below `folder` by its name inside it, `prefix` in front; compiled Python is left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {prefix + path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def read_wheel(wheel: Path) -> dict[str, bytes]:
    """Return what installing the wheel would put on the path."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of `files` by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _READABLE_FILE
            archive.writestr(info, files[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def make_wheel(distribution: str, version: str, files: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Return the name and the bytes of a pure wheel; its build tag is the digest of its files.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ (as at 2026-11-22)
    """
    build = f"1{digest(files)}"
    info = f"{distribution}-{version}.dist-info"
    described = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: deploy\nRoot-Is-Purelib: true\nTag: py3-none-any\nBuild: {build}\n".encode(),
    }
    record = "".join(f"{name},sha256={_record_hash(described[name])},{len(described[name])}\n" for name in sorted(described))
    described[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return f"{distribution}-{version}-{build}-py3-none-any.whl", make_zip(described)


def digest(files: Mapping[str, bytes]) -> str:
    """Return a short hash of names and contents; how well zlib packs them plays no part."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()[:_DIGEST_LENGTH]


def _record_hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
