"""Which of Lambda's runtimes are run here, and by which Python."""

_PYTHONS = ("python3.9", "python3.10", "python3.11", "python3.12", "python3.13")


class UnsupportedRuntimeError(Exception):
    """A function that this executor cannot run."""


def check_runtime(runtime: str | None, package_type: str | None) -> None:
    """Refuse what a Python process cannot run.

    Raises:
        UnsupportedRuntimeError: With what was asked for and what is there.
    """
    if package_type == "Image":
        raise UnsupportedRuntimeError("Functions from container images are not run by lakestack; give the function a zip with a Python runtime.")
    if runtime not in _PYTHONS:
        raise UnsupportedRuntimeError(f"Runtime {runtime} is not run by lakestack; it runs {', '.join(_PYTHONS)}.")


def difference(runtime: str, actual: str) -> str | None:
    """Return a line for the function's log when `runtime` is run by another Python than its own."""
    return None if runtime == actual else f"lakestack: runtime {runtime} is run by {actual}, the one Python of this stack."
