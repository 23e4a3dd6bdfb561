"""What a test made is removed again: the newest first, all of it even when a removal fails."""

import uuid
from collections.abc import Callable

from botocore.exceptions import ClientError

# Its own test may have removed it: that is no failure.
_GONE = {"NoSuchBucket", "NoSuchEntity", "EntityNotFoundException", "StateMachineDoesNotExist"}


def unique(prefix: str = "test") -> str:
    """Return a name that nothing else of the stack has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


class Removals:
    """What is still to be removed."""

    def __init__(self) -> None:
        self._todo: list[tuple[str, Callable[[], object]]] = []

    def add(self, what: str, remove: Callable[[], object]) -> None:
        """Note how to remove `what` later; a removal that finds nothing has done its work."""
        self._todo.append((what, remove))

    def run(self) -> None:
        """Remove everything.

        Raises:
            ExceptionGroup: What could not be removed, each with its name.

        """
        failed: list[Exception] = []
        while self._todo:
            what, remove = self._todo.pop()
            try:
                remove()
            except ClientError as error:
                if error.response["Error"].get("Code") not in _GONE:
                    error.add_note(f"while removing {what}")
                    failed.append(error)
            except Exception as error:  # noqa: BLE001 - raised below, once the others are removed too
                error.add_note(f"while removing {what}")
                failed.append(error)
        if failed:
            raise ExceptionGroup("Not everything that the test made could be removed", failed)
