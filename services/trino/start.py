"""Become Athena's engine: Trino's command line, the same whether a machine or a container runs it.

    python services/trino/start.py [FLAG...]

Flags go to the JVM after those of etc/jvm.config; -Dnode.bind-ip=0.0.0.0 is one. The environment says where things are:
LAKESTACK_TRINO_HOME (lib/ and plugin/), LAKESTACK_TRINO_JAVA (the Java 25 runtime), LAKESTACK_STATE (a folder), and what the
files of etc/ name.
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
    usual = [line.strip() for line in (_ETC / "jvm.config").read_text().splitlines() if line.strip() and not line.startswith("#")]
    return [
        environment["LAKESTACK_TRINO_JAVA"],
        *usual,
        *flags,
        f"-Dconfig={_ETC / 'config.properties'}",
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


if __name__ == "__main__":
    main()
