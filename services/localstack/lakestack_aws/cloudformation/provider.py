"""Our resources as LocalStack's resource providers."""

from typing import Any

from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceProvider, ResourceRequest

from lakestack_aws.cloudformation.resource import Call, Properties, Resource, ResourceError


def provider_for(resource: Resource) -> ResourceProvider:
    """Return a provider that answers with `resource`."""
    provider = _Provider(resource)
    provider.TYPE = resource.type_name
    provider.SCHEMA = {
        "typeName": resource.type_name,
        "properties": {name: {} for name in resource.properties | resource.attributes},
        "primaryIdentifier": [f"/properties/{resource.identifier}"],
        "createOnlyProperties": [f"/properties/{name}" for name in sorted(resource.create_only)],
        "readOnlyProperties": [f"/properties/{name}" for name in sorted(resource.attributes)],
    }
    return provider


class _Provider(ResourceProvider):
    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def create(self, request: ResourceRequest) -> ProgressEvent:
        wanted = self._wanted(request.desired_state)
        return _success(wanted | self._resource.create(_call(request), wanted))

    def update(self, request: ResourceRequest) -> ProgressEvent:
        wanted, had = self._wanted(request.desired_state), request.previous_state or {}
        self._check_create_only(wanted, had)
        kept = {name: value for name, value in had.items() if name in self._resource.attributes | {self._resource.identifier}}
        return _success(kept | wanted | self._resource.update(_call(request), wanted, had))

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        self._resource.delete(_call(request), request.previous_state or request.desired_state)
        return _success({})

    def read(self, request: ResourceRequest) -> ProgressEvent:
        return _success(self._resource.read(_call(request), request.desired_state))

    def _wanted(self, state: Properties | None) -> Properties:
        # When a change is undone, the state of the last success comes back, attributes and all.
        read_only = self._resource.attributes - self._resource.properties
        wanted = {name: value for name, value in (state or {}).items() if value is not None and name not in read_only}
        self._resource.check(wanted)
        return wanted

    def _check_create_only(self, wanted: Properties, had: Properties) -> None:
        changed = [name for name in sorted(self._resource.create_only) if name in wanted and wanted[name] != had.get(name, wanted[name])]
        if changed:
            raise ResourceError(f"{', '.join(changed)} of {self._resource.type_name} cannot be changed without a replacement.")


def _call(request: ResourceRequest) -> Call:
    def client(service: str) -> Any:
        return request.aws_client_factory.get_client(service)

    return Call(client, request.account_id, request.region_name, request.stack_name, request.logical_resource_id)


def _success(model: Properties) -> ProgressEvent:
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=model)
