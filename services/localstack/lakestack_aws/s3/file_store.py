"""S3's objects as plain files under one folder of the stack.

    <root>/.lakestack-s3                 whose folder this is; locked while a process uses it
    <root>/.incoming/<id>                being written; never read
    <root>/<bucket>/objects/<xx>/<id>    whole objects, one file each; no descriptor stays open
    <root>/<bucket>/uploads/<id>/<n>     parts of multipart uploads

Each write gets a file of its own, so a reader sees one version from start to end, and a refused write leaves the object as
it was. Two stacks have two roots: a bucket of the same name in each is two buckets.
"""

import fcntl
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from localstack.aws.api.s3 import NoSuchKey
from localstack.services.s3.models import S3Multipart, S3Object, S3Part
from localstack.services.s3.storage.core import LimitedStream, S3ObjectStore, S3StoredMultipart, should_copy_in_place
from localstack.services.s3.utils import ObjectRange

from lakestack_aws.s3.keyed_locks import KeyedLocks
from lakestack_aws.s3.room import full_disk_answered
from lakestack_aws.s3.stored_file import PublishedFile, StoredFile

type ObjectId = tuple[str, str, str]
"""bucket, key, version ("null" in a bucket without versions)"""

_MARKER = ".lakestack-s3"
_INCOMING = ".incoming"


class StorageRootError(Exception):
    """The folder for S3's objects cannot be used."""


@dataclass(frozen=True)
class _Content:
    path: Path
    written_ns: int


class FileObjectStore(S3ObjectStore):
    """LocalStack's storage interface over `root`, which must be empty or one that this store made.

    Objects of an earlier process are removed at the start: LocalStack knows nothing of them any more.
    """

    def __init__(self, root: Path) -> None:
        self.root_directory = str(root)
        self.locks = KeyedLocks()
        self._root = root
        self._contents: dict[ObjectId, _Content] = {}
        self._writing: dict[int, StoredFile] = {}
        self._preconditions = threading.local()
        self._marker = _take_possession(root)
        self.reset()

    def open(self, bucket: str, s3_object: S3Object, mode: str = "r") -> StoredFile:
        object_id = _object_id(bucket, s3_object)
        if mode == "w":
            incoming = self._root / _INCOMING / uuid.uuid4().hex
            file = PublishedFile(s3_object, incoming, _KeyPublication(self, object_id, s3_object), self._root)
            self._writing[id(s3_object)] = file
            return file
        try:
            return self._open_content(s3_object, self._contents[object_id])
        except (KeyError, FileNotFoundError):
            # Overwritten or removed since the caller looked: wait for that to be complete, and take what is there now.
            with self.locks.hold(object_id[:2]):
                content = self._contents.get(object_id)
                if content is None:
                    raise NoSuchKey("The specified key does not exist.", Key=s3_object.key) from None
                return self._open_content(s3_object, content)

    def remove(self, bucket: str, s3_object: S3Object | list[S3Object]) -> None:
        """Remove the content of objects; of one that is being written, what was written of it."""
        for each in s3_object if isinstance(s3_object, list) else [s3_object]:
            if file := self._writing.get(id(each)):
                file.discard()
            elif content := self._contents.pop(_object_id(bucket, each), None):
                content.path.unlink(missing_ok=True)

    def copy(self, src_bucket: str, src_object: S3Object, dest_bucket: str, dest_object: S3Object) -> StoredFile:
        if should_copy_in_place(src_bucket, src_object, dest_bucket, dest_object):
            return self.open(dest_bucket, dest_object)
        destination = self.open(dest_bucket, dest_object, mode="w")
        try:
            with self.open(src_bucket, src_object) as source:
                destination.write(source)
        except BaseException:
            destination.discard()
            destination.close()
            raise
        return destination

    def get_multipart(self, bucket: str, upload_id: S3Multipart) -> "FileMultipart":
        return FileMultipart(self, bucket, upload_id, self._upload_folder(bucket, upload_id))

    def remove_multipart(self, bucket: str, s3_multipart: S3Multipart) -> None:
        shutil.rmtree(self._upload_folder(bucket, s3_multipart), ignore_errors=True)

    def create_bucket(self, bucket: str) -> None:
        with full_disk_answered(self._root):
            (self._root / bucket).mkdir(exist_ok=True)

    def delete_bucket(self, bucket: str) -> None:
        for object_id in [object_id for object_id in self._contents if object_id[0] == bucket]:
            self._contents.pop(object_id, None)
        shutil.rmtree(self._root / bucket, ignore_errors=True)

    def reset(self) -> None:
        self._contents.clear()
        for path in self._root.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
        (self._root / _INCOMING).mkdir()

    def close(self) -> None:
        self._marker.close()

    @contextmanager
    def precondition(self, check: Callable[[], None]) -> Iterator[None]:
        """Let what this thread writes be published only if `check` does not raise.

        It is called while the object's key is locked; nobody else publishes under that key between the check and the publication.
        """
        self._preconditions.check = check
        try:
            yield
        finally:
            self._preconditions.check = None

    def check_precondition(self) -> None:
        if check := getattr(self._preconditions, "check", None):
            check()

    def end_writing(self, object_id: ObjectId, s3_object: S3Object, whole: Path | None) -> None:
        self._writing.pop(id(s3_object), None)
        if whole is None:
            return
        path = self._root / object_id[0] / "objects" / whole.name[:2] / whole.name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole.replace(path)
        previous = self._contents.get(object_id)
        self._contents[object_id] = _Content(path, s3_object.internal_last_modified)
        if previous:
            previous.path.unlink(missing_ok=True)

    def _upload_folder(self, bucket: str, s3_multipart: S3Multipart) -> Path:
        return self._root / bucket / "uploads" / s3_multipart.id

    @staticmethod
    def _open_content(s3_object: S3Object, content: _Content) -> StoredFile:
        return StoredFile(s3_object, content.path, "r", written_ns=content.written_ns)


