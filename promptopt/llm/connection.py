"""The connection to an OpenAI-compatible endpoint: the `openai` package, on its quick path.

Requests go through the package's own `post` over its aiohttp transport, and replies are read
without building its typed models: that is half the work of a call. Its headers, time-outs, keys
and errors stay as they are.
"""

from __future__ import annotations

import contextlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    import httpx2
    import openai

_here = {"localhost", "127.0.0.1", "::1"}


def connect(base_url: str, key: str, timeout: float) -> openai.AsyncOpenAI:
    """A client of the endpoint, which connects when it is first asked.

    A proxy that the environment names is used, but never to reach this machine.

    Args:
        timeout: seconds without a byte after which a call is given up.
    """
    import openai

    transport = _transport()(trust_env=urlsplit(base_url).hostname not in _here, timeout=timeout)
    return openai.AsyncOpenAI(
        base_url=base_url,
        api_key=key,
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
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(content)
    # Less strict: half a character at the end of a text that was cut, NaN for a number.
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(content)
    return content.decode("utf-8", "replace")
