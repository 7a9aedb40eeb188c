"""The connection to an OpenAI-compatible endpoint: the `openai` package, on its quick path.

Requests go through the package's own `post` over its aiohttp transport, and replies are read
without building its typed models: that is half the work of a call. Its headers, time-outs, keys
and errors stay as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from promptopt.errors import InputError
from promptopt.llm.addresses import check_proxies, is_here
from promptopt.llm.settings import endpoint_of_environment

if TYPE_CHECKING:
    import httpx2
    import openai

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


# What the package adds to each request where the environment has it: variable to header.
_environment_headers = {
    "OPENAI_ORG_ID": "OpenAI-Organization",
    "OPENAI_PROJECT_ID": "OpenAI-Project",
}
_own_headers = "OPENAI_CUSTOM_HEADERS"

_header_name = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
_header_value = re.compile(r"[\t -~]*")


def headers_for(base_url: str) -> dict[str, str]:
    """What the environment wants to be sent along to this endpoint: name to value.

    The package takes OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS (a header a line)
    from the environment and sends them anywhere. They may be secret, and belong to the endpoint
    of the same environment, so that no other gets them.
    """
    if base_url.rstrip("/") != endpoint_of_environment().rstrip("/"):
        return {}
    found = {
        header: os.environ.get(name, "").strip() for name, header in _environment_headers.items()
    }
    found |= _custom_headers()
    return {name: value for name, value in found.items() if value}


def check_headers(base_url: str) -> None:
    """Refuse what the environment wants to be sent along and no header can carry.

    Raises:
        InputError: names the variable, and not its value, which may be secret.
    """
    variables = {header: name for name, header in _environment_headers.items()}
    for header, value in headers_for(base_url).items():
        if not _header_name.fullmatch(header) or not _header_value.fullmatch(value):
            raise InputError(
                f"the environment variable {variables.get(header, _own_headers)} holds what no "
                "header can carry, such as an accented letter; copy it anew, or unset it"
            )


def _custom_headers() -> dict[str, str]:
    lines = (line.partition(":") for line in os.environ.get(_own_headers, "").split("\n"))
    return {name.strip(): value.strip() for name, colon, value in lines if colon}


def connect(
    base_url: str, key: str, timeout: float, headers: Mapping[str, str] = NO_HEADERS
) -> openai.AsyncOpenAI:
    """A client of the endpoint, which connects when it is first asked.

    A proxy that the environment names is used, but never to reach this machine. No call goes to
    another address than the one that is named: a redirect is an error.

    Args:
        timeout: seconds without a byte after which a call is given up.
        headers: what is sent along; nothing else that the environment has.

    Raises:
        InputError: the environment names a proxy that is none.
    """
    import openai

    check_proxies(base_url)
    transport = _transport()(
        trust_env=not is_here(base_url),
        timeout=timeout,
        # The requests that it leads to would not be counted.
        follow_redirects=False,
    )
    ours: dict[str, Any] = {"Authorization": f"Bearer {key}", **headers}
    for name in (*_environment_headers.values(), *_custom_headers()):
        ours.setdefault(name, openai.Omit())
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        default_headers=ours,
        # Attempts are counted against the budget one by one, so they are made by the client.
        max_retries=0,
        timeout=timeout,
        http_client=transport,
    )


@cache
def _transport() -> type[httpx2.AsyncClient]:
    import httpx2
    import openai

    parsed = cache(httpx2.URL)

    class Transport(openai.DefaultAioHttpClient):
        def build_request(self, method: str, url: httpx2.URL | str, **parts: Any) -> httpx2.Request:
            """A request of the parts that the package gives, which need no defaults but one.

            To lay them over the client's takes longer than to send them.
            """
            given = {name: part for name, part in parts.items() if part is not None}
            if given.keys() != {"content", "headers", "timeout"}:
                return super().build_request(method, url, **parts)
            return httpx2.Request(
                method,
                parsed(str(url)),
                headers=[*given["headers"], ("accept-encoding", self.headers["accept-encoding"])],
                content=given["content"],
                extensions={"timeout": httpx2.Timeout(given["timeout"]).as_dict()},
            )

    return Transport


async def post(client: openai.AsyncOpenAI, path: str, body: dict[str, Any]) -> Any:
    """Send a request and return its reply: the JSON in it, or its text where it is none.

    Raises:
        openai.OpenAIError, aiohttp.ClientError, OSError: see `was_silent` on what they mean.
    """
    import httpx2

    base = str(client.base_url)
    # A whole address is not put together and taken apart again for each call.
    url = path if "?" in base else base.rstrip("/") + path
    reply = await client.post(url, body=body, cast_to=httpx2.Response)
    return _read(reply.content)


def was_unreachable(error: BaseException) -> bool:
    """Whether a call failed before there was a connection: nothing was sent then."""
    import aiohttp

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, aiohttp.ClientConnectorError):
            return True
        cause = cause.__cause__
    return False


def why_lost(error: BaseException) -> str:
    """What became of a connection, in a few words of our own and not in a library's many."""
    import ssl

    import aiohttp

    cause = error
    while cause.__cause__ is not None:
        if isinstance(cause, aiohttp.ClientPayloadError):
            return "in the middle of a reply"
        cause = cause.__cause__
    if isinstance(cause, aiohttp.ClientPayloadError):
        return "in the middle of a reply"
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return "closed without a reply"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return f"no TLS: {cause.reason.replace('_', ' ').lower()}"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(cause, ConnectionResetError):
        return "connection reset"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__


def was_silent(error: BaseException) -> bool:
    """Whether a call failed for want of an answer in time, and not for a broken connection.

    The transport calls both a time-out; what it was made of tells them apart.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError):
            return True
        cause = cause.__cause__
    return False


def _read(content: bytes) -> Any:
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        return msgspec.json.decode(content)
    # Less strict: half a character at the end of a text that was cut, NaN for a number.
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(content)
    return content.decode("utf-8", "replace")
