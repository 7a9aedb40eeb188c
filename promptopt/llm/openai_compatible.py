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
from typing import TYPE_CHECKING, Any

import msgspec

from promptopt.llm.connection import connect, post, was_silent
from promptopt.llm.errors import FatalError, ModelError, RetryableError, SkippedError
from promptopt.llm.form_finder import FormFinder
from promptopt.llm.likelihood import FORMS, FormRefusedError
from promptopt.llm.model import Request, Response
from promptopt.llm.settings import OPENAI_URL, ModelSettings, endpoint_of, key_of
from promptopt.llm.wire import count_of, field_of, message_of, retry_after_of, whole

if TYPE_CHECKING:
    import openai

# What endpoints call a prompt that is too long, or a reply that was filtered.
_overflow_codes = {"context_length_exceeded", "string_above_max_length"}
_overflow_words = (
    *("context length", "context size", "context window", "prompt is too long"),
    "too large to process",  # llama.cpp of a text to embed
)
_filter_codes = {"content_filter", "content_policy_violation"}
_quota_codes = {"insufficient_quota", "billing_hard_limit_reached"}

# How an endpoint refuses what it does not know: a parameter, a path.
_refusals = {400, 404, 405, 415, 422, 501}

# With these nothing was generated, and a prompt was not read but for a filter.
_unbilled = _refusals | {401, 402, 403, 409, 413, 425, 429, 503}

# Of an endpoint, or of what stands before it, that cannot keep up. 529 is Anthropic's.
_overloaded = {429, 503, 504, 529}

LONGEST_MESSAGE = 300
"""Characters of an endpoint's words that are passed on."""


KEY_MARK = "[key]"
"""Stands in the place of a key that an endpoint sends back."""

