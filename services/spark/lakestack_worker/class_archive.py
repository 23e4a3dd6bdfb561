"""A class data archive of everything that Spark loads: a JVM starts in a third of the time with it, and runs its first query so too.

    python -m lakestack_worker.class_archive [FOLDER]

makes one, where `lakestack install` and the image build want it; a worker that finds none makes it when it has nothing to do.
An archive holds for one Java runtime, one set of flags and one class path, so its name carries their fingerprint.
"""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from lakestack_worker.config import Settings
from lakestack_worker.jvm_command import class_path_fingerprint
from lakestack_worker.warm_up import train

_DUMP_WITHIN_S = 300
_SILENT = ("-Xlog:disable", "-Xlog:all=error:stderr")
_log = logging.getLogger(__name__)


def folder(settings: Settings) -> Path | None:
    """Return where archives are kept: LAKESTACK_CDS, else beside the jars that they are made of."""
    if settings.class_archive:
        return settings.class_archive
    return settings.extra_jars.parent / "spark-class-archives" if settings.extra_jars else None


def options(settings: Settings) -> tuple[str, ...]:
    """Return the flags that use the archive, or none while there is none."""
    archive = _path(settings)
    return (f"-XX:SharedArchiveFile={archive}", *_SILENT) if archive and archive.exists() else ()


def is_missing(settings: Settings) -> bool:
    archive = _path(settings)
    return archive is not None and not archive.exists()


def make(settings: Settings) -> Path | None:
    """Make the archive by a JVM that does what runs do; return where it is, or None where it cannot be kept."""
    archive = _path(settings)
    if archive is None:
        return None
    archive.parent.mkdir(parents=True, exist_ok=True)
    # The archive on top names the one below by its path, so that one has to be in its place first.
    base = archive.with_suffix(".base")
    if not base.exists():
        _dump_base(settings, base)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".making-", ignore_cleanup_errors=True) as making:
        top = Path(making) / "spark.jsa"
        train(settings, (f"-XX:SharedArchiveFile={base}", f"-XX:ArchiveClassesAtExit={top}", *_SILENT))
        if not top.exists():
            _log.warning("No class archive came of it; Spark JVMs start without one.")
            return None
        top.rename(archive)
    return archive


def _dump_base(settings: Settings, base: Path) -> None:
    unfinished = base.with_suffix(f".{os.getpid()}")
    command = [settings.java, "-Xshare:dump", f"-XX:SharedArchiveFile={unfinished}", "-XX:+UseSerialGC"]
    subprocess.run(command, check=True, capture_output=True, timeout=_DUMP_WITHIN_S)
    unfinished.rename(base)


def _path(settings: Settings) -> Path | None:
    place = folder(settings)
    return place / f"spark-{class_path_fingerprint(settings)}.jsa" if place else None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    made = make(Settings.from_environment())
    print(made or "No folder to keep a class archive in: set LAKESTACK_CDS.")
    sys.exit(0 if made else 1)
