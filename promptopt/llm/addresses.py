"""Addresses of endpoints and proxies: what is one, and what must not stand in one.

An address is stored with the run, logged and shown. One that may hold a secret is refused, and is
not repeated when it is.
"""

from __future__ import annotations

import os
import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from promptopt.errors import InputError
from promptopt.llm.settings import DEFAULT_KEY_VARIABLE

SECRET_LENGTH = 8
"""Characters from which on a key is one, and no placeholder for a server that wants none."""

_here = {"localhost", "127.0.0.1", "::1"}

_may_be_asked = {"api-version"}

_proxy_variables = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def check_base_url(url: str, key: str = "") -> None:
    """Refuse an address that is none, or that carries a secret.

    Args:
        key: what is sent to it in a header.

    Raises:
        InputError: with what to write instead.
    """
    parts = _split(url)
    holds_key = len(key) >= SECRET_LENGTH and key in unquote(url)
    if parts is None:
        # A password stands before an @, or behind one of the others.
        told = "" if holds_key or re.search(r"[@?#]", url) else f" {url!r}"
        raise InputError(
            f"the base URL{told} is no web address; write it like http://127.0.0.1:8000/v1"
        )
    query = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    asks = bool(parts.query) and query != _may_be_asked
    if holds_key or "@" in url or asks or parts.fragment:
        raise InputError(
            "the base URL holds a password or a key, or what may be one (an @, a #, or after the "
            "? more than api-version); leave it out and put the key into the environment variable "
            f"that api_key_env names, {DEFAULT_KEY_VARIABLE} where it names none"
        )


def is_here(url: str) -> bool:
    """Whether it is of this machine, which is asked without a proxy."""
    return urlsplit(url).hostname in _here


def check_proxies(url: str) -> None:
    """Refuse a proxy of the environment through which no endpoint could be asked.

    Args:
        url: of the endpoint; none is needed for one on this machine.

    Raises:
        InputError: names the variable, and not its value, which may hold a password.
    """
    for name in () if is_here(url) else _proxy_variables:
        for variable in (name, name.lower()):
            address = os.environ.get(variable, "").strip()
            whole = address if "://" in address else f"http://{address}"
            if address and _split(whole, ".+") is None:
                raise InputError(
                    f"the environment variable {variable} holds no address of a proxy; write it "
                    "like http://127.0.0.1:3128, or unset it"
                )


def without_secrets(url: str) -> str:
    """An address that came from elsewhere, without what may be secret in it."""
    start, at, rest = url.partition("?")[0].partition("#")[0].rpartition("@")
    return f"{start.partition('://')[0]}://…@{rest}" if at else rest


def _split(url: str, schemes: str = "https?") -> SplitResult | None:
    """The parts of a web address; None where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        return None
    return parts if usable and re.fullmatch(schemes, parts.scheme) else None