SECRET_LENGTH = 8
"""Characters from which on a key is taken out of replies, too."""


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
        self._key_variable = settings.api_key_env
        self._timeout = settings.timeout
        self._client: openai.AsyncOpenAI | None = None
        # Newer models take `max_completion_tokens` and no temperature; learned from their
        # first refusal, as no list of models stays true.
        self._token_parameter = "max_tokens"
        self._sampling = True
        self._forms = FormFinder(self._address)

    @property
    def identity(self) -> str:
        return f"openai:{self.model_name}@{self.base_url}"

    async def start(self) -> None:
        self._client = connect(self.base_url, self._key or "none", self._timeout)

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
            explained = self._explain_status(error, parameters)
            explained.billed = error.status_code not in _unbilled or error.code in _filter_codes
            raise explained from error
        except (openai.APIConnectionError, aiohttp.ClientError, OSError) as error:
            if was_silent(error):
                raise RetryableError(
                    f"no answer within {self._timeout:g} s", overload=True
                ) from error
            cause = error.__cause__ or error
            raise RetryableError(
                self._safe(f"cannot reach {self._address()}: {cause}".rstrip(": "))
            ) from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            # Whatever an endpoint sends that is no reply of the protocol ends here.
            raise RetryableError(
                self._safe(f"{self._address()} answered what is no reply: {error}")
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
        choice = self._first_choice(reply)
        message = field_of(choice, "message")
        text = field_of(message, "content")
        if not isinstance(message, dict) or not (text is None or isinstance(text, str)):
            raise RetryableError(f"{self._address()} sent a choice without a message")
        if not text:
            told = message.get("refusal") or field_of(choice, "finish_reason")
            raise SkippedError(self._safe(f"an empty reply ({told or 'no reason given'})"))
        return self._response(text, choice, reply)

    async def _completion(
        self, client: openai.AsyncOpenAI, request: Request, parameters: dict[str, Any]
    ) -> Response:
        body = {"model": self.model_name, "prompt": request.prompt, **parameters}
        reply = await post(client, "/completions", body)
        choice = self._first_choice(reply)
        text = field_of(choice, "text")
        if not isinstance(text, str):
            raise RetryableError(f"{self._address()} sent a choice without a text")
        return self._response(text, choice, reply)

    async def _likelihood(self, client: openai.AsyncOpenAI, request: Request) -> Response:
        import openai

        form = self._forms.next()
        try:
            numbers, reply = await FORMS[form](client, self.model_name, request)
        except FormRefusedError as error:
            raise self._forms.refused(form, self._safe(str(error))) from error
        except openai.APIStatusError as error:
            told = self._safe(message_of(error))
            refused = error.status_code in _refusals or "grammar" in told.lower()
            if refused and not isinstance(self._explain_status(error, {}), SkippedError):
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
            raise RetryableError(f"{self._address()} sent no embedding")
        numbers = tuple(float(each) for each in vector)
        if not all(map(math.isfinite, numbers)):
            raise SkippedError("an embedding that is not of numbers")
        prompt_tokens = count_of(field_of(field_of(reply, "usage"), "prompt_tokens"))
        return Response("", prompt_tokens=prompt_tokens, completion_tokens=0, numbers=numbers)

    def _parameters(self, request: Request) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        parameters[self._token_parameter if request.api == "chat" else "max_tokens"] = (
            request.max_tokens
        )
        if self._sampling:
            parameters["temperature"] = request.temperature
            if request.top_p < 1:
                parameters["top_p"] = request.top_p
        if request.stop:
            parameters["stop"] = list(request.stop)
        if request.suffix:
            parameters["suffix"] = request.suffix
        if self.seeded and request.seed is not None:
            parameters["seed"] = request.seed
        return parameters

    def _first_choice(self, reply: Any) -> Any:
        choices = field_of(reply, "choices")
        if not isinstance(choices, list) or not choices:
            told = field_of(field_of(reply, "error"), "message")
            shown = told or (reply if isinstance(reply, str) else "a reply without choices")
            raise RetryableError(
                self._safe(f"{self._address()} answered what is no completion: {shown}")
            )
        return choices[0]

    def _response(self, text: str, choice: Any, reply: Any) -> Response:
        usage = field_of(reply, "usage")
        finish = field_of(choice, "finish_reason")
        return Response(
            text=self._without_key(whole(text)),
            finish_reason=self._safe(finish) if isinstance(finish, str) else None,
            prompt_tokens=count_of(field_of(usage, "prompt_tokens")),
            completion_tokens=count_of(field_of(usage, "completion_tokens")),
        )

    def _explain_status(
        self, error: openai.APIStatusError, parameters: dict[str, Any]
    ) -> ModelError:
        status = error.status_code
        code = str(error.code or "")
        told = self._safe(message_of(error))
        if status == 401:
            return FatalError(
                f"{self._address()} refused the key (401); check {self._key_variable}: {told}"
            )
        if status == 403:
            return FatalError(f"{self._address()} forbids this (403): {told}")
        if status == 404:
            return FatalError(
                f"{self._address()} knows no model {self.model_name!r}, or is not the address "
                f"of an OpenAI-compatible API (404): {told}"
            )
        if status == 429 and code in _quota_codes:
            return FatalError(f"the quota at {self._address()} is used up (429): {told}")
        if code in _overflow_codes or any(words in told.lower() for words in _overflow_words):
            return SkippedError(f"the prompt is too long for the model: {told}")
        if status in (408, 409, 425, 429) or status >= 500:
            wait = retry_after_of(error)
            overload = status in _overloaded
            return RetryableError(
                f"HTTP {status}: {told}",
                wait,
                overload=overload,
                throttled=status == 429 or (overload and wait is not None),
            )
        if code in _filter_codes:
            return SkippedError(f"the content filter refused: {told}")
        if self._learn(told, parameters):
            return RetryableError(f"HTTP {status}: {told}", 0.0)
        if "suffix" in parameters:
            # Other requests will succeed: who asked can show the gap instead.
            return SkippedError(
                f"{self._address()} does not fill a gap between prompt and suffix: {told}"
            )
        return FatalError(f"{self._address()} refused the request (HTTP {status}): {told}")

    def _learn(self, told: str, parameters: dict[str, Any]) -> bool:
        """Adapt to the refusal of a parameter; False if the call did not have it.

        Calls that were under way when the first refusal came are refused like it, so what
        counts is what a call was sent with and not what is known by now.
        """
        lower = told.lower()
        if "max_completion_tokens" in lower and "max_tokens" in parameters:
            self._token_parameter = "max_completion_tokens"
            return True
        if ("temperature" in lower or "top_p" in lower) and "temperature" in parameters:
            self._sampling = False
            return True
        return False

    def _address(self) -> str:
        return "the OpenAI API" if self.base_url == OPENAI_URL else self.base_url

    def _without_key(self, text: str) -> str:
        """A reply without the key, should it hold it: nobody gets to see or store it.

        A key of a few letters is a placeholder for a server that wants none, and may be a word.
        """
        if len(self._key) < SECRET_LENGTH:
            return text
        return text.replace(self._key, KEY_MARK)

    def _safe(self, text: str) -> str:
        """The text in bearable length, without the key, should an endpoint echo it."""
        if self._key:
            # Before it is cut, or the cut could leave a part of the key.
            text = text.replace(self._key, KEY_MARK)
        return whole(text)[:LONGEST_MESSAGE]
