"""How likely an answer is: the log-probability of each of its tokens, from servers that differ.

Nothing is generated: the answer is given. A server gives its log-probability in one of these
forms, which are tried in this order until one works:

prompt_logprobs  vLLM: the log-probabilities of the prompt's own tokens
echo             completions that repeat their prompt with its log-probabilities, as OpenAI's
                 older models did and llama-cpp-python does
llguidance       llama.cpp: the answer's tokens are forced by a grammar (of llguidance, which
                 not every build has), and told with their log-probabilities
gbnf             llama.cpp: the same by a grammar of its own

Prompt and answer are put together and tokenized as one text, as the model would meet it. A
token that holds the end of the prompt and the beginning of the answer counts as the answer's.
A log-probability below `LEAST` counts as that. Of a character that takes several tokens, like
some emoji, llama.cpp tells the last one only; this is the same for every prompt.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from promptopt.llm.model import Request

if TYPE_CHECKING:
    import openai

LEAST = -100.0
"""Servers write what rounds to a probability of 0 as -9999 or -3e38, which no mean survives."""

# What stands for bytes that are no whole character.
_broken = "\N{REPLACEMENT CHARACTER}"


class FormRefusedError(ValueError):
    """The server does not give log-probabilities in this form."""


Form = Callable[["openai.AsyncOpenAI", str, Request], Awaitable[tuple[list[float], Any]]]
"""(client, model, request) to the log-probabilities and the reply that they came with."""


async def _by_prompt_logprobs(
    client: openai.AsyncOpenAI, model: str, request: Request
) -> tuple[list[float], Any]:
    text = request.prompt + request.answer
    reply = await client.completions.create(
        model=model, prompt=text, max_tokens=1, temperature=0, extra_body={"prompt_logprobs": 1}
    )
    entries = getattr(_choice(reply), "prompt_logprobs", None)
    if not isinstance(entries, list):
        raise FormRefusedError("it told no prompt_logprobs")
    # Of each position the prompt's own token stands first; the first position has none.
    own = [next(iter(entry.values())) if entry else {} for entry in entries]
    count = tokens_of_answer([str(each.get("decoded_token")) for each in own], request.answer)
    return [_number(each.get("logprob")) for each in own[-count:]], reply


async def _by_echo(
    client: openai.AsyncOpenAI, model: str, request: Request
) -> tuple[list[float], Any]:
    text = request.prompt + request.answer
    # One token is generated and left aside: to some servers 0 means without end.
    reply = await client.completions.create(
        model=model, prompt=text, max_tokens=1, temperature=0, logprobs=1, echo=True
    )
    told = getattr(_choice(reply), "logprobs", None)
    tokens, values, offsets = (
        getattr(told, name, None) for name in ("tokens", "token_logprobs", "text_offset")
    )
    if not (tokens and values and offsets and len(tokens) == len(values) == len(offsets)):
        raise FormRefusedError("it did not echo the prompt with its log-probabilities")
    given = sum(offset < len(text) for offset in offsets)
    count = tokens_of_answer(tokens[:given], request.answer)
    return [_number(value) for value in values[given - count : given]], reply


def _by_grammar(write: Callable[[Sequence[int]], str]) -> Form:
    async def form(
        client: openai.AsyncOpenAI, model: str, request: Request
    ) -> tuple[list[float], Any]:
        ids, pieces = await _tokenize(client, request.prompt + request.answer)
        count = tokens_of_answer(pieces, request.answer)
        forced = ids[-count:]
        reply = await client.completions.create(
            model=model,
            prompt=ids[:-count],
            max_tokens=count,
            temperature=0,
            logprobs=1,
            extra_body={"grammar": write(forced)},
        )
        told = getattr(getattr(_choice(reply), "logprobs", None), "content", None)
        if not isinstance(told, list) or not _told_all(told, forced, pieces[-count:]):
            raise FormRefusedError("it did not keep to a grammar of tokens")
        return [_number(each.get("logprob")) for each in told], reply

    return form


def _llguidance(ids: Sequence[int]) -> str:
    return "%llguidance {}\nstart: " + _listed(ids)


def _gbnf(ids: Sequence[int]) -> str:
    return "root ::= " + _listed(ids)


FORMS: dict[str, Form] = {
    "prompt_logprobs": _by_prompt_logprobs,
    "echo": _by_echo,
    "llguidance": _by_grammar(_llguidance),
    "gbnf": _by_grammar(_gbnf),
}
"""By name, in the order in which they are tried."""


def tokens_of_answer(pieces: Sequence[str], answer: str) -> int:
    """How many of the last tokens of a text hold the answer that the text ends with.

    Blanks are passed over: servers that decode token by token lose some. A piece with a broken
    character may stand for any bytes.

    Args:
        pieces: the tokens' texts.
        answer: not empty.

    Raises:
        FormRefusedError: the pieces do not end with the answer.
    """
    rest = "".join(answer.split())
    count = 0
    broken = False
    for piece in reversed(pieces):
        part = "".join(piece.split())
        if not rest:
            # A blank at the beginning may be a token of its own.
            return count + (answer[0].isspace() and not part)
        count += 1
        if _broken in part or piece.startswith("bytes:"):
            broken = True
        elif rest.endswith(part):
            rest = rest[: len(rest) - len(part)]
            broken = broken and not part
        elif part.endswith(rest):
            rest = ""
        elif broken and part in rest:
            rest, broken = rest[: rest.rindex(part)], False
        elif broken:
            # What is left of the answer was in the broken pieces, but for what this one shares.
            shares = any(part.endswith(rest[:length]) for length in range(1, len(rest)))
            rest, count = "", count if shares else count - 1
            return count
        else:
            raise FormRefusedError("the tokens that it told are not those of the text")
    if rest and not broken:
        raise FormRefusedError("the tokens that it told are not those of the text")
    if not count:
        raise FormRefusedError("it told no tokens of the answer")
    return count


async def _tokenize(client: openai.AsyncOpenAI, text: str) -> tuple[list[int], list[str]]:
    """The ids of a text's tokens and their texts, as a llama.cpp server tells them."""
    root = str(client.base_url).rstrip("/").removesuffix("/v1")
    reply: Any = await client.post(
        f"{root}/tokenize",
        cast_to=object,
        body={"content": text, "add_special": True, "with_pieces": True},
    )
    tokens = reply.get("tokens") if isinstance(reply, dict) else None
    if not tokens or not all(isinstance(each, dict) and "id" in each for each in tokens):
        raise FormRefusedError("it is no llama.cpp server: it does not tell how it tokenizes")
    pieces = [each.get("piece") for each in tokens]
    return [each["id"] for each in tokens], [
        piece if isinstance(piece, str) else _broken for piece in pieces
    ]


def _told_all(told: Sequence[Any], forced: Sequence[int], pieces: Sequence[str]) -> bool:
    """Whether the tokens told are those forced, but for parts of characters.

    A llama.cpp server tells of a character that takes several tokens the last one only.
    """
    left = [each.get("id") for each in told]
    for token, piece in zip(forced, pieces, strict=True):
        if left and left[0] == token:
            del left[0]
        elif _broken not in piece:
            return False
    return bool(told) and not left


def _choice(reply: Any) -> Any:
    choices = getattr(reply, "choices", None)
    if not isinstance(choices, list) or not choices:
        raise FormRefusedError("it answered what is no completion")
    return choices[0]


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or math.isnan(value):
        raise FormRefusedError("it told no log-probability of a token of the answer")
    return min(0.0, max(LEAST, float(value)))


def _listed(ids: Sequence[int]) -> str:
    return " ".join(f"<[{each}]>" for each in ids)
