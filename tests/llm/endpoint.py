"""A real HTTP server on loopback that speaks OpenAI's protocol, and misbehaves on demand."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from promptopt.llm.model import Request
from promptopt.llm.scripted import SCRIPTS


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire.

    `body` is sent as JSON, or as it stands when it is text. `cut` announces more than it
    sends. `reset` drops the connection without a word; `hang` says nothing until the server
    closes; `drip` sends a blank every 20 ms until it does.
    """

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: bool = False
    reset: bool = False
    hang: bool = False
    drip: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The text that is asked about: of a chat, its last message."""
        if "messages" in self.body:
            return str(self.body["messages"][-1]["content"])
        return str(self.body.get("prompt", self.body.get("content", self.body.get("input"))))

    @property
    def history(self) -> tuple[tuple[str, str], ...]:
        """The turns of a chat before the last message."""
        said = [str(each["content"]) for each in self.body.get("messages", ())[:-1]]
        return tuple(zip(said[::2], said[1::2], strict=True))


Behaviour = Callable[[Received], Answer]


class Endpoint:
    """The server. Open it with `with`; it counts and keeps every request.

    Args:
        behaviour: answers what `script` does not.
        port: to listen at; any that is free where it is 0.

    Attributes:
        script: behaviours of the next requests, one each.
        requests: everything that came, in the order of its arrival.
        most_at_once: the highest number of requests that were open at the same time.
        connections: how many clients are connected now, or have sent what is not read yet.
    """

    def __init__(self, behaviour: Behaviour | None = None, port: int = 0) -> None:
        self.behaviour: Behaviour = behaviour or plural
        self.script: deque[Behaviour] = deque()
        self.requests: list[Received] = []
        self.most_at_once = 0
        self.connections = 0
        self._open = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _server(self, port)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def prompts(self) -> list[str]:
        return [each.prompt for each in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, received: Received) -> Answer:
        with self._lock:
            self.requests.append(received)
            behaviour = self.script.popleft() if self.script else self.behaviour
        return behaviour(received)

    def connected(self, more: int) -> None:
        with self._lock:
            self.connections += more

    def entered(self) -> None:
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def left(self) -> None:
        with self._lock:
            self._open -= 1

    def wait_until_closing(self) -> None:
        self._closing.wait(30)

    def is_closing(self, within: float) -> bool:
        return self._closing.wait(within)


# Behaviours


def says(text: str | None, **of_choice: Any) -> Behaviour:
    """A reply in good form."""
    return lambda received: Answer(reply(received, text, **of_choice))


def plural(received: Received) -> Answer:
    """What `scripted:plural` would say, so that a whole search can be run."""
    return scripted("plural")(received)


def scripted(name: str) -> Behaviour:
    """What a scripted model would say."""

    def answer(received: Received) -> Answer:
        request = Request(
            "endpoint", "chat", received.prompt, 0.0, 1.0, 64, history=received.history
        )
        return Answer(reply(received, SCRIPTS[name](request)))

    return answer


def by_model(**behaviours: Behaviour) -> Behaviour:
    """A behaviour for each model's name; letters, digits and underscores."""
    return lambda received: behaviours[received.body["model"]](received)


def fails(
    status: int, message: Any = "no", *, code: str | None = None, **headers: str
) -> Behaviour:
    """An error in OpenAI's form; `retry_after="0"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = {"message": message, "type": "error", "param": None, "code": code}
    return lambda received: Answer({"error": error}, status, named)


def sends(body: Any, content_type: str = "application/json", status: int = 200) -> Behaviour:
    """Just this body."""
    return lambda received: Answer(body, status, content_type=content_type)


def cut_short(received: Received) -> Answer:
    return Answer(reply(received, "words"), cut=True)


def resets(received: Received) -> Answer:
    return Answer(reset=True)


def hangs(received: Received) -> Answer:
    return Answer(hang=True)


def drips(received: Received) -> Answer:
    return Answer(drip=True)


def echoes_the_key(received: Received) -> Answer:
    told = f"bad credentials: {received.headers.get('authorization', '')}"
    return Answer({"error": {"message": told}}, 500, {"retry-after": "0"})


def wants_new_parameters(received: Received) -> Answer:
    """Refuses `max_tokens` and any temperature, as newer models do."""
    if "max_tokens" in received.body:
        told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        return fails(400, told, code="unsupported_parameter")(received)
    if "temperature" in received.body:
        told = "Unsupported value: 'temperature' does not support 0.0 with this model."
        return fails(400, told, code="unsupported_value")(received)
    return plural(received)


def reply(received: Received, text: str | None, **of_choice: Any) -> dict[str, Any]:
    """A completion's body, with a token for each word."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    if received.path.endswith("/chat/completions"):
        choice["message"] = {"role": "assistant", "content": text}
    else:
        choice["text"] = text
    return {
        "id": "x",
        "object": "completion",
        "created": 0,
        "model": received.body.get("model"),
        "choices": [choice | of_choice],
        "usage": {
            "prompt_tokens": len(received.prompt.split()),
            "completion_tokens": len((text or "").split()),
            "total_tokens": 0,
        },
    }


def _server(endpoint: Endpoint, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Small answers go out at once instead of waiting for a packet to fill.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            endpoint.entered()
            try:
                self._respond()
            finally:
                endpoint.left()

        def _respond(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = endpoint.answer(Received(self.path, headers, body))
            if answer.hang:
                endpoint.wait_until_closing()
            if answer.hang or answer.reset:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            self.send_response_only(answer.status)
            if "date" not in answer.headers:
                self.send_header("date", self.date_time_string())
            self.send_header("content-type", answer.content_type)
            more = 100_000 if answer.drip else 100 if answer.cut else 0
            self.send_header("content-length", str(len(data) + more))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            while answer.drip and not endpoint.is_closing(0.02):
                self.wfile.write(b" ")
            self.wfile.write(data)
            if answer.cut:
                self.close_connection = True

        def handle(self) -> None:
            endpoint.connected(1)
            try:
                super().handle()
            except (ConnectionError, TimeoutError):
                self.close_connection = True
            finally:
                endpoint.connected(-1)

        def finish(self) -> None:
            try:
                super().finish()
            except (ConnectionError, ValueError):
                return

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # Of connections that wait to be taken up.
        request_queue_size = 256

    return Server(("127.0.0.1", port), Handler)
