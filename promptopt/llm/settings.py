"""What a configuration says about a model."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from promptopt.errors import InputError
from promptopt.llm.prices import Price
from promptopt.named_path import is_file, named_path

Api = Literal["chat", "completion"]
Kind = Literal["openai", "local", "scripted"]

DEFAULT_KEY_VARIABLE = "OPENAI_API_KEY"

OPENAI_URL = "https://api.openai.com/v1"
"""Where OpenAI itself answers."""

MOST_CONCURRENCY = 1024
"""How many calls may be under way at once at the most."""

_spec = re.compile(r"(?P<kind>[a-z]+)(?::(?P<name>.+))?", re.DOTALL)


class ModelSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One model of a run. A value that is left out takes the default of the model's role.

    Attributes:
        spec: "openai:MODEL", "local", "local:FILE.gguf" or "scripted:NAME".
        api: "chat" sends one user message, "completion" lets the model continue the plain
            text. Default: "completion" for local models, "chat" otherwise.
        base_url: address of an OpenAI-compatible endpoint; default `OPENAI_BASE_URL`, or
            else OpenAI's own.
        api_key_env: name of the environment variable that holds the key.
        temperature: sampling temperature, 0 is greedy.
        top_p: nucleus of the probability mass that is sampled from, in (0, 1].
        max_tokens: the longest reply.
        concurrency: how many calls may be under way at once.
        requests_per_minute, tokens_per_minute: what the endpoint may be asked, over all roles
            that ask it; tokens of prompts and replies together. No limit where left out.
        timeout: seconds after which a call is given up and tried again; a number, not inf.
        outage_minutes: how long an endpoint that has answered, and does so no more, is waited for
            before the run stops; 0 for not at all. Default: 10.
        price: in US dollars per million tokens; where left out, nothing for what runs on this
            machine, else what the list of `genai-prices` says for the endpoint and the name.
        tokenizer: the model's own, to count tokens with before a call is sent: a
            `tokenizer.json`, or the name of a repository on the Hugging Face hub. Where left
            out, tokens are estimated.
    """

    spec: str = "local"
    api: Api | None = None
    base_url: str | None = None
    api_key_env: str = DEFAULT_KEY_VARIABLE
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    concurrency: Annotated[int, Meta(ge=1, le=MOST_CONCURRENCY)] | None = None
    requests_per_minute: Annotated[int, Meta(ge=1)] | None = None
    tokens_per_minute: Annotated[int, Meta(ge=1)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=1_000_000_000)] = 60.0
    outage_minutes: Annotated[float, Meta(ge=0, le=10_080)] | None = None
    price: Price | None = None
    tokenizer: Annotated[str, Meta(min_length=1)] | None = None

    @property
    def kind(self) -> Kind:
        return parse_spec(self.spec)[0]

    @property
    def name(self) -> str:
        """What follows the colon; empty for plain "local"."""
        return parse_spec(self.spec)[1]


def parse_spec(spec: str) -> tuple[Kind, str]:
    """Split "openai:gpt-x" into its kind and its name.

    Raises:
        InputError: the kind is unknown, or a name is missing.
    """
    match = _spec.fullmatch(spec.strip())
    kind = match["kind"] if match else ""
    name = (match["name"] or "").strip() if match else ""
    if kind == "local":
        return "local", name
    if kind in ("openai", "scripted"):
        if not name:
            raise InputError(f"the model {spec!r} lacks a name; write {kind}:NAME")
        return kind, name  # type: ignore[return-value]
    raise InputError(
        f"unknown model {spec!r}; write openai:MODEL, local, local:FILE.gguf or scripted:NAME"
    )


def key_of(settings: ModelSettings) -> str:
    """The key from the environment, without the blanks that copying left around it; or ""."""
    return os.environ.get(settings.api_key_env, "").strip()


def check_key_variable(name: str) -> None:
    """Refuse what is no name of a variable, without repeating it: it may be the key itself.

    Raises:
        InputError: a name that is not in capitals and not in the environment either.
    """
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) and name not in os.environ:
        raise InputError(
            f"api_key_env takes the name of an environment variable, like {DEFAULT_KEY_VARIABLE}; "
            "the key itself belongs into that variable and never into a file"
        )


def endpoint_of(settings: ModelSettings) -> str:
    """Where an "openai" model is asked: its own address, else `OPENAI_BASE_URL`, else OpenAI."""
    return settings.base_url or endpoint_of_environment()


def endpoint_of_environment() -> str:
    """`OPENAI_BASE_URL`, or else OpenAI's own."""
    return os.environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_URL


def settled(settings: ModelSettings) -> ModelSettings:
    """The same model by a name that means it from any shell and any folder.

    A run is stored with these, so that it asks whom it asked before wherever it is resumed.
    """
    if settings.tokenizer is not None and is_file(named_path(settings.tokenizer)):
        path = named_path(settings.tokenizer).absolute()
        settings = msgspec.structs.replace(settings, tokenizer=str(path))
    if settings.kind == "openai":
        return msgspec.structs.replace(settings, base_url=endpoint_of(settings))
    if settings.kind == "local" and settings.name:
        path = named_path(settings.name).absolute()
        return msgspec.structs.replace(settings, spec=f"local:{path}")
    return settings
