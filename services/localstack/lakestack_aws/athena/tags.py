"""Tags of work groups and data catalogs, by ARN. What was never tagged has none, which is no error."""

import threading
from collections.abc import Iterable, Mapping


class Tags:
    """The tags of one account and region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def of(self, arn: str) -> dict[str, str]:
        with self._lock:
            return dict(self._tags.get(arn, {}))

    def add(self, arn: str, tags: Mapping[str, str]) -> None:
        with self._lock:
            self._tags.setdefault(arn, {}).update(tags)

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def forget(self, arn: str) -> None:
        with self._lock:
            self._tags.pop(arn, None)
