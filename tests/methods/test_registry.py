from __future__ import annotations

import pytest

from promptopt.errors import InputError
from promptopt.methods.ape_settings import ApeSettings
from promptopt.methods.describe import settings_of
from promptopt.methods.registry import METHODS, method_name, settings_type


def test_a_method_is_found_by_its_name() -> None:
    for name, settings in METHODS.items():
        assert settings_type(name, "here") is settings.settings
    assert method_name(ApeSettings()) == "ape"


def test_unknown_methods() -> None:
    with pytest.raises(InputError, match=r"run\.toml: unknown method 'apes'; did you mean ape\?"):
        settings_type("apes", "run.toml")
    with pytest.raises(InputError, match=r"run\.toml: unknown method 'x'; known: ape"):
        settings_type("x", "run.toml")


@pytest.mark.parametrize("name", METHODS)
def test_every_setting_has_a_meaning_of_its_own(name: str) -> None:
    meanings = [each.meaning for each in settings_of(METHODS[name].settings)]
    assert len(set(meanings)) == len(meanings)
    assert not any("SearchSettings" in meaning for meaning in meanings)
