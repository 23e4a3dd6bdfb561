"""Shows executions as they go, a line a state."""

from collections.abc import Sequence

from rich.markup import escape

from lakestack.cli.app import console
from lakestack.lake.executions import Ended, Executions, Passed
from lakestack.lake.uploads import Upload


def follow_uploads(executions: Executions, uploads: Sequence[Upload]) -> dict[Upload, Ended]:
    """Print the states of the uploads' executions as they pass, until all have ended.

    Returns:
        How each ended.

    Raises:
        PipelineError: No execution starts, or one does not end in time.

    """
    width = max(len(upload.name) for upload in uploads)
    ended = {}
    for passed in executions.follow(uploads):
        console.print(f"{passed.after_s:6.1f} s  {escape(passed.upload.name):<{width}}  {_news(passed)}", highlight=False, soft_wrap=True)
        if passed.ended:
            ended[passed.upload] = passed.ended
    return ended


def _news(passed: Passed) -> str:
    if passed.ended is None:
        return passed.state
    return describe_end(passed.ended)


def describe_end(ended: Ended) -> str:
    """Return how an execution ended, in one line of markup."""
    colour = "green" if ended.outcome == "LOADED" else "yellow" if ended.is_success else "red"
    sign = "✓" if ended.is_success else "✗"
    words = [ended.outcome, *([ended.reason] if ended.reason else [])]
    return f"[{colour}]{sign} {escape(' '.join(words))}[/]  {escape(ended.text)}"
