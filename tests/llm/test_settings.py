from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from promptopt.errors import InputError
from promptopt.llm.addresses import check_base_url
from promptopt.llm.backends import check_model, open_model
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.sampling import Sampling, concurrency_of, sampling_for
from promptopt.llm.scripted import ScriptedModel
from promptopt.llm.settings import (
    OPENAI_URL,
    ModelSettings,
    check_key_variable,
    endpoint_of,
    parse_spec,
    settled,
)

from .asking import ask_for

URL = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OTHER_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("spec", "parsed"),
    [
        ("openai:gpt-x", ("openai", "gpt-x")),
        (" openai:gpt-x ", ("openai", "gpt-x")),
        ("openai:org/model:tag", ("openai", "org/model:tag")),
        ("local", ("local", "")),
        ("local:a b.gguf", ("local", "a b.gguf")),
        ("scripted:plural?delay=1", ("scripted", "plural?delay=1")),
    ],
)
def test_specs(spec: str, parsed: tuple[str, str]) -> None:
    assert parse_spec(spec) == parsed


@pytest.mark.parametrize(
    "spec", ["", "gpt-4", "openai", "openai:", "openai: ", "OPENAI:x", ":", "x:y"]
)
def test_specs_that_are_none(spec: str) -> None:
    with pytest.raises(InputError):
        parse_spec(spec)


@pytest.mark.parametrize("timeout", [0, -1, "inf", "nan", "1e400"])
def test_a_time_out_is_a_number_that_can_be_waited(timeout: object) -> None:
    text = f'spec = "openai:m"\ntimeout = {timeout}'
    with pytest.raises(msgspec.ValidationError, match=r"timeout"):
        msgspec.toml.decode(text, type=ModelSettings)


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8000/v1", "https://example.com", "http://[::1]:80/"),
        "https://name.openai.azure.com/openai/deployments/m?api-version=2024-10-21",
    ],
)
def test_addresses(url: str) -> None:
    check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8000", "ftp://host/", "http://", "http:///v1", "http://[::1", "file:///x"),
        *("http://host:99999/", "http://host:x/", "http://host:0/"),
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="is no web address"):
        check_base_url(url)


MARKED = "sk-marked-3f9a1c7be2d84056a1"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://me:pa55@host/v1", "holds a password or a key"),
        ("https://me:12/pa55@host/v1", "holds a password or a key"),
        ("https://me@host/v1", "holds a password or a key"),
        ("https://me:pa55@host:port/v1", "is no web address"),
        ("https://me:pa/55@host/v1", "is no web address"),
        ("htps://me:pa55@host/v1", "is no web address"),
        ("me:pa55@host/v1", "is no web address"),
        ("host/v1?sig=pa55", "is no web address"),
        ("host/v1#pa55", "is no web address"),
        *(
            (f"https://host/v1?{name}=pa55", "holds a password or a key")
            for name in ("sig", "code")
        ),
        ("https://host/v1?api-version=1&k=pa55", "holds a password or a key"),
        ("https://host/v1?pa55", "holds a password or a key"),
        ("https://host/v1#key=pa55", "holds a password or a key"),
        (f"https://host/{MARKED}/v1", "holds a password or a key"),
        (f"https://host/v1?api-version={MARKED}", "holds a password or a key"),
        ("https://host/" + MARKED.replace("-", "%2D"), "holds a password or a key"),
        (f"host/{MARKED}/v1", "is no web address"),
        (f"http://[::1/{MARKED}", "is no web address"),
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(url: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        check_base_url(url, MARKED)
    assert not any(part in str(caught.value) for part in ("pa55", "pa/55", "marked"))


def test_an_address_is_checked_for_the_key_that_goes_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", MARKED)
    settings = ModelSettings("openai:m", base_url=f"{URL}/{MARKED}", api_key_env="OTHER_KEY")
    with pytest.raises(InputError, match="holds a password or a key"):
        check_model(settings)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "proxy", ["http://me:secret@127.0.0.1:port", "me:secret@host:99999", "://"]
)
def test_a_proxy_that_is_none_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    monkeypatch.setenv(name, proxy)
    with pytest.raises(InputError, match=f"{name} holds no address of a proxy") as caught:
        check_model(ModelSettings("openai:m", base_url="http://models.invalid/v1"))
    assert "secret" not in str(caught.value)
    # What runs on this machine is asked directly.
    check_model(ModelSettings("openai:m", base_url=URL))


@pytest.mark.parametrize(
    "proxy", ["http://me:pw@127.0.0.1:3128", "127.0.0.1:3128", "socks5://host:1080", ""]
)
def test_proxies(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    check_model(ModelSettings("openai:m", base_url="http://models.invalid/v1"))


# What must be there before a run starts


def test_a_key_is_needed_for_openai_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ModelSettings("openai:m")
    with pytest.raises(InputError, match="there is no key for openai:m: set OPENAI_API_KEY"):
        check_model(settings)
    assert InputError.exit_status == 2
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    with pytest.raises(InputError, match="there is no key"):
        check_model(settings)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    check_model(settings)


def test_another_endpoint_needs_a_key_only_if_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_model(ModelSettings("openai:m", base_url=URL))
    named = ModelSettings("openai:m", base_url=URL, api_key_env="OTHER_KEY")
    with pytest.raises(InputError, match="the environment variable OTHER_KEY is not set"):
        check_model(named)
    monkeypatch.setenv("OTHER_KEY", "x")
    check_model(named)


def test_the_address_of_the_environment_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", URL)
    check_model(ModelSettings("openai:m"))
    monkeypatch.setenv("OPENAI_BASE_URL", "nowhere")
    with pytest.raises(InputError, match="'nowhere' is no web address"):
        check_model(ModelSettings("openai:m"))


def test_settled_settings_mean_the_same_from_any_shell_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f" {URL} ")
    settings = settled(ModelSettings("openai:m", temperature=0.5))
    assert settings == ModelSettings("openai:m", base_url=URL, temperature=0.5)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1")
    assert settled(settings) == settings
    monkeypatch.delenv("OPENAI_BASE_URL")
    openai_itself = settled(ModelSettings("openai:m"))
    monkeypatch.setenv("OPENAI_BASE_URL", URL)
    assert endpoint_of(openai_itself) == OPENAI_URL
    # It still needs a key.
    with pytest.raises(InputError, match="there is no key for openai:m"):
        check_model(openai_itself)
    monkeypatch.chdir(tmp_path)
    assert settled(ModelSettings("local:a.gguf")) == ModelSettings(f"local:{tmp_path}/a.gguf")
    for spec in ("local", "scripted:plural"):
        assert settled(ModelSettings(spec)) == ModelSettings(spec)


