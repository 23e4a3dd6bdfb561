"""Whether a part does its work, found out by having it work: a call, a registered worker, a query.

    python health.py endpoint|worker|trino|node

Standard library only, and nothing of the package: the images carry this one file for their health checks. It prints what is missing and
exits 1, or says nothing and exits 0. Of the environment it reads AWS_ENDPOINT_URL, LAKESTACK_TRINO_PORT, and a worker's token.
"""

import http.client
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TIMEOUT_S = 5
# The parts of a stack are reached directly, whatever proxy is set for the world outside.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

type Headers = Mapping[str, str]


def endpoint(url: str) -> str:
    """Return "" when every service of the endpoint is loaded and it answers a call, else what is missing."""
    if not _json(f"{url}/_localstack/init/ready")["completed"]:
        return "its services are loading"
    services = _json(f"{url}/_localstack/health")["services"]
    failed = [name for name, state in services.items() if state == "error"]
    return f"failed to load: {', '.join(failed)}" if failed else ""


def worker(url: str, token: str, name: str | None = None) -> str:
    """Return "" when a worker is registered at the endpoint and can take a run at once, else what is missing.

    Args:
        url: Of the endpoint.
        token: What workers show to it.
        name: Of the one worker that is meant; without it any will do.
    """
    known = _json(f"{url}/_lakestack/workers", {"Authorization": f"Bearer {token}"})["workers"]
    meant = [one for one in known if name is None or one["name"] == name]
    if not meant:
        return "no worker has registered"
    return "" if any(one.get("ready", True) for one in meant) else "its first JVM is warming up"


def trino(url: str) -> str:
    """Return "" when a query answers, else what is missing."""
    if starting := node(url):
        return starting
    headers = {"X-Trino-User": "lakestack-health"}
    page = _json(f"{url}/v1/statement", headers, b"SELECT 1")
    while "nextUri" in page:
        page = _json(page["nextUri"], headers)
    return page["error"]["message"] if "error" in page else ""


def node(url: str) -> str:
    """Return "" when a Trino node has its connectors; only a coordinator can be asked a query."""
    return "it is loading its connectors" if _json(f"{url}/v1/info")["starting"] else ""


def checked(check: Any, *arguments: Any) -> str:
    """Return what `check` says; a part that does not answer, or not in its own words, is missing something too."""
    try:
        return str(check(*arguments))
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return f"it does not answer yet ({type(error).__name__})"


def _json(url: str, headers: Headers | None = None, data: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data, headers or {})  # noqa: S310 - the stack's own addresses
    with _open(request, timeout=_TIMEOUT_S) as answer:
        return json.load(answer)


def main(part: str, environment: Mapping[str, str] = os.environ) -> int:
    url = environment.get("AWS_ENDPOINT_URL", "")
    trino_url = f"http://127.0.0.1:{environment.get('LAKESTACK_TRINO_PORT', '8080')}"
    checks = {
        "endpoint": lambda: endpoint(url),
        "worker": lambda: worker(url, Path(environment["LAKESTACK_WORKER_TOKEN_FILE"]).read_text().strip(), f"{socket.gethostname()}-0"),
        "trino": lambda: trino(trino_url),
        "node": lambda: node(trino_url),
    }
    problem = checked(checks[part])
    print(problem, end="")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
