"""An endpoint that answers at once, in a process of its own, for measuring what asks it.

    python benchmarks/engine_endpoint.py

prints its port. It speaks just enough of HTTP and of OpenAI's chat protocol. Whoever asks the
model "writer" gets an instruction that is new each time, everyone else the same word.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

ANSWER = "cats"
INSTRUCTION = "Give the plural of the word, and nothing else. (Wording {number}.)"

numbers = count(1)


def response(text: str) -> bytes:
    body = json.dumps(
        {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text},
                }
            ],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 13},
        }
    ).encode()
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


answered = response(ANSWER)


class Answers(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.index(b"content-length:") + len(b"content-length:")
            size = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            writes = b'"model":"writer"' in body[:200].replace(b" ", b"")
            instruction = INSTRUCTION.format(number=next(numbers)) if writes else ""
            self.transport.write(response(instruction) if writes else answered)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answers, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def endpoint() -> Iterator[str]:
    """The address of such an endpoint, which ends with the block."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(main())
