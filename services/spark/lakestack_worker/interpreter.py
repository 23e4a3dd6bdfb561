"""Python as `python` itself offers it, in a process that has something prepared: a piece of code, or a prompt."""

import code
import contextlib
import linecache
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST_HISTORY = 10_000


@dataclass(frozen=True)
class Code:
    """A piece of Python.

    Attributes:
        name: What tracebacks call it.
        argv: sys.argv of it.
        folder: Where it finds modules of its own; None for where it was called.
    """

    source: str
    name: str
    argv: tuple[str, ...]
    folder: Path | None = None


def run(piece: Code, names: dict[str, Any], was_interrupted: Callable[[], bool]) -> int:
    """Run it as __main__ and return the exit code that `python` would: 1 and a traceback for an exception, SystemExit's own.

    Raises:
        KeyboardInterrupt: Also in place of an exception of which `was_interrupted` says that Ctrl-C is its reason.
    """
    module = _main_module(names)
    sys.argv = list(piece.argv)
    if piece.folder:
        sys.path[0] = str(piece.folder)
    linecache.cache[piece.name] = (len(piece.source), None, piece.source.splitlines(keepends=True), piece.name)
    try:
        exec(compile(piece.source, piece.name, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - running the user's code is what we are for
    except SystemExit as end:
        return _exit_code(end)
    except Exception as error:
        if was_interrupted():
            raise KeyboardInterrupt from error
        trace = error.__traceback__
        traceback.print_exception(type(error), error, trace and trace.tb_next)  # without the frame of run
        return 1
    return 0


class _Console(code.InteractiveConsole):
    def __init__(self, names: dict[str, Any], was_interrupted: Callable[[], bool]) -> None:
        super().__init__(names)
        self._was_interrupted = was_interrupted

    def showtraceback(self) -> None:
        if self._was_interrupted():
            self.write("\nKeyboardInterrupt\n")
        else:
            super().showtraceback()


def interact(banner: str, history: Path | None, names: dict[str, Any], was_interrupted: Callable[[], bool]) -> int:
    """Offer a prompt until Ctrl-D or exit(), with completion, and with the lines of earlier times where there is a file for them."""
    module = _main_module(names)
    with _line_editing(module.__dict__, history):
        try:
            _Console(module.__dict__, was_interrupted).interact(banner, exitmsg="")
        except SystemExit as end:
            return _exit_code(end)
    return 0


@contextlib.contextmanager
def _line_editing(namespace: dict[str, Any], history: Path | None) -> Iterator[None]:
    try:
        import readline  # noqa: PLC0415 - not every Python has it
        import rlcompleter  # noqa: PLC0415
    except ImportError:
        yield
        return
    readline.set_completer(rlcompleter.Completer(namespace).complete)
    # macOS has libedit under this name.
    readline.parse_and_bind("bind ^I rl_complete" if readline.backend == "editline" else "tab: complete")
    if history:
        with contextlib.suppress(OSError):
            readline.read_history_file(history)
    try:
        yield
    finally:
        if history:
            readline.set_history_length(_LONGEST_HISTORY)
            with contextlib.suppress(OSError):
                readline.write_history_file(history)


def _main_module(names: dict[str, Any]) -> types.ModuleType:
    module = types.ModuleType("__main__")
    module.__dict__.update({"__builtins__": __builtins__, **names})
    sys.modules["__main__"] = module
    return module


def _exit_code(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code
    print(end.code, file=sys.stderr)
    return 1
