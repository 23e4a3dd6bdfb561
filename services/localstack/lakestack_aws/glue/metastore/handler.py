"""Answer Hive's calls from the catalog, with Hive's exceptions in place of Glue's."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from hive_metastore import ThriftHiveMetastore, ttypes
from thrift.Thrift import TApplicationException

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.metastore.database_calls import DatabaseCalls
from lakestack_aws.glue.metastore.files import Files
from lakestack_aws.glue.metastore.partition_calls import PartitionCalls
from lakestack_aws.glue.metastore.table_calls import TableCalls

LOG = logging.getLogger(__name__)

# Glue's code, and Hive's exceptions in the order of preference: a call can only raise those that its declaration names.
_EXCEPTIONS: dict[str, tuple[type[Exception], ...]] = {
    "EntityNotFoundException": (ttypes.NoSuchObjectException, ttypes.InvalidObjectException, ttypes.InvalidOperationException),
    "AlreadyExistsException": (ttypes.AlreadyExistsException, ttypes.InvalidOperationException),
    "InvalidInputException": (ttypes.InvalidObjectException, ttypes.InvalidOperationException),
}


class _Calls(PartitionCalls, TableCalls, DatabaseCalls):
    """All calls; TableCalls.drop_table comes before DatabaseCalls'."""


class MetastoreHandler:
    """What the generated processor calls; a call that we do not have is answered as an unknown method, with its name."""

    def __init__(self, catalog: Catalog, files: Files) -> None:
        self._calls = _Calls(catalog, files)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._calls, name, None)
        if call is None or name.startswith("_"):
            return functools.partial(_not_implemented, name)
        return functools.partial(_translate_errors, name, call)


def _translate_errors(name: str, call: Callable[..., Any], *args: Any) -> Any:
    try:
        return call(*args)
    except ServiceError as error:
        declared = _declared_exceptions(name)
        wanted = (*_EXCEPTIONS.get(error.code, ()), ttypes.MetaException)
        translated = next((exception for exception in wanted if exception in declared), None)
        if translated is None:
            raise TApplicationException(TApplicationException.INTERNAL_ERROR, error.message) from error
        raise translated(message=error.message) from error


@functools.cache
def _declared_exceptions(name: str) -> frozenset[type[Exception]]:
    specification = getattr(ThriftHiveMetastore, f"{name}_result").thrift_spec
    types = [field[3][0] for field in specification if field and isinstance(field[3], list)]
    return frozenset(found for found in types if issubclass(found, Exception))


def _not_implemented(name: str, *_args: Any) -> Any:
    LOG.warning("Hive's client called %s, which the metastore front does not have.", name)
    raise TApplicationException(TApplicationException.UNKNOWN_METHOD, f"{name} is not implemented by lakestack's Hive metastore.")
