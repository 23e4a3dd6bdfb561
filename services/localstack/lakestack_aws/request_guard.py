"""Who is answered: programs of this machine, and no web page of somebody else's.

The endpoint has no passwords, so a page in the user's browser must not reach it: neither by an Origin of its own, nor by a
form or link without one, nor by a name that its owner turned to 127.0.0.1 (DNS rebinding).
"""

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

# `localhost` and all names below it are this machine (RFC 6761); LocalStack's own domain answers 127.0.0.1.
_OWN_NAMES = frozenset({"localhost", "localhost.localstack.cloud"})
_SAME_ORIGIN = frozenset({"same-origin", "none"})


class RequestGuard:
    """Judges a request, HTTP or WebSocket, by its headers alone.

    Args:
        extra_hosts: Names that it answers to besides those of the machine.
        extra_origins: Pages that may call it besides its own, such as ``http://localhost:3000``.
    """

    def __init__(self, extra_hosts: Iterable[str] = (), extra_origins: Iterable[str] = ()) -> None:
        self._own_names = _OWN_NAMES | frozenset(extra_hosts)
        self._extra_origins = frozenset(extra_origins)

    def refusal(self, headers: Mapping[str, str]) -> str | None:
        """Return why a request with these headers is not answered, None when it is."""
        host = headers.get("Host") or ""
        if not self.is_own(_hostname(host)):
            return (
                f"Host is {host or 'missing'}; this endpoint answers to localhost, 127.0.0.1, [::1] and *.localhost.localstack.cloud. "
                "Set LAKESTACK_HOSTS to the names that it shall answer to besides, separated by commas."
            )
        # A page cannot sign a request without naming its Origin; programs may (S3A's audit does) send any Referer.
        source = headers.get("Origin") or (None if headers.get("Authorization") else headers.get("Referer"))
        if source and not self._is_same_origin(source, host):
            return f"The request comes from a page of {source}; pages of this endpoint alone may call it."
        site = headers.get("Sec-Fetch-Site")
        if site and site not in _SAME_ORIGIN and not source:
            return f"The request comes from a page elsewhere (Sec-Fetch-Site: {site}); pages of this endpoint alone may call it."
        return None

    def is_own(self, name: str) -> bool:
        """Return whether `name` is a name of this endpoint: a bucket may stand before it."""
        if _is_loopback(name):
            return True
        return any(name == own or name.endswith(f".{own}") for own in self._own_names)

    def _is_same_origin(self, source: str, host: str) -> bool:
        page = urlsplit(source)
        if f"{page.scheme}://{page.netloc}" in self._extra_origins:
            return True
        return page.scheme in {"http", "https"} and self.is_own(_hostname(page.netloc)) and _port(page.netloc) == _port(host)


def _hostname(netloc: str) -> str:
    return (urlsplit(f"//{netloc}").hostname or "").rstrip(".") if _is_netloc(netloc) else ""


def _port(netloc: str) -> int | None:
    try:
        return urlsplit(f"//{netloc}").port
    except ValueError:
        return None


def _is_netloc(text: str) -> bool:
    """A user name, a path or a blank in it would make two readers see two hosts."""
    return not any(character in text for character in "@/\\?# \t")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
