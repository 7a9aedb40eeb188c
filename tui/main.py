"""The `promptopt-tui` command."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from promptopt.errors import InputError, PromptoptError
from promptopt.results.visible import visible

if TYPE_CHECKING:
    from promptopt.runs.store import Store
    from tui.app import WorkbenchApp


def main(argv: Sequence[str] | None = None) -> int:
    """Open the workbench; returns the exit status.

    0 it was closed, 1 it broke down, 2 the request was wrong or there is no terminal.
    """
    options = _parse(sys.argv[1:] if argv is None else argv)
    try:
        if options.print_keys:
            return _print_keys()
        _refuse_without_terminal(options)
        return _open(options)
    except PromptoptError as error:
        for line in str(error).splitlines():
            _print(f"error: {line}", sys.stderr.write)
        return error.exit_status


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="promptopt-tui",
        description="The workbench: watch and steer searches for the best prompt.",
        epilog="Closing it ends no run. Without a terminal, use: promptopt",
    )
    parser.add_argument(
        "what",
        nargs="?",
        metavar="RUN | CONFIG.toml | DATA",
        help="a run to open (its name, a beginning of it, or last), a configuration to start, or "
        "data to set up a run of",
    )
    parser.add_argument(
        "--print-keys",
        action="store_true",
        help="print a keymap file with every action and its keys, and leave",
    )
    parser.add_argument("--demo", action="store_true", help="start the bundled demonstration")
    options = parser.parse_args(argv)
    if options.demo and options.what:
        parser.error("--demo starts a run of its own; leave the name away")
    return options


def _refuse_without_terminal(options: argparse.Namespace) -> None:
    # Textual reads from stdin and draws on stderr.
    streams = {"stdin": sys.__stdin__, "stdout": sys.__stdout__, "stderr": sys.__stderr__}
    missing = [name for name, stream in streams.items() if stream is None or not stream.isatty()]
    if os.environ.get("TERM") == "dumb":
        missing = ["TERM=dumb"]
    if not missing:
        return
    if options.demo:
        instead = "promptopt run --demo"
    elif options.what and _is_data(options.what):
        instead = f"promptopt run --task {visible(options.what)}"
    elif options.what and _is_configuration(options.what):
        instead = f"promptopt run {visible(options.what)}"
    elif options.what:
        instead = f"promptopt show {visible(options.what)}"
    else:
        instead = "promptopt run CONFIG.toml, promptopt list or promptopt show RUN"
    raise InputError(f"promptopt-tui needs a terminal ({missing[0]} is none); use: {instead}")


def _is_configuration(what: str) -> bool:
    from promptopt.runs.config_file import is_configuration

    return is_configuration(what) or Path(what).is_file()


def _is_data(what: str) -> bool:
    from promptopt.runs.config_file import is_data

    return is_data(what)


def _open(options: argparse.Namespace) -> int:
    from promptopt.runs.store import Store
    from tui.farewell import farewell_lines, lines_of_others

    with Store() as store:
        with _nothing_is_garbage():
            app = _app(options, store)
        app.run()
        if app.crash:
            _print(app.crash, sys.stderr.write)
            return 1
        if app.under_way is not None:
            _print(app.under_way.left, sys.stdout.write)
        if app.last_feed is not None:
            app.last_feed.check_liveness_soon()
            app.last_feed.poll()
            for line in farewell_lines(app.last_feed):
                _print(line, sys.stdout.write)
        seen = app.last_feed.run_id if app.last_feed is not None else None
        for line in lines_of_others(app.runs_feed, seen):
            _print(line, sys.stdout.write)
        return app.return_code or 0


@contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """What is imported and built inside stays: to look through it would hold up start and keys."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _app(options: argparse.Namespace, store: Store) -> WorkbenchApp:
    """The app for what was asked; whatever is wrong with that is found out before it opens."""
    run_id, config, data = None, None, ""
    if options.demo:
        from promptopt.runs.config import demo_config

        config = demo_config()
    elif options.what and _is_configuration(options.what) and not _is_data(options.what):
        from promptopt.runs.config import load_config

        config = load_config(Path(options.what).expanduser())
    elif options.what:
        run_id, data = _run_or_data(options.what, store)

    from tui.app import WorkbenchApp
    from tui.keymap import load_keymap
    from tui.steering import given

    begin = given(config) if config is not None else None
    return WorkbenchApp(store, run_id=run_id, begin=begin, data=data, keymap=load_keymap())


def _run_or_data(what: str, store: Store) -> tuple[str | None, str]:
    """The run of that name and no data, or the data of that name, where no run has it."""
    try:
        return store.find_run(what).id, ""
    except InputError:
        if not _is_data(what):
            raise
        return None, what


def _print_keys() -> int:
    from tui.keymap import keymap_template

    for line in keymap_template().splitlines():
        _print(line, sys.stdout.write)
    return 0


def _print(line: str, write: Callable[[str], int]) -> None:
    write(visible(line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
