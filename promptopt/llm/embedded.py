"""The embedded model: a GGUF file that runs inside the engine, with no key and no network.

xllamacpp serves OpenAI's protocol on the loopback interface, so this is an OpenAI-compatible
endpoint that is started first.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from pathlib import Path
from typing import Any

from promptopt.errors import InputError
from promptopt.llm import weights
from promptopt.llm.connection import connect
from promptopt.llm.errors import FatalError, SkippedError
from promptopt.llm.model import Request, Response
from promptopt.llm.openai_compatible import OpenAICompatibleModel
from promptopt.llm.settings import ModelSettings
from promptopt.named_path import is_file, named_path

CONTEXT = 4096
"""Tokens of prompt and reply together."""

# One call is decoded at a time. Prompts of one candidate begin alike, and with a single slot all
# of them use the one cache; on two cores that is quicker than decoding four or eight together, and
# a sample does not depend on what else was under way.
SLOTS = 1

LOOK_SECONDS = 0.5
"""How long to watch how busy the machine is. The load average lags a minute behind."""

# The runtime's own defaults, named so that a new version of it draws the same samples.
TOP_K = 40
MIN_P = 0.05


class EmbeddedModel(OpenAICompatibleModel):
    """A GGUF model on this machine's processor.

    Args:
        settings: of kind "local"; names a GGUF file, or nothing for the default weights.
    """

    seeded = True

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        self.path = find_file(settings)
        self.model_name = self.path.stem
        # Once and for all: a file that is replaced or deleted meanwhile stays loaded as it was.
        self._identity = f"local:{self.path.name}:{self.path.stat().st_size}"
        self._key = ""
        self._server: Any = None
        self.likelihood_form = "llguidance"

    @property
    def identity(self) -> str:
        return self._identity

    async def start(self) -> None:
        key = secrets.token_urlsafe(24)
        self._server = await asyncio.to_thread(_serve, self.path, key)
        self.base_url = f"{self._server.listening_address}/v1"
        self._key = self._mask.key = key
        self._client = connect(self.base_url, key, self._timeout)

    async def close(self) -> None:
        await super().close()
        self._server = None

    async def complete(self, request: Request) -> Response:
        if request.suffix:
            # The runtime would pass over the suffix without a word.
            raise SkippedError("the embedded model does not fill a gap between prompt and suffix")
        return await super().complete(request)

    def _parameters(self, request: Request) -> dict[str, Any]:
        parameters = super()._parameters(request)
        sampled = request.temperature > 0
        # What a cached beginning leaves in the last bits changes samples, not the greedy choice.
        parameters["extra_body"] = {
            "cache_prompt": not sampled,
            **({"top_k": TOP_K, "min_p": MIN_P} if sampled else {}),
        }
        return parameters

    def _address(self) -> str:
        return "the embedded model"


def find_file(settings: ModelSettings) -> Path:
    """The GGUF file that the settings name.

    Raises:
        InputError: it is missing; says how to get it.
    """
    if settings.name:
        path = named_path(settings.name)
        if not is_file(path):
            raise InputError(f"there is no model file {path}")
        try:
            with path.open("rb") as file:
                begins = file.read(4)
        except OSError as error:
            raise InputError(f"cannot read the model file {path}: {error.strerror}") from error
        if begins != b"GGUF":
            raise InputError(f"{path} is no GGUF file")
        return path.absolute()
    found = weights.find()
    if found is None:
        raise InputError(
            "the embedded model's weights are not here yet; get them with: promptopt models pull"
        )
    return found


def check_runtime() -> None:
    """Raise InputError if the runtime cannot be loaded."""
    _runtime()


def _runtime() -> Any:
    # Read by the runtime's thread pool when it is loaded: threads that wait for work must
    # not hold a core that the rest of the machine needs.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        import xllamacpp
    except ImportError as error:
        hint = (
            "; it needs the system's libgomp (on Debian: apt-get install libgomp1)"
            if "libgomp" in str(error)
            else ""
        )
        raise InputError(f"the runtime xllamacpp cannot be loaded: {error}{hint}") from error
    return xllamacpp


def _serve(path: Path, key: str) -> Any:
    """Load the weights and listen on a loopback port that only the holder of the key can use."""
    runtime = _runtime()
    parameters = runtime.CommonParams()
    parameters.model.path = str(path)
    parameters.verbosity = -1
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * CONTEXT
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads()
    parameters.cache_ram_mib = 0
    # Vectors of texts, the mean over their tokens; completions come out as without it.
    parameters.embedding = True
    parameters.pooling_type = runtime.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    parameters.api_keys = [key]
    try:
        return runtime.Server(parameters)
    except RuntimeError as error:
        raise FatalError(f"the model file {path} cannot be loaded: {error}") from error


def threads() -> int:
    """Threads for decoding: the cores that others leave free right now, at least one.

    On a machine that is busy, waiting for a thread that got no core costs more than the
    thread brings.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(8, round((cores or 1) * _idle_share())))


def _idle_share() -> float:
    """How much of the processor's time was idle over a moment, in [0, 1]."""
    before = _processor_times()
    if before is None:
        # No such file on this system: the load of the last minute has to do.
        cores = os.cpu_count() or 1
        return max(0.0, 1 - os.getloadavg()[0] / cores) if hasattr(os, "getloadavg") else 1.0
    time.sleep(LOOK_SECONDS)
    after = _processor_times() or before
    total = after[1] - before[1]
    return (after[0] - before[0]) / total if total > 0 else 1.0


def _processor_times() -> tuple[int, int] | None:
    """Ticks of all cores since the start of the machine: idle ones, and all."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
        ticks = [int(field) for field in fields[:8]]
    except (OSError, ValueError):
        return None
    return ticks[3] + ticks[4], sum(ticks)
