"""Plain HTTP/1.1 over a real socket: each kind of answer, each way of breaking off, and what the script makes of it."""

import ast
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from tests.e2e.run_of import run, worker_lines

OK = b"HTTP/1.1 200 OK\r\n"
JSON = OK + b"Content-Type: application/json\r\n"

# By path: what the server writes, in these pieces; None: and then it closes.
ANSWERS: dict[str, tuple[bytes | None, ...]] = {
    "/length": (JSON + b'Content-Length: 8\r\n\r\n{"n": 1}',),
    "/chunked": (
        JSON + b'Transfer-Encoding: chunked\r\n\r\n4;x="y"\r\n{"n"',
        b"\r\n4\r\n: 1}\r\n0\r\nDigest: 7\r\n\r\n",
    ),
    "/byte-by-byte": tuple(bytes([byte]) for byte in JSON + b'content-length:8\r\n\r\n{"n": 1}'),
    "/to-the-end": (JSON + b'\r\n{"n": 1}', None),
    "/close": (JSON + b'Connection: close\r\nContent-Length: 8\r\n\r\n{"n": 1}', None),
    "/old": (b'HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n{"n": 1}', None),
    "/interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        JSON,
        b'Content-Length: 8\r\n\r\n{"n": 1}',
    ),
    "/nothing": (b"HTTP/1.1 204 No Content\r\n\r\n",),
    "/unchanged": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 8\r\n\r\n",),
    "/head": (OK + b"Content-Length: 8\r\n\r\n",),
    "/empty": (OK + b"Content-Length: 0\r\n\r\n",),
    "/broken": (b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops",),
    "/silent": (None,),
    "/half-a-head": (OK + b"Content-", None),
    "/half-a-body": (OK + b"Content-Length: 8\r\n\r\n{", None),
    "/half-a-chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n8\r\n{", None),
    "/bad-chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n", None),
    "/two-lengths": (OK + b"Content-Length: 8\r\nContent-Length: 9\r\n\r\n", None),
    "/smuggled": (OK + b"Content-Length: 8\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None),
    "/no-http": (b"220 mail.example.com ESMTP\r\n", None),
    "/hangs": (OK,),
}
# By path: status, body, error, and how many connections three requests of one VU in a row need.
EXPECTED: dict[str, tuple[int, str, str | None, int]] = {
    **dict.fromkeys(("/length", "/chunked", "/byte-by-byte", "/interim"), (200, '{"n": 1}', None, 1)),
    **dict.fromkeys(("/to-the-end", "/close", "/old"), (200, '{"n": 1}', None, 3)),
    "/nothing": (204, "", None, 1),
    "/unchanged": (304, "", None, 1),
    "/head": (200, "", None, 1),
    "/empty": (200, "", None, 1),
    "/broken": (500, "oops", None, 1),
    "/silent": (0, "", "tcp.closed_no_response", 3),
    "/half-a-head": (0, "", "http.head_truncated", 3),
    "/half-a-body": (0, "", "http.body_truncated", 3),
    "/half-a-chunk": (0, "", "http.body_truncated", 3),
    "/bad-chunk": (0, "", "http.bad_chunk_size", 3),
    "/two-lengths": (0, "", "http.conflicting_length", 3),
    "/smuggled": (0, "", "http.conflicting_length", 3),
    "/no-http": (0, "", "http.bad_status_line", 3),
    "/hangs": (0, "", "timeout.total", 3),
}


