"""A class data archive of everything that Spark loads: a JVM starts in a third of the time with it, and runs its first query so too.

    LAKESTACK_CDS=FOLDER python -m lakestack_worker.class_archive

makes one; installing the stack and building its image do that. An archive holds for one Java runtime, one set of flags and one class
path, so its name carries their fingerprint; a worker that finds none that fits starts its JVMs without.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from lakestack_worker.config import Settings
from lakestack_worker.jvm_command import class_path, class_path_fingerprint
from lakestack_worker.warm_up import train

_DUMP_WITHIN_S = 600
_SILENT = ("-Xlog:disable", "-Xlog:all=error:stderr")


class ClassArchiveError(Exception):
    """No archive was made."""


def options(settings: Settings) -> tuple[str, ...]:
    """Return the flags that use the archive, or none where there is none that fits."""
    archive = _path(settings)
    return (f"-XX:SharedArchiveFile={archive}", *_SILENT) if archive and archive.exists() else ()


def make(settings: Settings) -> Path:
    """Have a JVM do what jobs do, and make an archive of the classes that it loaded.

    Raises:
        ClassArchiveError: There is no folder to keep it in, or Java did not make it.
    """
    archive = _path(settings)
    if archive is None:
        raise ClassArchiveError("LAKESTACK_CDS is not set; it names the folder in which the archive is kept.")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".making-", ignore_cleanup_errors=True) as making:
        classes, unfinished = Path(making) / "classes", Path(making) / "archive"
        train(settings, (f"-XX:DumpLoadedClassList={classes}",))
        dump = [
            settings.java,
            "-Xshare:dump",
            f"-XX:SharedClassListFile={classes}",
            f"-XX:SharedArchiveFile={unfinished}",
            *_SILENT,
            "-cp",
            os.pathsep.join(class_path(settings)),
        ]
        result = subprocess.run(dump, capture_output=True, text=True, timeout=_DUMP_WITHIN_S, check=False)
        if not unfinished.exists():
            raise ClassArchiveError(f"Java made no class archive: exit code {result.returncode}. {result.stderr.strip()[-500:]}")
        unfinished.rename(archive)
    return archive


def _path(settings: Settings) -> Path | None:
    return settings.class_archive / f"spark-{class_path_fingerprint(settings)}.jsa" if settings.class_archive else None


if __name__ == "__main__":
    try:
        print(make(Settings.from_environment()))
    except ClassArchiveError as error:
        sys.exit(str(error))
