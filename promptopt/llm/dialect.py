"""Dialect: how one endpoint wants to be asked, and what its errors mean for who asks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from promptopt.llm.addresses import without_secrets
from promptopt.llm.errors import FatalError, ModelError, RetryableError, SkippedError
from promptopt.llm.mask import Mask
from promptopt.llm.model import Request
from promptopt.llm.refusals import Meaning, is_billed, meaning_of
from promptopt.llm.wire import codes_of, field_of, message_of, retry_after_of, words_of

if TYPE_CHECKING:
    import openai

# Of an endpoint, or of what stands before it, that cannot keep up. 529 is Anthropic's.
_overloaded = {429, 503, 504, 529}


class Dialect:
    """Puts requests into parameters, and errors of an endpoint into words.

    Newer models take `max_completion_tokens` and no temperature. This is learned from their first
    refusal, as no list of models stays true.

    Args:
        where: what the endpoint is called in errors.
        model_name: the model that is asked.
        key_variable: where the key comes from.
        mask: takes out of errors what is secret.
    """

    def __init__(
        self, where: Callable[[], str], model_name: str, key_variable: str, mask: Mask
    ) -> None:
        self._where = where
        self._model_name = model_name
        self._key_variable = key_variable
        self._mask = mask
        self._token_parameter = "max_tokens"
        self._sampling = True

    def parameters(self, request: Request, *, seeded: bool) -> dict[str, Any]:
        """What is sent with a request beside its text."""
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
        if seeded and request.seed is not None:
            parameters["seed"] = request.seed
        return parameters

    def error_of(self, error: openai.APIStatusError, parameters: dict[str, Any]) -> ModelError:
        """What a refusal means.

        Args:
            parameters: what the call was sent with.
        """
        told = message_of(error)
        if 300 <= error.status_code < 400:
            told = without_secrets(error.response.headers.get("location", "nowhere"))
        codes = codes_of(error.body)
        return self._explain(error.status_code, codes, told, parameters, retry_after_of(error))

    def check_no_error(self, reply: Any, parameters: dict[str, Any]) -> None:
        """Raise the error that a gateway sends on from an endpoint in a reply of its own.

        Raises:
            ModelError: one of its kinds, where the reply holds an error.
        """
        error = field_of(reply, "error")
        if not isinstance(error, dict):
            return
        code = error.get("code")
        status = code if type(code) is int and 400 <= code < 600 else 200
        raise self._explain(status, codes_of(error), words_of(error), parameters)

    def _explain(
        self,
        status: int,
        codes: Collection[str],
        told: str,
        parameters: dict[str, Any],
        wait: float | None = None,
    ) -> ModelError:
        """The error with what the endpoint told and what to do.

        Args:
            wait: seconds that it asked for.
        """
        meaning = meaning_of(status, codes, told)
        error = self._error(meaning, status, self._mask.line(told), parameters, wait)
        error.billed = is_billed(status, meaning)
        return error

    def _error(
        self,
        meaning: Meaning,
        status: int,
        told: str,
        parameters: dict[str, Any],
        wait: float | None,
    ) -> ModelError:
        where = self._where()
        if meaning == "filter":
            return SkippedError(f"the content filter refused: {told}")
        if meaning == "overflow":
            return SkippedError(f"the prompt is too long for the model: {told}")
        if meaning == "passing":
            if status == 200:
                return RetryableError(f"{where} answered what is no reply: {told}")
            overload = status in _overloaded
            return RetryableError(
                f"HTTP {status}: {told} ({where})",
                wait,
                overload=overload,
                throttled=status == 429 or (overload and wait is not None),
                outage=status == 408 or status >= 500,
                reason=f"HTTP {status}: {told}",
            )
        if meaning == "request":
            if self._learn(told, parameters):
                return RetryableError(f"HTTP {status}: {told} ({where})", 0.0)
            if "suffix" in parameters:
                # Other requests will succeed: who asked can show the gap instead.
                return SkippedError(
                    f"{where} does not fill a gap between prompt and suffix: {told}"
                )
        return FatalError(
            {
                "key": f"{where} refused the key ({status}); check {self._key_variable}: {told}",
                "quota": f"the quota at {where} is used up ({status}): {told}",
                "forbidden": f"{where} forbids this ({status}): {told}",
                "unknown": f"{where} knows no model {self._model_name!r}, or is not the address of "
                f"an OpenAI-compatible API ({status}): {told}",
                "moved": f"{where} sends calls on to another address ({status}), where none is "
                f"sent: {told}; if that is right, name it as the base URL",
            }.get(meaning, f"{where} refused the request (HTTP {status}): {told}")
        )

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
