"""Any endpoint that speaks OpenAI's protocol, through the `openai` package.

Chat completions; plain completions, the likelihood of an answer (see `likelihood`) and
embeddings where an endpoint has them. Errors are sorted by what to do about them (see
`errors`). No message carries the key, and no reply does: where an endpoint echoes it, "[key]"
stands in its place from the start.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from promptopt.llm.connection import (
    connect,
    headers_for,
    post,
    was_silent,
    was_unreachable,
    why_lost,
)
from promptopt.llm.dialect import Dialect
from promptopt.llm.errors import ModelError, RetryableError, SkippedError
from promptopt.llm.form_finder import FormFinder
from promptopt.llm.likelihood import FORMS, FormRefusedError
from promptopt.llm.mask import Mask
from promptopt.llm.model import Request, Response
from promptopt.llm.settings import OPENAI_URL, ModelSettings, endpoint_of, key_of
from promptopt.llm.wire import count_of, field_of, message_of, usage_of, whole

if TYPE_CHECKING:
    import openai

# How an endpoint refuses what it does not know: a parameter, a path.
_refusals = {400, 404, 405, 415, 422, 501}


class OpenAICompatibleModel:
    """A model behind an OpenAI-compatible endpoint.

    Args:
        settings: of kind "openai"; names the model and, if it is not OpenAI's own, the address.
    """

    seeded = False
    """Whether a request's seed is sent on. Not every endpoint accepts one."""

    def __init__(self, settings: ModelSettings) -> None:
        self.model_name = settings.name
        self.base_url = endpoint_of(settings)
        self._key = key_of(settings)
        self._headers = headers_for(self.base_url)
        self._mask = Mask(self._key, self._headers.values())
        self._dialect = Dialect(self._address, self.model_name, settings.api_key_env, self._mask)
        self._timeout = settings.timeout
        self._client: openai.AsyncOpenAI | None = None
        self._forms = FormFinder(self._address)

    @property
    def identity(self) -> str:
        return f"openai:{self.model_name}@{self.base_url}"

    async def start(self) -> None:
        self._client = connect(self.base_url, self._key or "none", self._timeout, self._headers)

    async def close(self) -> None:
        if self._client is not None:
            with contextlib.suppress(Exception):
                await self._client.close()

    async def complete(self, request: Request) -> Response:
        import aiohttp
        import openai

        if self._client is None:
            raise RuntimeError("the model was not started")
        parameters = self._parameters(request)
        try:
            # The transport's own time-out begins anew with every byte that comes.
            async with asyncio.timeout(self._timeout):
                if request.api == "chat":
                    return await self._chat(self._client, request, parameters)
                if request.api == "completion":
                    return await self._completion(self._client, request, parameters)
                if request.api == "likelihood":
                    return await self._likelihood(self._client, request)
                return await self._embedding(self._client, request)
        except openai.APIStatusError as error:
            raise self._dialect.error_of(error, parameters) from error
        except (openai.APIConnectionError, aiohttp.ClientError, OSError) as error:
            if was_silent(error):
                told = f"no answer within {self._timeout:g} s"
                raise RetryableError(
                    f"{told} ({self._address()})", overload=True, outage=True, reason=told
                ) from error
            unreachable, why = was_unreachable(error), why_lost(error)
            raise RetryableError(
                self._mask.line(
                    f"cannot reach {self._address()}: {why}"
                    if unreachable
                    else f"the connection to {self._address()} was lost: {why}"
                ),
                outage=True,
                unreachable=unreachable,
                reason=self._mask.line(why),
            ) from error
        except (
            *(openai.OpenAIError, ValueError, TypeError, AttributeError),
            *(ArithmeticError, RecursionError),
        ) as error:
            # Whatever an endpoint sends that is no reply of the protocol ends here.
            raise RetryableError(
                self._mask.line(f"{self._address()} answered what is no reply: {error}")
            ) from error

    async def _chat(
        self, client: openai.AsyncOpenAI, request: Request, parameters: dict[str, Any]
    ) -> Response:
        messages = []
        for said, answered in request.history:
            messages.append({"role": "user", "content": said})
            messages.append({"role": "assistant", "content": answered})
        messages.append({"role": "user", "content": request.prompt})
        body = {"model": self.model_name, "messages": messages, **parameters}
        reply = await post(client, "/chat/completions", body)
        with _usage_told(reply):
            return self._chat_response(reply, parameters)

    def _chat_response(self, reply: Any, parameters: dict[str, Any]) -> Response:
        choice = self._first_choice(reply, parameters)
        message = field_of(choice, "message")
        text = field_of(message, "content")
        if not isinstance(message, dict) or not (text is None or isinstance(text, str)):
            raise RetryableError(f"{self._address()} sent a choice without a message")
        refusal, finish = message.get("refusal"), field_of(choice, "finish_reason")
        if text is None or not text.strip():
            told = refusal or finish or "no reason given"
            raise SkippedError(self._mask.line(f"an empty reply ({told})"))
        if refusal:
            raise SkippedError(self._mask.line(f"the model refused to reply ({refusal})"))
        return self._response(text, choice, reply)

    async def _completion(
        self, client: openai.AsyncOpenAI, request: Request, parameters: dict[str, Any]
    ) -> Response:
        body = {"model": self.model_name, "prompt": request.prompt, **parameters}
        reply = await post(client, "/completions", body)
        with _usage_told(reply):
            choice = self._first_choice(reply, parameters)
            text = field_of(choice, "text")
            if not isinstance(text, str):
                raise RetryableError(f"{self._address()} sent a choice without a text")
            # An empty one is the model's word: it ends where a line, or the whole text, is to end.
            return self._response(text, choice, reply)

    async def _likelihood(self, client: openai.AsyncOpenAI, request: Request) -> Response:
        import openai

        form = self._forms.next()
        try:
            numbers, reply = await FORMS[form](client, self.model_name, request)
        except FormRefusedError as error:
            raise self._forms.refused(form, self._mask.line(str(error))) from error
        except openai.APIStatusError as error:
            told = self._mask.line(message_of(error))
            refused = error.status_code in _refusals or "grammar" in told.lower()
            if refused and not isinstance(self._dialect.error_of(error, {}), SkippedError):
                raise self._forms.refused(form, told) from error
            raise
        self._forms.works(form)
        response = self._response("", None, reply)
        return msgspec.structs.replace(response, finish_reason=form, numbers=tuple(numbers))

    @property
    def likelihood_form(self) -> str | None:
        """See `form_finder.KnowsForms`."""
        return self._forms.known

    @likelihood_form.setter
    def likelihood_form(self, form: str | None) -> None:
        if form in FORMS:
            self._forms.works(form)

    async def _embedding(self, client: openai.AsyncOpenAI, request: Request) -> Response:
        body = {"model": self.model_name, "input": request.prompt, "encoding_format": "float"}
        reply = await post(client, "/embeddings", body)
        data = field_of(reply, "data")
        vector = field_of(data[0], "embedding") if isinstance(data, list) and data else None
        if not isinstance(vector, list) or not vector:
            self._dialect.check_no_error(reply, {})
            raise RetryableError(f"{self._address()} sent no embedding")
        numbers = tuple(float(each) for each in vector)
        if not all(map(math.isfinite, numbers)):
            raise SkippedError("an embedding that is not of numbers")
        prompt_tokens = count_of(field_of(field_of(reply, "usage"), "prompt_tokens"))
        return Response("", prompt_tokens=prompt_tokens, completion_tokens=0, numbers=numbers)

    def _parameters(self, request: Request) -> dict[str, Any]:
        return self._dialect.parameters(request, seeded=self.seeded)

    def _first_choice(self, reply: Any, parameters: dict[str, Any]) -> Any:
        choices = field_of(reply, "choices")
        if isinstance(choices, list) and choices:
            return choices[0]
        self._dialect.check_no_error(reply, parameters)
        shown = reply if isinstance(reply, str) else "a reply without choices"
        raise RetryableError(
            self._mask.line(f"{self._address()} answered what is no completion: {shown}")
        )

    def _response(self, text: str, choice: Any, reply: Any) -> Response:
        finish = field_of(choice, "finish_reason")
        if finish == "content_filter":
            raise SkippedError("the content filter cut the reply off")
        prompt_tokens, completion_tokens = usage_of(reply)
        return Response(
            text=self._mask.reply(whole(text)),
            finish_reason=self._mask.line(finish) if isinstance(finish, str) else None,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def _address(self) -> str:
        return "the OpenAI API" if self.base_url == OPENAI_URL else self.base_url


@contextlib.contextmanager
def _usage_told(reply: Any) -> Iterator[None]:
    """Let an error about a reply tell what the reply took: it is paid for like any other."""
    try:
        yield
    except ModelError as error:
        prompt, completion = usage_of(reply)
        if prompt and completion is not None:
            error.usage = prompt, completion
        raise
