"""Refusals: what an endpoint's error means, by its status, its codes and its words.

The servers that speak OpenAI's protocol agree on few of these, so the table names what those in
use say: OpenAI and Azure, Anthropic, Gemini, xAI, Groq, OpenRouter, Moonshot, DashScope, Bedrock's
gateways, vLLM, TGI, llama.cpp. What stands in front comes first: a filter's 403 is no forbidden
key, and a 429 about a prompt that can never fit asks for no pause.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

Meaning = Literal[
    "filter",  # of what was asked, or of the reply to it
    "overflow",  # too long for the model, or for what it may be asked
    "key",
    "quota",
    "forbidden",
    "unknown",  # no such model, no such path
    "moved",  # to another address
    "passing",  # worth another try
    "request",  # this request, and all that are made like it
]

LONGEST_READ = 4000
"""Characters of an error that are looked at: a page of HTML has words for everything."""

_filter_codes = {
    *("content_filter", "content_policy_violation", "responsibleaipolicyviolation"),
    *("data_inspection_failed", "datainspectionfailed"),
}
_filter_words = (
    *("content management policy", "content filter", "content policy"),
    *("requires moderation", "flagged by moderation"),
    *("input was flagged", "prompt was flagged"),
    "inappropriate content",
)
_overflow_codes = {
    *("context_length_exceeded", "string_above_max_length", "request_too_large"),
    "exceed_context_size_error",
}
_overflow_words = (
    *("context length", "context size", "context window", "context limit"),
    *("prompt is too long", "input is too long", "request too large", "too large to process"),
    *("maximum prompt length", "maximum model length", "string with maximum length"),
    *("number of tokens allowed", "exceeds token limit", "`max_new_tokens` must be <="),
    *("reduce the length", "reduce your prompt"),
)
_key_codes = {"invalid_api_key", "api_key_invalid"}
_key_words = ("api key not valid",)
_quota_codes = {
    *("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"),
    "exceeded_current_quota_error",
}

# Those with which a prompt may have been looked at.
_about_the_prompt = {200, 400, 403, 413, 422}

# Words about the length of a prompt in a 429 mostly ask for a slower pace: not these.
_never_fits = "request too large"

_passing = {200, 408, 409, 425, 429}

# With these nothing was generated, and a prompt was not read but for a filter.
_unbilled = {400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 425, 429, 501, 503}


def meaning_of(status: int, codes: Collection[str], told: str) -> Meaning:
    """What an error says of the question, or of the endpoint.

    Args:
        status: of the reply; 200 for an error in a reply that is none and names no status.
        codes: what the error calls itself, its code and its type.
        told: its words.
    """
    named = {code.lower() for code in codes}
    words = told[:LONGEST_READ].lower()
    about_prompt = status in _about_the_prompt
    if named & _filter_codes or (about_prompt and _any(_filter_words, words)):
        return "filter"
    if 300 <= status < 400:
        return "moved"
    if status == 401 or named & _key_codes or (status == 400 and _any(_key_words, words)):
        return "key"
    if status == 402 or named & _quota_codes:
        return "quota"
    if status == 413 or named & _overflow_codes or _is_too_long(status, words):
        return "overflow"
    if status == 403:
        return "forbidden"
    if status == 404:
        return "unknown"
    return "passing" if status in _passing or status >= 500 else "request"


def is_billed(status: int, meaning: Meaning) -> bool:
    """Whether a call that was answered so may have to be paid for."""
    if meaning == "filter":
        return True
    return status not in _unbilled and meaning != "moved"


def _is_too_long(status: int, words: str) -> bool:
    if status == 429:
        return _never_fits in words
    # Some servers fail over what is too long for them.
    return (status in _about_the_prompt or status >= 500) and _any(_overflow_words, words)


def _any(phrases: Collection[str], text: str) -> bool:
    return any(phrase in text for phrase in phrases)
