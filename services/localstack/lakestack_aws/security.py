"""The endpoint's door: where it listens, and the check that each request passes first."""

from collections.abc import Callable, Iterable
from typing import Any

from localstack import config as localstack_config
from localstack.aws.api import RequestContext
from localstack.aws.app import LocalstackAwsGateway
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import cors
from localstack.aws.serving.twisted import TLSMultiplexerFactory
from localstack.http import Response
from localstack.runtime.exceptions import LocalstackExit
from localstack.runtime.server.twisted import TwistedRuntimeServer
from localstack.utils.patch import patch
from rolo.serving.twisted import TwistedGateway
from twisted.internet import endpoints, reactor, ssl

from lakestack_aws import config
from lakestack_aws.request_body import content_file
from lakestack_aws.request_guard import RequestGuard


def apply() -> None:
    """Check each request before anything else sees it, and listen where GATEWAY_LISTEN says and nowhere else."""
    extra = config.extra_hosts()
    localstack_config.DISABLE_CUSTOM_CORS_S3 = True
    # LocalStack's list has its makers' web application on it.
    cors.ALLOWED_CORS_ORIGINS[:] = _own_origins(extra)
    _leave_referers_to_the_guard()

    guard = RequestGuard(extra, _added_origins())

    def check_request(chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if reason := guard.refusal(context.request.headers):
            response.status_code = 403
            response.mimetype = "text/plain"
            response.set_data(f"lakestack: {reason}\n")
            chain.terminate()

    @patch(LocalstackAwsGateway.__init__)
    def init(original: Callable[..., None], self: LocalstackAwsGateway, *arguments: Any, **keywords: Any) -> None:
        original(self, *arguments, **keywords)
        self.request_handlers.insert(0, check_request)

    @patch(TwistedRuntimeServer.register)
    def register(_original: Callable[..., None], _self: TwistedRuntimeServer, gateway: Any, listen: list[Any], ssl_creds: Any = None) -> None:
        for address in listen:
            _listen(TwistedGateway(gateway), address, ssl_creds)


def _leave_referers_to_the_guard() -> None:
    """LocalStack 4.14.0 refuses every foreign Referer, also of a program that signs; the guard has judged it by then."""
    allows_origin = cors.CorsEnforcer.is_cors_origin_allowed
    cors.CorsEnforcer.is_cors_origin_allowed = staticmethod(lambda headers: not headers.get("Origin") or allows_origin(headers))


def _listen(site: TwistedGateway, address: Any, ssl_creds: tuple[str, str] | None) -> None:
    """Listen on exactly `address`; LocalStack 4.14.0 takes every IPv4 interface, and goes on when the port is taken.

    Raises:
        LocalstackExit: The address cannot be had.
    """
    site.getContentFile = content_file
    factory = site
    if ssl_creds:
        certificate, key = ssl_creds
        context = ssl.DefaultOpenSSLContextFactory(key, certificate)
        context.getContext().use_certificate_chain_file(certificate)
        factory = TLSMultiplexerFactory(context, False, site)
    kind = endpoints.TCP6ServerEndpoint if localstack_config.is_ipv6_address(address.host) else endpoints.TCP4ServerEndpoint
    failures: list[Any] = []
    kind(reactor, address.port, interface=address.host).listen(factory).addErrback(failures.append)
    if failures:
        raise LocalstackExit(f"Cannot listen on {address}: {failures[0].getErrorMessage()}", code=1)


def _own_origins(extra_hosts: Iterable[str]) -> list[str]:
    names = ["localhost", "127.0.0.1", "[::1]", "localhost.localstack.cloud", *sorted(extra_hosts)]
    ports = {address.port for address in localstack_config.GATEWAY_LISTEN}
    return [f"{scheme}://{name}:{port}" for scheme in ("http", "https") for name in names for port in ports] + _added_origins()


def _added_origins() -> list[str]:
    """Return the origins that the user added by LocalStack's own setting."""
    return [origin.strip() for origin in localstack_config.EXTRA_CORS_ALLOWED_ORIGINS.split(",") if origin.strip()]
