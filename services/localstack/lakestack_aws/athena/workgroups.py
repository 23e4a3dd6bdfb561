"""Work groups: where results go, and whose word holds about it.

Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html (as at 2026-11-22).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lakestack_aws.athena.errors import InvalidRequestError

PRIMARY = "primary"
ENGINE_VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}


@dataclass(frozen=True)
class WorkGroup:
    """A work group. Its `configuration` is kept in AWS's own members, as it was sent and with AWS's defaults."""

    name: str
    configuration: Mapping[str, Any]
    description: str | None
    state: str
    created_at: datetime

    @property
    def output_location(self) -> str | None:
        return self.configuration.get("ResultConfiguration", {}).get("OutputLocation") or None

    @property
    def is_enforced(self) -> bool:
        return bool(self.configuration["EnforceWorkGroupConfiguration"])

    @property
    def has_managed_results(self) -> bool:
        return bool(self.configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"))


class WorkGroups:
    """The work groups of one account and region; `primary` is always there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        configuration = with_defaults({"EnforceWorkGroupConfiguration": False, "PublishCloudWatchMetricsEnabled": False})
        self._groups = {PRIMARY: WorkGroup(PRIMARY, configuration, None, "ENABLED", datetime.now(UTC))}

    def get(self, name: str) -> WorkGroup:
        """Return a work group.

        Raises:
            InvalidRequestError: There is none of that name.
        """
        with self._lock:
            if name not in self._groups:
                raise InvalidRequestError("WorkGroup is not found.")
            return self._groups[name]

    def list(self) -> list[WorkGroup]:
        with self._lock:
            return [self._groups[name] for name in sorted(self._groups)]

    def create(self, name: str, configuration: Mapping[str, Any], description: str | None) -> WorkGroup:
        """Add a work group.

        Raises:
            InvalidRequestError: The name is taken.
        """
        group = WorkGroup(name, with_defaults(configuration), description, "ENABLED", datetime.now(UTC))
        with self._lock:
            if name in self._groups:
                raise InvalidRequestError("WorkGroup is already created")
            self._groups[name] = group
        return group

    def update(self, name: str, updates: Mapping[str, Any], description: str | None, state: str | None) -> WorkGroup:
        """Change a work group by AWS's ConfigurationUpdates; what is None stays."""
        group = self.get(name)
        changed = replace(
            group,
            configuration=_updated(group.configuration, updates),
            description=group.description if description is None else description,
            state=state or group.state,
        )
        with self._lock:
            self._groups[name] = changed
        return changed

    def delete(self, name: str) -> None:
        """Remove a work group.

        Raises:
            InvalidRequestError: It is `primary`, or not there.
        """
        if name == PRIMARY:
            raise InvalidRequestError("WorkGroup primary cannot be deleted.")
        self.get(name)
        with self._lock:
            self._groups.pop(name, None)


def with_defaults(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a work group's configuration as GetWorkGroup answers it."""
    defaults = {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EnableMinimumEncryptionConfiguration": False,
    }
    return {**defaults, **configuration, "EngineVersion": _engine_version(configuration.get("EngineVersion", {}))}


def _engine_version(wanted: Mapping[str, str]) -> dict[str, str]:
    selected = wanted.get("SelectedEngineVersion", "AUTO")
    if selected not in ("AUTO", ENGINE_VERSION["EffectiveEngineVersion"]):
        raise InvalidRequestError(f"Engine version {selected} is not supported.")
    return {**ENGINE_VERSION, "SelectedEngineVersion": selected}


def _updated(configuration: Mapping[str, Any], updates: Mapping[str, Any]) -> dict[str, Any]:
    """Apply AWS's form of updates: `XUpdates` changes X within, `RemoveX` takes X away, X replaces X."""
    changed = dict(configuration)
    for member, value in updates.items():
        if member.startswith("Remove"):
            if value:
                changed.pop(member.removeprefix("Remove"), None)
        elif member.endswith("Updates"):
            inner = member.removesuffix("Updates")
            changed[inner] = _updated(changed.get(inner, {}), value)
        elif member == "EngineVersion":
            changed[member] = _engine_version(value)
        else:
            changed[member] = value
    return changed