def test_a_key_in_place_of_its_variable_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in ("sk-secret", "hf_secret", "secret", ""):
        with pytest.raises(InputError, match="api_key_env takes the name of") as caught:
            check_key_variable(key)
        assert "secret" not in str(caught.value)
    monkeypatch.setenv("my_key", "x")
    for name in ("OPENAI_API_KEY", "KEY_2", "my_key"):
        check_key_variable(name)


def test_local_models_need_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTOPT_MODELS", str(tmp_path))
    with pytest.raises(InputError, match="get them with: promptopt models pull"):
        check_model(ModelSettings("local"))
    absent, text = tmp_path / "absent.gguf", tmp_path / "text.gguf"
    with pytest.raises(InputError, match=f"there is no model file {absent}"):
        check_model(ModelSettings(f"local:{absent}"))
    text.write_text("no weights")
    with pytest.raises(InputError, match=f"{text} is no GGUF file"):
        check_model(ModelSettings(f"local:{text}"))
    with pytest.raises(InputError, match="there is no model file"):
        check_model(ModelSettings(f"local:{tmp_path}"))


@pytest.mark.parametrize(
    "name", ["x", "plural?x=1", "echo?delay=-1", "echo?fail=a", "echo?delay=nan"]
)
def test_scripts_that_are_none(name: str) -> None:
    with pytest.raises(InputError):
        check_model(ModelSettings(f"scripted:{name}"))


def test_backends() -> None:
    assert isinstance(open_model(ModelSettings("scripted:echo")), ScriptedModel)
    opened = open_model(ModelSettings("openai:m", base_url=URL))
    assert isinstance(opened, OpenAICompatibleModel)
    assert opened.identity == f"openai:m@{URL}"


# Defaults of the roles


def test_the_task_model_is_greedy_and_the_optimizer_model_samples() -> None:
    settings = ModelSettings("openai:m")
    assert sampling_for(settings, "task") == Sampling("chat", 0.0, 1.0, 256, ())
    assert sampling_for(settings, "optimizer") == Sampling("chat", 0.9, 0.9, 256, ())


def test_a_local_model_goes_on_from_plain_text() -> None:
    assert sampling_for(ModelSettings("local"), "task") == Sampling(
        "completion", 0.0, 1.0, 64, ("\n",)
    )
    assert sampling_for(ModelSettings("local", api="chat"), "task").stop == ()


def test_what_is_set_stands() -> None:
    settings = ModelSettings("openai:m", temperature=0.0, top_p=0.5, max_tokens=7, concurrency=3)
    assert sampling_for(settings, "optimizer") == Sampling("chat", 0.0, 0.5, 7, ())
    assert concurrency_of(settings) == 3
    assert concurrency_of(ModelSettings("openai:m")) == 8
    assert concurrency_of(ModelSettings("local")) == 4


# Questions


def test_a_key_tells_every_question_apart() -> None:
    base = ask_for()
    changes = [
        {"model": "n"},
        {"api": "completion"},
        {"prompt": "hello "},
        {"temperature": 0.1},
        {"top_p": 0.9},
        {"max_tokens": 17},
        {"stop": ("\n",)},
        {"seed": 0},
    ]
    keys = {base.key(), *(ask_for(**change).key() for change in changes)}
    assert len(keys) == 1 + len(changes)
    assert base.key() == ask_for().key()
    assert len(base.key()) == 16


def test_a_model_file_that_is_deleted_is_still_the_model_that_was_loaded(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF" + bytes(60))
    model = open_model(ModelSettings(f"local:{path}"))
    before = model.identity
    path.write_bytes(b"GGUF another")
    assert model.identity == before == "local:tiny.gguf:64"
    path.unlink()
    assert model.identity == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OPENAI_ORG_ID", "org-geh\u00e9im"),
        ("OPENAI_PROJECT_ID", "proj\x01geheim"),
        ("OPENAI_CUSTOM_HEADERS", "X-Fine: yes\nX-Secret: geh\u00e9im"),
        ("OPENAI_CUSTOM_HEADERS", "X Secret: geheim"),
        ("OPENAI_CUSTOM_HEADERS", ": geheim"),
    ],
)
def test_what_no_header_can_carry_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", URL)
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=f"{variable} holds what no header can carry") as caught:
        check_model(ModelSettings("openai:m"))
    assert "geh" not in str(caught.value)
    # It is not sent to another endpoint, and keeps nobody from asking that.
    check_model(ModelSettings("openai:m", base_url="http://127.0.0.1:8/v1"))
    monkeypatch.setenv(variable, " X-Org: org-1\r\n")  # as it is copied here and there
    check_model(ModelSettings("openai:m"))
