"""The checks of `promptopt doctor`. Each returns what it found and never raises."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from promptopt.errors import PromptoptError

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST_PYTHON = (3, 11)

IMPORT_SECONDS = 60.0
"""How long the embedded backend may take to load, on a slow disk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        what: the thing that was looked at.
        state: "fine"; "wrong", and nothing can run; or "absent", and some runs cannot.
        details: one line.
        advice: what to do about it, in lines; empty if nothing.
    """

    what: str
    state: Literal["fine", "wrong", "absent"]
    details: str
    advice: str = ""


def check_python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    details = f"{version}, {sys.executable}"
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Finding("Python", "wrong", details, f"promptopt needs Python {wanted} or newer")
    return Finding("Python", "fine", details)


def check_core() -> Finding:
    """Whether the compiled part is there and belongs to this version."""
    try:
        version = importlib.metadata.version("promptopt")
    except importlib.metadata.PackageNotFoundError:
        version = "of unknown version"
    try:
        from promptopt import _core

        works = _core.levenshtein("a b c", "a x c") == 1
    except Exception as error:  # a broken binary can raise anything
        return Finding(
            "promptopt", "wrong", f"{version}, its core cannot be loaded: {error}", _reinstall
        )
    if not works:
        return Finding("promptopt", "wrong", f"{version}, its core miscounts", _reinstall)
    return Finding("promptopt", "fine", f"{version}, core loaded")


_reinstall = "install it anew: pip install --force-reinstall promptopt"


def check_store() -> Finding:
    from promptopt.runs.paths import store_path
    from promptopt.runs.store import Store, writable
    from promptopt.runs.store_errors import check_not_lost, is_read_only

    advice = "set PROMPTOPT_HOME to a folder that can be written to"
    try:
        path = store_path()
        check_not_lost(path)
        if not path.exists():
            nearest = next(folder for folder in path.parents if folder.exists())
            if nearest.is_dir() and writable(path):
                return Finding("store", "fine", f"{path}, made by the first run")
            return Finding("store", "wrong", f"{path} cannot be created", advice)
        with Store(path) as store:
            fault, (whole, damaged) = store.damage(), store.look_through()
            if fault or damaged:
                what = f"{path} is damaged: {fault or 'runs in it are not whole'}"
                return Finding("store", "wrong", what, _way_out(len(whole), damaged))
            if is_read_only(path):
                return Finding("store", "wrong", f"{path} is read-only", advice)
            with store.transaction():
                count = len(store.runs())
            runs = "1 run" if count == 1 else f"{count:,} runs"
            return Finding("store", "fine", f"{path}, {runs}")
    except (PromptoptError, OSError) as error:
        return Finding("store", "wrong", str(error), advice)


def _way_out(whole: int, damaged: dict[str, str]) -> str:
    """What to do about a damaged store, in lines."""
    from promptopt.results.numbers import counted
    from promptopt.runs.store_errors import READ_DAMAGED, SAVE_RUNS

    lines = [f"{run_id} is damaged: {told}" for run_id, told in damaged.items()]
    if damaged:
        lines.append(READ_DAMAGED)
    if not whole:
        return "\n".join([*lines, "put a backup of it in its place, or move it away to begin anew"])
    what = f"{counted(whole, 'run')} whole; save what is whole into a new store, and go on there:"
    return "\n".join([*lines, what, SAVE_RUNS])


def check_embedded() -> Finding:
    """Whether the embedded backend loads, tried in a process of its own, which it may take down."""
    what = "embedded backend"
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import xllamacpp"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=IMPORT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(what, "absent", f"xllamacpp could not be tried: {error}", _only_local)
    if done.returncode == 0:
        try:
            version = importlib.metadata.version("xllamacpp")
        except importlib.metadata.PackageNotFoundError:
            version = "of unknown version"
        return Finding(what, "fine", f"xllamacpp {version}")
    if "libgomp" in done.stderr:
        return Finding(
            what,
            "absent",
            "xllamacpp needs the system library libgomp",
            "install it, on Debian and Ubuntu: apt-get install libgomp1\n" + _only_local,
        )
    if done.returncode < 0:
        reason = f"ended by signal {-done.returncode}; the processor may lack AVX2"
    else:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    return Finding(what, "absent", f"xllamacpp cannot be loaded: {reason}", _only_local)


_only_local = "only local models need it"


def check_weights() -> Finding:
    from promptopt.llm import weights

    what = "embedded model"
    pull = "get it with: promptopt models pull"
    try:
        path = weights.find()
        if path is None:
            return Finding(what, "absent", "not on this machine", pull)
        if not weights.verify(path):
            return Finding(what, "absent", f"{path} is damaged", pull)
    except (PromptoptError, OSError) as error:
        return Finding(what, "absent", str(error), pull)
    return Finding(what, "fine", f"{path}, hash checked")


def check_key() -> Finding:
    """Whether a key is set. The key itself is never shown."""
    from promptopt.llm.settings import DEFAULT_KEY_VARIABLE

    if os.environ.get(DEFAULT_KEY_VARIABLE, "").strip():
        return Finding("API key", "fine", f"{DEFAULT_KEY_VARIABLE} is set")
    return Finding(
        "API key",
        "absent",
        f"{DEFAULT_KEY_VARIABLE} is not set",
        "endpoints that want a key need it; models of your own do not",
    )


def check_endpoint() -> Finding:
    from promptopt.llm.addresses import check_base_url
    from promptopt.llm.settings import DEFAULT_KEY_VARIABLE

    url = os.environ.get("OPENAI_BASE_URL", "").strip()
    if not url:
        return Finding("endpoint", "fine", "OpenAI's own, since OPENAI_BASE_URL is not set")
    try:
        check_base_url(url, os.environ.get(DEFAULT_KEY_VARIABLE, "").strip())
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except (PromptoptError, ValueError):
        # The address is not repeated: it may hold a password.
        return Finding(
            "endpoint",
            "absent",
            "OPENAI_BASE_URL is no usable web address",
            "write it like http://127.0.0.1:8000/v1, without user name and password",
        )
    return Finding("endpoint", "fine", f"{parts.scheme}://{parts.hostname}{port}{parts.path}")


def check_prices() -> Finding:
    """Whether the list of prices that came with the installation can be read."""
    what = "prices"
    try:
        version = importlib.metadata.version("genai-prices")
        from promptopt.llm.prices import list_price
        from promptopt.llm.settings import OPENAI_URL

        known = list_price("gpt-4o-mini", OPENAI_URL) is not None
    except Exception as error:  # of a package that is no part of this one
        return Finding(what, "absent", f"the list cannot be read: {error}", _own_prices)
    if not known:
        return Finding(what, "absent", f"genai-prices {version} lists no prices", _own_prices)
    return Finding(what, "fine", f"genai-prices {version}, as it was installed")


_own_prices = (
    "install it anew: pip install --force-reinstall genai-prices\n"
    "or set price = {input = …, output = …} under each model"
)


def check_terminal() -> Finding:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower()
    if not sys.stdout.isatty():
        return Finding("terminal", "absent", "none: output goes to a file or a pipe")
    size = shutil.get_terminal_size()
    details = f"{os.environ.get('TERM', 'unknown')}, {size.columns}×{size.lines}, {encoding}"
    advice = []
    if encoding.replace("-", "") != "utf8":
        advice.append("set a UTF-8 locale, for example LANG=C.UTF-8")
    if os.environ.get("TERM", "dumb") == "dumb":
        advice.append("promptopt-tui needs a terminal that knows escape codes")
    if size.columns < 80 or size.lines < 24:
        advice.append("promptopt-tui is made for 80×24 and more")
    return Finding("terminal", "absent" if advice else "fine", details, "\n".join(advice))


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_python,
    check_core,
    check_store,
    check_embedded,
    check_weights,
    check_key,
    check_endpoint,
    check_prices,
    check_terminal,
)
"""In the order in which they are shown."""
