"""The environment variables that a function sees: Lambda's own, those of its configuration, and nothing of this machine's user."""

from collections.abc import Mapping
from typing import Any

# What programs need of the machine to reach the network at all.
_FROM_THE_MACHINE = ("PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_OF_LOCALSTACK = ("LOCALSTACK_", "EDGE_PORT", "_AWS_XRAY_")


def function_environment(
    given: Mapping[str, Any], *, runtime: str, code_folder: str, temporary_folder: str, runtime_api: str, machine: Mapping[str, str]
) -> dict[str, str]:
    """Return the whole environment of a function's process.

    `given` is what LocalStack would give to its container: Lambda's variables with the role's credentials, and the
    function's own. Of `machine`, the environment of this process, only PATH, certificates and proxies are taken.

    The names and values are those of
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (as at 2026-11-23).
    """
    environment = {name: machine[name] for name in _FROM_THE_MACHINE if name in machine}
    environment |= {
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        # Without HOME the user's own ~/.aws would be read; without TMPDIR functions would share their files.
        "HOME": temporary_folder,
        "TMPDIR": temporary_folder,
        "NO_PROXY": _without_proxy(machine),
    }
    environment |= {name: str(value) for name, value in given.items() if not name.startswith(_OF_LOCALSTACK)}
    return environment | {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": code_folder,
    }


def _without_proxy(machine: Mapping[str, str]) -> str:
    names = [name for name in (machine.get("NO_PROXY") or machine.get("no_proxy") or "").split(",") if name]
    return ",".join([*names, *(name for name in ("localhost", "127.0.0.1") if name not in names)])
