"""Finding out in which form a server tells how likely an answer is (see `likelihood`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from promptopt.llm.errors import FatalError, ModelError, RetryableError, SkippedError
from promptopt.llm.likelihood import FORMS
from promptopt.llm.model import Request

if TYPE_CHECKING:
    from promptopt.llm.client import ModelClient


@runtime_checkable
class KnowsForms(Protocol):
    """A backend that finds out in which form its server gives log-probabilities.

    Attributes:
        likelihood_form: the form, None until it is known. May be set from a stored reply.
    """

    likelihood_form: str | None


class FormFinder:
    """Goes through the forms until one works, and then stays with it.

    Each try is an attempt of its own, so that it counts against the budget.

    Args:
        address: what the server is called in errors.
    """

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._left = list(FORMS)
        self._last_refusal = ""
        self.known: str | None = None

    def next(self) -> str:
        """The form to ask in.

        Raises:
            FatalError: all were refused.
        """
        if self.known is not None:
            return self.known
        if not self._left:
            raise self._hopeless()
        return self._left[0]

    def works(self, form: str) -> None:
        """This one it is."""
        self.known = form

    def refused(self, form: str, told: str) -> ModelError:
        """What the refusal of a form means: the next one, the end, or just this one answer."""
        if self.known is not None:
            return SkippedError(f"{self._address()} told no log-probabilities here: {told}")
        # Calls that were under way together are refused one after the other.
        if form in self._left:
            self._left.remove(form)
        self._last_refusal = told
        if not self._left:
            return self._hopeless()
        return RetryableError(f"no log-probabilities by {form}: {told}", 0.0)

    def _hopeless(self) -> FatalError:
        return FatalError(
            f"{self._address()} does not tell how likely a given answer is "
            f'({self._last_refusal}); score by execution accuracy (score = "execution_accuracy"), '
            "or use a vLLM or llama.cpp server, or the model local"
        )


async def probe(client: ModelClient) -> None:
    """Find out, by one small call, whether a model tells how likely an answer is, and how.

    The reply is stored like any other: a resumed run learns from it without a call.

    Raises:
        FatalError: it does not; says what to do instead.
        BudgetExhausted: not even this call is left.
    """
    model = client.model
    reply = await client.ask(
        Request(model.identity, "likelihood", "Input: cat\nOutput:", 0.0, 1.0, 1, answer=" cats")
    )
    if reply.response is None:
        raise FatalError(
            f"the {client.role} model did not tell how likely an answer is: {reply.error}; try "
            "again with promptopt resume, or score by execution accuracy (score = "
            '"execution_accuracy")'
        )
    if isinstance(model, KnowsForms):
        model.likelihood_form = reply.response.finish_reason
