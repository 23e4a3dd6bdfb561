"""The metastore front as a server: Thrift on LAKESTACK_METASTORE_LISTEN, a thread for each connection."""

import logging
import os
import threading
from functools import cached_property

from localstack.aws.connect import connect_to
from localstack.constants import DEFAULT_AWS_ACCOUNT_ID
from thrift.protocol import TBinaryProtocol
from thrift.server import TServer
from thrift.Thrift import TProcessor
from thrift.transport import TSocket, TTransport

from lakestack_aws import config
from lakestack_aws.glue.catalog.catalog import Catalog, catalog_of
from lakestack_aws.glue.metastore.files import S3Files

LOG = logging.getLogger(__name__)


def start_metastore_front() -> None:
    """Serve the catalog of the account and region that jobs run in, until the process ends.

    Raises:
        ConfigError: LAKESTACK_METASTORE_LISTEN is not set, or is not host:port.
        TTransportException: The port is taken.
    """
    host, port = _address(config.required("LAKESTACK_METASTORE_LISTEN"))
    region = os.environ.get("AWS_REGION", "us-east-1")
    processor = _Processor(catalog_of(DEFAULT_AWS_ACCOUNT_ID, region), S3Files(connect_to(region_name=region).s3))
    socket = _ListeningSocket(host, port)
    socket.listen()
    server = TServer.TThreadedServer(
        processor,
        socket,
        TTransport.TBufferedTransportFactory(),
        TBinaryProtocol.TBinaryProtocolFactory(),
        daemon=True,
    )
    threading.Thread(target=server.serve, name="metastore-front", daemon=True).start()
    LOG.info("The Data Catalog is a Hive metastore at thrift://%s:%d.", host, port)


class _Processor:
    """Hive's protocol, imported when the first job speaks it: 3 s and 84 MB that most stacks never need."""

    def __init__(self, catalog: Catalog, files: S3Files) -> None:
        self._catalog = catalog
        self._files = files

    @cached_property
    def _generated(self) -> TProcessor:
        from hive_metastore import ThriftHiveMetastore  # noqa: PLC0415

        from lakestack_aws.glue.metastore.handler import MetastoreHandler  # noqa: PLC0415

        return ThriftHiveMetastore.Processor(MetastoreHandler(self._catalog, self._files))

    def process(self, received: TBinaryProtocol, sent: TBinaryProtocol) -> bool:
        return bool(self._generated.process(received, sent))


class _ListeningSocket(TSocket.TServerSocket):
    """Listens once: here, so that a port that is taken stops the start, and not again when the server's thread asks for it."""

    def listen(self) -> None:
        if self.handle is None:
            super().listen()


def _address(listen: str) -> tuple[str, int]:
    host, separator, port = listen.rpartition(":")
    if not separator or not port.isdigit():
        raise config.ConfigError(f"localstack: LAKESTACK_METASTORE_LISTEN is '{listen}'; it must be host:port, such as 127.0.0.1:9083.")
    return host, int(port)
