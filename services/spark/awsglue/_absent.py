"""How the shim says that something of AWS's library is not there."""


class AbsentError(NotImplementedError, AttributeError):
    """As an AttributeError too, so that hasattr() tells the truth."""


def absent(name: str) -> AbsentError:
    """Return the error for `name`, which scripts may use on AWS and not here."""
    return AbsentError(
        f"{name} is not implemented by lakestack: DynamicFrame and what belongs to it are not there yet. "
        "Read and write with spark (spark.read, DataFrame.write, spark.sql), which runs the same on AWS."
    )
