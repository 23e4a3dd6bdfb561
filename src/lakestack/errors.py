"""The errors that a user sees without a traceback.

LakestackError
├── InstallError      something could not be fetched or is not what the lock says
├── StackError        the stack cannot start, is not running, or did not become healthy
└── PipelineError     a deploy, an upload, a run or a query did not do what was asked
"""


class LakestackError(Exception):
    """What was found, what was expected and where, then what to do: one text for the terminal."""


class InstallError(LakestackError):
    """A part of the stack could not be installed; nothing half-done is left in the cache."""


class StackError(LakestackError):
    """The stack cannot start, is not running, or did not become healthy in time."""


class PipelineError(LakestackError):
    """A deploy, an upload, an execution or a query did not do what was asked."""
