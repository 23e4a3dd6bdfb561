"""A full disk, in the words of S3's errors."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localstack.aws.api import CommonServiceException

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def full_disk_answered(root: Path) -> Iterator[None]:
    """Turn the system's "no space left" into an answer.

    S3 itself never fills up, so it has no code for it; 507 is HTTP's own. Neither boto3 nor Java's SDK repeats a call for it, as they
    would for a 500.

    Args:
        root: Where the objects lie; the message names it.

    Raises:
        CommonServiceException: InsufficientStorage.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        disk = shutil.disk_usage(root)
        raise CommonServiceException(
            "InsufficientStorage",
            f"No space left on device: this stack keeps S3's objects in {root}, on whose disk {disk.free / 1e6:,.1f} MB of "
            f"{disk.total / 1e6:,.0f} MB are free. What was there before is unchanged. Make room on that disk and try again.",
            status_code=507,
        ) from error
