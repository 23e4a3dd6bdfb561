"""Keeps Trino's memory of Delta tables true.

Trino remembers a table's metadata by location and reads only the versions after the one it knows: fast, and right as long as the log
goes on. A table made anew at the same place begins again at version 0, so a write of version 0 anywhere makes Trino forget everything
before the next query. Not remembering at all (delta.metadata.cache-ttl=0s) is right too, and reads every version at every query:
more than twice the time for a log of 30 versions.
"""

import re
import threading

from lakestack_aws.athena.trino_protocol import Engine, EngineSession

_FIRST_VERSION = re.compile(r"(^|/)_delta_log/0{20}\.json$")
_FORGET = "CALL delta.system.flush_metadata_cache()"


class DeltaMetadata:
    """Trino's memory of Delta tables; one for all accounts, as Trino is."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        # Trino may have been up before this process.
        self._is_stale = True

    def note_written(self, key: str) -> None:
        """Take notice of an object that was written."""
        if _FIRST_VERSION.search(key):
            self._is_stale = True

    def refresh(self) -> None:
        """Make Trino forget what may be wrong; queries that come meanwhile wait.

        Raises:
            EngineError: Trino refuses to.
            EngineUnavailable: Trino is away.
        """
        with self._lock:
            if not self._is_stale:
                return
            # Before, not after: a table that is made while Trino forgets is noticed again.
            self._is_stale = False
            try:
                for _ in self._engine.start(_FORGET, EngineSession(catalog="delta")).pages():
                    pass
            except Exception:
                self._is_stale = True
                raise