class _KeyPublication:
    """Publishes one file under its key's lock, held from the check of the preconditions until the provider is done with the object."""

    def __init__(self, store: FileObjectStore, object_id: ObjectId, s3_object: S3Object) -> None:
        self._store = store
        self._id = object_id
        self._object = s3_object
        self._holds_lock = False

    def prepare(self) -> None:
        self._store.locks.acquire(self._id[:2])
        self._holds_lock = True
        self._store.check_precondition()
        self._object.internal_last_modified = time.time_ns()

    def end(self, whole: Path | None) -> None:
        try:
            self._store.end_writing(self._id, self._object, whole)
        finally:
            if self._holds_lock:
                self._store.locks.release(self._id[:2])


class FileMultipart(S3StoredMultipart):
    """The parts of one upload, a file each; a part becomes visible under its number when it is whole."""

    def __init__(self, store: FileObjectStore, bucket: str, s3_multipart: S3Multipart, folder: Path) -> None:
        super().__init__(s3_store=store, bucket=bucket, s3_multipart=s3_multipart)
        self._folder = folder

    def open(self, s3_part: S3Part, mode: str = "r") -> StoredFile:
        path = self._folder / str(s3_part.part_number)
        if mode == "r":
            return StoredFile(s3_part, path, "r")
        root = Path(self._s3_store.root_directory)
        with full_disk_answered(root):
            self._folder.mkdir(parents=True, exist_ok=True)
        return PublishedFile(s3_part, path.with_name(uuid.uuid4().hex), _PartPublication(path), root)

    def remove_part(self, s3_part: S3Part) -> None:
        """Do nothing: the provider refuses a part while it is being written, and an earlier one of that number stays, as on S3."""

    def complete_multipart(self, parts: list[S3Part]) -> None:
        with self._s3_store.open(self.bucket, self.s3_multipart.object, mode="w") as whole:
            for part in parts:
                with self.open(part) as content:
                    whole.append(content)
            whole.finish()

    def close(self) -> None:
        """Nothing is held open."""

    def copy_from_object(self, s3_part: S3Part, src_bucket: str, src_s3_object: S3Object, range_data: ObjectRange | None) -> None:
        with self._s3_store.open(src_bucket, src_s3_object) as source, self.open(s3_part, mode="w") as part:
            part.write(LimitedStream(source, range_data=range_data) if range_data else source)
            if s3_part.checksum_algorithm:
                s3_part.checksum_value = part.checksum


class _PartPublication:
    def __init__(self, path: Path) -> None:
        self._path = path

    def prepare(self) -> None:
        """A part has no preconditions."""

    def end(self, whole: Path | None) -> None:
        if whole is not None:
            whole.replace(self._path)


def _object_id(bucket: str, s3_object: S3Object) -> ObjectId:
    return bucket, s3_object.key, s3_object.version_id or "null"


def _take_possession(root: Path) -> IO[str]:
    """Return the open marker of `root`, locked until it is closed.

    Raises:
        StorageRootError: `root` holds other people's files, or another process uses it.
    """
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = root / _MARKER
    if not marker.exists() and any(root.iterdir()):
        raise StorageRootError(f"LAKESTACK_S3_ROOT is {root}, which holds files that are not S3 objects of a stack; name an empty or a new folder.")
    file = marker.open("a", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise StorageRootError(f"LAKESTACK_S3_ROOT is {root}, which another running stack uses; give each stack a folder of its own.") from None
    return file
