"""Servers that tell how likely an answer is, each in its own form, over one toy model."""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

from .endpoint import Answer, Behaviour, Received, fails, reply

_token = re.compile(r"\s?[a-zA-Z]+|\s?\d|\s|.", re.DOTALL)


def tokens(text: str) -> list[str]:
    """A word with the blank before it, a digit, or a mark; ":" and what follows are one token."""
    joined: list[str] = []
    for piece in _token.findall(text):
        # Straddles prompt and answer where the one ends and the other begins with these.
        if joined and joined[-1] == "<" and piece == ">":
            joined[-1] = "<>"
        else:
            joined.append(piece)
    return joined


def log_probability(before: str, token: str) -> float:
    """Of a token behind a text: a number that depends on both, in (-3, 0)."""
    digest = hashlib.blake2b(f"{before}\x1f{token}".encode(), digest_size=4).digest()
    return -3 * (int.from_bytes(digest, "big") + 1) / 2**32


def expected(prompt: str, answer: str) -> list[float]:
    """The log-probabilities of the tokens that hold a character of the answer."""
    values, at = [], 0
    for token in tokens(prompt + answer):
        if at + len(token) > len(prompt):
            values.append(log_probability((prompt + answer)[:at], token))
        at += len(token)
    return values


def told(text: str) -> list[tuple[str, int, float | None]]:
    """(token, where it starts, log-probability) of a text; the first has none."""
    rows: list[tuple[str, int, float | None]] = []
    at = 0
    for token in tokens(text):
        rows.append((token, at, log_probability(text[:at], token) if at else None))
        at += len(token)
    return rows


def vllm(received: Received) -> Answer:
    """Tells the log-probabilities of the prompt, beside those of likelier tokens."""
    if "prompt_logprobs" not in received.body:
        return Answer(reply(received, " x"))
    entries: list[Any] = []
    for token, _, value in told(received.prompt):
        likelier = {"9": {"logprob": -0.001, "rank": 1, "decoded_token": "zzz"}}
        own = {"logprob": value, "rank": 7, "decoded_token": token}
        entries.append(None if value is None else {"5": own, **likelier})
    return Answer(reply(received, " x", prompt_logprobs=entries))


def echoing(received: Received, more: int = 1) -> Answer:
    """Repeats the prompt with its log-probabilities and some tokens more; refuses vLLM's way."""
    if "prompt_logprobs" in received.body:
        return fails(400, "Unrecognized request argument supplied: prompt_logprobs")(received)
    if not received.body.get("echo"):
        return Answer(reply(received, " x"))
    ends = len(received.prompt)
    rows = [*told(received.prompt), *((" more", ends + 5 * at, -0.5) for at in range(more))]
    logprobs = {
        "tokens": [token for token, _, _ in rows],
        "text_offset": [at for _, at, _ in rows],
        "token_logprobs": [value for _, _, value in rows],
        "top_logprobs": None,
    }
    return Answer(reply(received, received.prompt + " more" * more, logprobs=logprobs))


def llama_cpp(*, llguidance: bool = True) -> Behaviour:
    """Passes over what it does not know; tokenizes, and keeps to a grammar of tokens."""
    vocabulary: list[str] = []

    def number(token: str) -> int:
        if token not in vocabulary:
            vocabulary.append(token)
        return vocabulary.index(token)

    def answer(received: Received) -> Answer:
        if received.path == "/tokenize":
            pieces = tokens(received.body["content"])
            return Answer({"tokens": [{"id": number(each), "piece": each} for each in pieces]})
        grammar = received.body.get("grammar", "")
        if not grammar:
            return Answer(reply(received, " x"))
        if grammar.startswith("%llguidance") and not llguidance:
            return fails(400, "Failed to initialize samplers: failed to parse grammar")(received)
        assert grammar.startswith(("%llguidance {}\nstart: ", "root ::= "))
        text = "".join(vocabulary[each] for each in received.body["prompt"])
        content = []
        for token in map(int, re.findall(r"<\[(\d+)\]>", grammar)):
            value = log_probability(text, vocabulary[token])
            content.append({"id": token, "token": vocabulary[token], "logprob": value})
            text += vocabulary[token]
        assert len(content) == received.body["max_tokens"]
        return Answer(reply(received, " x", logprobs={"content": content}))

    return answer


def chat_alone(received: Received) -> Answer:
    """Has no plain completions at all."""
    if received.path.endswith("/chat/completions"):
        return Answer(reply(received, "cats"))
    return fails(404, f"no such path: {received.path}")(received)


def embedding(received: Received) -> Answer:
    """The vector of a text: how many of its letters are a, b and c, and a constant."""
    text = received.body["input"]
    vector = [*(float(text.count(letter)) for letter in "abc"), 0.5]
    usage = {"prompt_tokens": len(text.split()), "total_tokens": 0}
    data = [{"object": "embedding", "index": 0, "embedding": vector}]
    return Answer({"object": "list", "data": data, "model": "m", "usage": usage})


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
