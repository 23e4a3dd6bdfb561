"""Become Athena's engine: Trino's command line, the same whether a machine or a container runs it.

    python services/trino/start.py [FLAG...]

Flags go to the JVM after those of etc/jvm.config. The environment says where things are: LAKESTACK_TRINO_HOME (lib/ and plugin/),
LAKESTACK_TRINO_JAVA (the Java 25 runtime), LAKESTACK_STATE (a folder), and what the files of etc/ name. Trino listens on loopback alone;
LAKESTACK_TRINO_LISTEN=0.0.0.0 lets others reach it. LAKESTACK_TRINO_DISCOVERY makes it a node that only works for the Trino at that address.
"""

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_ETC = Path(__file__).resolve().parent / "etc"


def main() -> None:
    command = trino_command(os.environ, sys.argv[1:])
    os.execv(command[0], command)  # noqa: S606 - the engine's own Java


def trino_command(environment: Mapping[str, str], flags: list[str]) -> list[str]:
    """Return the command of one Trino node; its id is the machine's name, so that nodes of a cluster differ."""
    home, data = Path(environment["LAKESTACK_TRINO_HOME"]), Path(environment["LAKESTACK_STATE"]) / "data"
    data.mkdir(parents=True, exist_ok=True)
    configuration = "worker.properties" if environment.get("LAKESTACK_TRINO_DISCOVERY") else "config.properties"
    usual = [line.strip() for line in (_ETC / "jvm.config").read_text().splitlines() if line.strip() and not line.startswith("#")]
    return [
        environment["LAKESTACK_TRINO_JAVA"],
        *usual,
        *flags,
        *_reachable(environment),
        f"-Dconfig={_ETC / configuration}",
        f"-Dlog.levels-file={_ETC / 'log.properties'}",
        f"-Dnode.data-dir={data}",
        f"-Dnode.id={re.sub(r'[^A-Za-z0-9_-]', '-', socket.gethostname())}",
        "-Dnode.environment=lakestack",
        f"-Dplugin.dir={home / 'plugin'}",
        f"-Dcatalog.config-dir={_ETC / 'catalog'}",
        "-cp",
        f"{home / 'lib'}/*",
        "io.trino.server.TrinoServer",
    ]


def _reachable(environment: Mapping[str, str]) -> list[str]:
    """Return the flags by which other machines reach this node, and learn at which address."""
    listen = environment.get("LAKESTACK_TRINO_LISTEN")
    return [f"-Dnode.bind-ip={listen}", f"-Dnode.internal-address={socket.gethostbyname(socket.gethostname())}"] if listen else []


if __name__ == "__main__":
    main()
