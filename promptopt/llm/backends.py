"""From a model's settings to its backend, and what must be true before a run starts."""

from __future__ import annotations

import re

from promptopt.errors import InputError
from promptopt.llm.addresses import check_base_url, check_proxies
from promptopt.llm.connection import check_headers
from promptopt.llm.model import Model
from promptopt.llm.settings import (
    DEFAULT_KEY_VARIABLE,
    OPENAI_URL,
    ModelSettings,
    endpoint_of,
    key_of,
)


def open_model(settings: ModelSettings) -> Model:
    """The backend that the settings name, not started yet.

    Raises:
        InputError: the model cannot exist as it is named.
    """
    if settings.kind == "openai":
        from promptopt.llm.openai_compatible import OpenAICompatibleModel

        return OpenAICompatibleModel(settings)
    if settings.kind == "local":
        from promptopt.llm.embedded import EmbeddedModel

        return EmbeddedModel(settings)
    from promptopt.llm.scripted import ScriptedModel

    return ScriptedModel(settings)


def check_model(settings: ModelSettings) -> None:
    """Find out, without a call, what would keep the model from answering.

    Raises:
        InputError: a missing key, missing weights, an unknown script, a wrong address, a header
            that cannot be sent.
    """
    if settings.kind == "openai":
        url = endpoint_of(settings)
        check_base_url(url, key_of(settings))
        check_proxies(url)
        check_headers(url)
        if url == OPENAI_URL and not key_of(settings):
            raise InputError(
                f"there is no key for {settings.spec}: set {settings.api_key_env}, or name an "
                "endpoint that needs none with --base-url"
            )
        if settings.api_key_env != DEFAULT_KEY_VARIABLE and not key_of(settings):
            raise InputError(f"the environment variable {settings.api_key_env} is not set")
        if not re.fullmatch(r"[!-~]*", key_of(settings)):
            # A header cannot carry it, and the error about that would show it.
            raise InputError(
                f"the key in {settings.api_key_env} holds a blank or a character that no key "
                "has; copy it anew"
            )
    elif settings.kind == "local":
        from promptopt.llm.embedded import check_runtime, find_file

        find_file(settings)
        check_runtime()
    else:
        from promptopt.llm.scripted import check_name

        check_name(settings)
