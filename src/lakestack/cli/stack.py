"""The verbs that look after the stack itself: install, up, down, status, reset, doctor."""

import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from lakestack import room
from lakestack.cli.app import app, console
from lakestack.client import Clients, aws_errors_explained
from lakestack.doctor import Verdict, examine
from lakestack.engine import control
from lakestack.engine.engines import EngineName, PartStatus
from lakestack.engine.stack import Stack
from lakestack.errors import StackError
from lakestack.install import cache, components
from lakestack.lake.reset import reset as empty_everything

StackOption = Annotated[
    Path | None,
    typer.Option(
        "--stack", metavar="DIR", envvar="LAKESTACK_STACK", help="The stack's folder; one stack a folder.", show_default=".lakestack in the project"
    ),
]


EngineOption = Annotated[
    EngineName, typer.Option(envvar="LAKESTACK_ENGINE", help="embedded: processes of this machine. compose: containers of docker-compose.yml.")
]
PortOption = Annotated[int | None, typer.Option(envvar="LAKESTACK_PORT", help="The endpoint's port.", show_default="4566, or the last one")]


@app.command(rich_help_panel="The stack")
def install(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when everything is there.")] = False,
) -> None:
    """Fetch everything that the stack is made of into the user's cache; afterwards everything works offline."""
    wanted = components.components()
    missing = [component for component in wanted if not component.is_installed]
    if not missing and quiet:
        return
    if not missing:
        console.print(f"Everything is installed: {len(wanted)} parts in {cache.cache_dir()}.")
        return
    known = sum(component.download_bytes for component in missing)
    console.print(f"Installing {len(missing)} parts into {cache.cache_dir()}: {_mb(known)} and the Python packages of the locks.")
    if (free := room.free_bytes(cache.cache_dir())) < (wanted_bytes := sum(component.room_bytes for component in missing)):
        console.print(f"[yellow]{room.readable(free)} are free there[/]; while it is made, all of it takes about {room.readable(wanted_bytes)}.")
    started = time.monotonic()
    for component in missing:
        _install(component)
    console.print(f"Installed in {time.monotonic() - started:.0f} s. Next: lakestack up --detach")


def _install(component: components.Component) -> None:
    started = time.monotonic()
    columns = [TextColumn("  {task.description}"), BarColumn(), TaskProgressColumn(), DownloadColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(component.name, total=component.download_bytes or None)
        component.install(lambda count: progress.advance(task, count))
    size = cache.size_of(component.path)
    console.print(f"  [green]✓[/] {component.name:<16} {_mb(size):>8} {time.monotonic() - started:5.1f} s  {component.what}", highlight=False)


@app.command(rich_help_panel="The stack")
def up(
    stack: StackOption = None,
    port: PortOption = None,
    engine: EngineOption = EngineName.EMBEDDED,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return once the stack is healthy; it stays up until: lakestack down")] = False,
) -> None:
    """Start the stack and wait until it is healthy. Without --detach it runs until Ctrl-C."""
    this = control.current(stack)
    started = time.monotonic()
    if not control.start(this, port, engine):
        console.print(f"The stack runs already, at {this.endpoint_url}.")
    wait_until_healthy(this)
    console.print(f"[green]Healthy[/] at [bold]{this.endpoint_url}[/] after {time.monotonic() - started:.1f} s.", highlight=False)
    if detach:
        console.print(
            "Point your tools at it: [bold]eval $(lakestack env)[/]. Deploy the pipeline: [bold]lakestack deploy[/]. Stop: [bold]lakestack down[/]"
        )
        return
    console.print("Ctrl-C stops it.")
    _hold(this)


def _hold(stack: Stack) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while control.is_running(stack):
            time.sleep(0.5)
        console.print("The stack was stopped.")
    except KeyboardInterrupt:
        console.print("Stopping …")
        control.stop(stack)


def wait_until_healthy(stack: Stack) -> None:
    """Wait with a line a part: done with its time, or what it is waiting for; slow ones are said so."""
    seen: dict[str, str] = {}

    def report(parts: Mapping[str, PartStatus]) -> None:
        for name, part in parts.items():
            took_s = (datetime.now(UTC) - part.started_at).total_seconds()
            news = _news(part, took_s)
            if news and seen.get(name) != news:
                seen[name] = news
                console.print(f"  {name:<11} {part.stands_for:<16} {news.format(took=f'{took_s:.1f} s')}", highlight=False)

    control.wait_until_healthy(stack, report)


def _news(part: PartStatus, took_s: float) -> str:
    """Return what is worth saying once about a part, with {took} for its time, or "" for nothing."""
    if part.state == "healthy":
        return "[green]healthy[/] after {took}"
    if part.restarts:
        return f"[red]died and was started again[/] ({part.restarts}x): {escape(part.detail)}"
    if took_s > part.slow_after_s:
        return f"[yellow]is slow[/]: {escape(part.detail)}"
    return ""


@app.command(rich_help_panel="The stack")
def down(stack: StackOption = None) -> None:
    """Stop the stack and everything it started. Its data goes with it."""
    this = control.current(stack)
    console.print("Stopped; nothing of it is running." if control.stop(this) else f"No stack is running in {this.folder}.")


@app.command(rich_help_panel="The stack")
def status(stack: StackOption = None) -> None:
    """Show each part: state, version, port, process and memory. Exits 1 when the stack is not healthy."""
    this = control.current(stack)
    if not control.is_running(this):
        raise StackError(f"No stack is running in {this.folder}. Start one with: lakestack up --detach")
    parts, memory = control.parts(this), control.memory_bytes(this)
    table = Table(title=f"{this.endpoint_url}  ({this.settings.engine}; state in {this.folder})", title_justify="left")
    for column in ("part", "stands for", "version", "state", "port", "process", "memory"):
        table.add_column(column, justify="right" if column in {"port", "process", "memory"} else "left")
    for name, part in parts.items():
        table.add_row(name, part.stands_for, part.version, part.state, str(part.port or ""), part.process, _mb(memory.get(name, 0)))
    for name in memory.keys() - parts.keys():
        table.add_row(name, "", "", "running", "", "", _mb(memory[name]))
    table.add_section()
    table.add_row("", "", "", "", "", "", _mb(sum(memory.values())))
    console.print(table)
    unwell = [part for part in parts.values() if part.state != "healthy"]
    for part in unwell:
        console.print(f"{part.name} is {part.state}: {escape(part.detail)}", soft_wrap=True)
    if unwell:
        raise typer.Exit(1)


@app.command(rich_help_panel="The stack")
def reset(stack: StackOption = None) -> None:
    """Empty the data and keep the stack and what is deployed: uploads, tables, claims and results go, in seconds."""
    started = time.monotonic()
    with aws_errors_explained():
        for line in empty_everything(Clients.of(control.current(stack))):
            console.print(f"  {line}", highlight=False)
    console.print(f"Empty after {time.monotonic() - started:.1f} s; the next upload is the first one.")


@app.command(rich_help_panel="The stack")
def doctor(stack: StackOption = None) -> None:
    """Look for what could keep the stack from working here, and say what to do. Exits 1 when something would."""
    signs = {Verdict.GOOD: "[green]✓[/]", Verdict.WARNING: "[yellow]![/]", Verdict.BAD: "[red]✗[/]"}
    findings = list(examine(control.current(stack)))
    for finding in findings:
        console.print(f"{signs[finding.verdict]} {finding.subject:<12} {finding.found}", highlight=False, soft_wrap=True)
        if finding.remedy:
            console.print(f"  {'':<12} [bold]{finding.remedy}[/]", highlight=False, soft_wrap=True)
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(1)


def _mb(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
