"""getResolvedOptions: the arguments of a job run, by name.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html (as at 2026-11-23)

Python 3.9 code: Python shell jobs import it too.
"""

from __future__ import annotations

# Names that Glue itself passes; asking for them is fine, they are returned whenever they were passed.
_RESERVED = (
    "JOB_ID",
    "JOB_NAME",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "TempDir",
    "encryption_type",
    "enable_data_lineage",
    "job_bookmark_from",
    "job_bookmark_option",
    "job_bookmark_to",
)
_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause")


class GlueArgumentError(Exception):
    """An argument that the script asks for was not passed, or has no value."""


def getResolvedOptions(args: list[str], options: list[str]) -> dict[str, str]:
    """Return the values of `options`, and of Glue's own arguments, from `args`.

    Args:
        args: sys.argv: ``--name value`` or ``--name=value``. A ``-`` in a name counts as ``_``, as argparse has it.
        options: The names that must have been passed, without the hyphens.

    Returns:
        Option name to value, always a string. What was passed but not asked for is left out.

    Raises:
        GlueArgumentError: One is missing or has no value.
    """
    passed = _passed(args[1:], {_as_variable(name) for name in (*options, *_RESERVED)})
    missing = [name for name in options if _as_variable(name) not in passed]
    if missing:
        raise GlueArgumentError("the following arguments are required: {}".format(", ".join("--" + name for name in missing)))
    bookmark_option = passed.get("job_bookmark_option")
    if bookmark_option not in (None, *_BOOKMARK_OPTIONS):
        raise GlueArgumentError(
            "argument --job-bookmark-option: invalid choice: {!r} (choose from {})".format(bookmark_option, ", ".join(_BOOKMARK_OPTIONS))
        )
    return passed


def _passed(arguments: list[str], wanted: set[str]) -> dict[str, str]:
    values = {}
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        position += 1
        if not argument.startswith("--"):
            continue
        name, equals, value = argument[2:].partition("=")
        variable = _as_variable(name)
        if variable not in wanted:
            continue
        if not equals:
            if position == len(arguments) or _is_option(arguments[position]):
                raise GlueArgumentError(f"argument --{name}: expected one argument")
            value = arguments[position]
            position += 1
        values[variable] = value
    return values


def _is_option(argument: str) -> bool:
    # A value may begin with one hyphen only if it is a number or holds a space, as argparse has it.
    return argument.startswith("--") and " " not in argument


def _as_variable(name: str) -> str:
    return name.replace("-", "_")
