"""The error that every emulated operation raises; each service's own errors.py derives from it."""

from typing import Any


class ServiceError(Exception):
    """An error that goes to the client as AWS words it.

    Attributes:
        code: AWS's error code, such as ``EntityNotFoundException``.
        message: AWS's text, word for word.
        status: The HTTP status code.
        details: Further members of the error's shape, such as ``AthenaErrorCode``.
    """

    code: str = "InternalServiceException"
    status: int = 400

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.details = details
