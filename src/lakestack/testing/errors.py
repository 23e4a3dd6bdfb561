"""What a test sees when what it ran did not succeed.

PipelineError
├── JobRunError          a job run failed, was stopped, or did not end in time; `run` is how it ended
├── StateMachineError    an execution failed, or did not end in time
└── QueryError           Athena refused a query, it failed, or its answer fits no rows
"""

from typing import TYPE_CHECKING

from lakestack.errors import PipelineError

if TYPE_CHECKING:
    from lakestack.testing.job_run import JobRun


class JobRunError(PipelineError):
    """A job run did not succeed; the text has the end of its log.

    Attributes:
        run: As it was seen last.

    """

    def __init__(self, text: str, run: "JobRun") -> None:
        super().__init__(text)
        self.run = run


class StateMachineError(PipelineError):
    """An execution did not succeed; the text names the state and the cause.

    Attributes:
        status: FAILED, TIMED_OUT, ABORTED, or RUNNING of one that did not end in time.
        error: Of the execution, as AWS names it; empty where there is none.
        cause: Of the execution.

    """

    def __init__(self, text: str, status: str, error: str = "", cause: str = "") -> None:
        super().__init__(text)
        self.status, self.error, self.cause = status, error, cause


class QueryError(PipelineError):
    """Athena did not answer with rows; the text has its reason and the statement."""
