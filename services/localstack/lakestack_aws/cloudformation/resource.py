"""What a type of resource has to say of itself so that CloudFormation can make, change and remove it.

A property that is not listed fails the stack by its name: nothing that a template asks for is passed over in silence.
"""

import json
import secrets
import string
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

type Properties = dict[str, Any]
"""A resource's properties as the template names them."""


class ResourceError(Exception):
    """What CloudFormation shows as the reason of a resource's failure."""


@dataclass(frozen=True)
class Call:
    """What a resource's methods get beside its properties.

    Attributes:
        client: Returns the boto3 client of a service.
    """

    client: Callable[[str], Any]
    account_id: str
    region: str
    stack_name: str
    logical_id: str

    def generated_name(self, *, max_length: int = 64) -> str:
        """Return a new name for a resource that the template does not name: <stack>-<logical id>-<12 random letters>."""
        suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
        return f"{self.stack_name}-{self.logical_id}"[: max_length - 13] + f"-{suffix}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


class Resource(ABC):
    """One type of resource.

    Methods get properties without what `None` stands for. They return the attributes of the resource that the template
    does not give, the identifier among them; `had` holds the properties and attributes of the last success.

    Attributes:
        type_name: Such as ``AWS::S3::Bucket``.
        identifier: The property or attribute that Ref returns.
        properties: Those that are implemented.
        create_only: Those whose change makes CloudFormation replace the resource.
        attributes: What GetAtt knows beside the properties.
    """

    type_name: ClassVar[str]
    identifier: ClassVar[str]
    properties: ClassVar[frozenset[str]]
    create_only: ClassVar[frozenset[str]] = frozenset()
    attributes: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def create(self, call: Call, wanted: Properties) -> Properties:
        """Make it; fail if there is one of that name already, which is not ours."""

    def update(self, call: Call, wanted: Properties, had: Properties) -> Properties:  # noqa: ARG002 - for those that can
        """Make it what `wanted` says; what `had` has and `wanted` lacks goes back to its default."""
        raise ResourceError(f"{self.type_name} cannot be changed without a replacement.")

    @abstractmethod
    def delete(self, call: Call, had: Properties) -> None:
        """Remove it; one that is gone is no error."""

    @abstractmethod
    def read(self, call: Call, had: Properties) -> Properties:
        """Return what the service says of it now."""

    def check(self, wanted: Properties) -> None:
        """Refuse what is not implemented.

        Raises:
            ResourceError: With the names of the properties.
        """
        if unknown := sorted(set(wanted) - self.properties):
            names = ", ".join(unknown)
            raise ResourceError(f"lakestack does not implement {names} of {self.type_name}; it implements {', '.join(sorted(self.properties))}.")


def already_exists(resource: Resource, name: str) -> ResourceError:
    """Return AWS's refusal to take over what somebody else made."""
    message = f"Resource of type '{resource.type_name}' with identifier '{name}' already exists."
    return ResourceError(f"{message} (RequestToken: {secrets.token_hex(16)}, HandlerErrorCode: AlreadyExists)")


def chosen(source: Mapping[str, Any], *names: str) -> Properties:
    """Return the named entries of `source` that are there."""
    return {name: source[name] for name in names if name in source}


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Write the values of a map of texts as CloudFormation passes them on: LocalStack's engine makes a number of whatever looks like one."""
    return {name: json.dumps(value) if isinstance(value, bool) else str(value) for name, value in values.items()}


def tag_changes(wanted: Properties, had: Properties) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set and the keys to remove; Tags are a list of Key and Value, or a map."""
    new, old = as_tag_map(wanted.get("Tags")), as_tag_map(had.get("Tags"))
    return {key: value for key, value in new.items() if old.get(key) != value}, sorted(set(old) - set(new))


def as_tag_map(tags: Any) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return dict(tags)
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def as_tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def is_error(error: Exception, *codes: str) -> bool:
    """Return whether `error` is a ClientError with one of `codes`."""
    return getattr(error, "response", {}).get("Error", {}).get("Code") in codes


def wait_until(condition: Callable[[], bool], what: str, *, limit_s: float = 60, interval_s: float = 0.05) -> None:
    """Poll `condition`.

    Raises:
        ResourceError: It did not hold in time.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise ResourceError(f"{what} within {limit_s:.0f} s.")
        time.sleep(interval_s)