class Handler(StreamRequestHandler):
    """Answers as ANSWERS says, and keeps what it was asked."""

    server: "RawServer"

    def handle(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        paths: set[str] = set()
        while line := self.rfile.readline():
            path = line.split()[1].decode()
            head = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
            length = [field for field in head.splitlines() if field.lower().startswith("content-length:")]
            body = self.rfile.read(int(length[0].partition(":")[2])) if length else b""
            self.server.asked.setdefault(path, []).append((line.decode(), head, body))
            if path not in paths:
                self.server.connections[path] += 1
                paths.add(path)
            for piece in ANSWERS.get(path.partition("?")[0], ANSWERS["/empty"]):
                if piece is None:
                    return
                self.wfile.write(piece)


class RawServer(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: dict[str, list[tuple[str, str, bytes]]] = {}
        self.connections: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def raw_server() -> Iterator[RawServer]:
    with RawServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


# Each path is asked three times in a row by a VU of its own; of the answers it prints the third.
SCRIPT = f"""
PATHS = {list(EXPECTED)!r}

@scenario(PerVUIterations(vus=len(PATHS)))
async def spike(vu: VU) -> None:
    path = PATHS[vu.id - 1]
    for _ in range(3):
        r = await vu.request("HEAD" if path == "/head" else "GET", path, timeout=0.3 if path == "/hangs" else 5)
    print((path, r.status, r.text, r.error.name if r.error else None))
"""


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script saw and the server counted, by path."""
    with raw_server() as server:
        ended = run(tmp_path_factory.mktemp("http"), SCRIPT, "--base-url", server.url, "--workers", "2")
        seen = {path: rest for path, *rest in map(ast.literal_eval, worker_lines(ended))}
    assert ended.summary["run"]["requests_sent"] == sum(map(len, server.asked.values())) == 3 * len(EXPECTED)
    return {path: (*rest, server.connections[path]) for path, rest in seen.items()}


@pytest.mark.parametrize(("path", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_an_answer_is_what_the_wire_said(
    answered: dict[str, Any], path: str, expected: tuple[int, str, str | None, int]
) -> None:
    assert answered[path] == expected


# A call, the request line and the body that arrive, and a line that the head then has.
CALLS = {
    "get('/me')": ("GET /api/me HTTP/1.1", b"", "User-Agent: ywstorm/0.1.0"),
    "get('/me?a=1', params={'b': 'ü &'})": ("GET /api/me?a=1&b=%C3%BC+%26 HTTP/1.1", b"", "Host: 127.0.0.1"),
    "get('/', params=[('a', 1), ('a', 2)])": ("GET /api/?a=1&a=2 HTTP/1.1", b"", "Host: 127.0.0.1"),
    "post('/m', json={'a': [1, 'ü']})": (
        "POST /api/m HTTP/1.1",
        '{"a":[1,"ü"]}'.encode(),
        "Content-Type: application/json",
    ),
    "put('/m', body='text')": ("PUT /api/m HTTP/1.1", b"text", "Content-Type: text/plain; charset=utf-8"),
    "patch('/m', body=b'\\0', headers={'Content-Type': 'x/y'})": ("PATCH /api/m HTTP/1.1", b"\0", "Content-Type: x/y"),
    "post('/empty')": ("POST /api/empty HTTP/1.1", b"", "Content-Length: 0"),
    "delete('/m', headers={'Authorization': 'Bearer 7'})": ("DELETE /api/m HTTP/1.1", b"", "Authorization: Bearer 7"),
    "options('/m', headers={'Host': 'other'})": ("OPTIONS /api/m HTTP/1.1", b"", "Host: other"),
}


def test_a_request_arrives_as_the_script_wrote_it(tmp_path: Path) -> None:
    calls = "".join(f"    await vu.{call}\n" for call in CALLS)
    script = f"\n@scenario(PerVUIterations())\nasync def spike(vu: VU) -> None:\n{calls}"

    with raw_server() as server:
        run(tmp_path, script, "--base-url", f"{server.url}/api")

    requests = [request for all_of_one in server.asked.values() for request in all_of_one]
    assert len(requests) == len(CALLS)
    for call, (request_line, body, field) in CALLS.items():
        [(head, sent)] = [(head, sent) for line, head, sent in requests if line.strip() == request_line]
        assert (sent, field in head, "Accept-Encoding" in head) == (body, True, False), call
