"""``--http-debug`` in whole runs: on stderr, complete, and only when asked for."""

from pathlib import Path

import pytest

from tests.e2e.run_of import counting_server, run, worker_lines

SCRIPT = """
@setup
async def prepare(vu: VU) -> None:
    await vu.get("/prepared")

@scenario(PerVUIterations(vus=2, iterations=60))
async def browse(vu: VU) -> None:
    await vu.post("/me", body=f"of {vu.id}/{vu.iteration}", auth="secret-token")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_every_request_is_printed_however_many_there_are(tmp_path: Path, workers: int) -> None:
    with counting_server() as server:
        flags = ("--http-debug=full", "--base-url", server.url, "--workers", str(workers))
        ended = run(tmp_path, SCRIPT, *flags)
        assert server.requests() == 121

    lines = worker_lines(ended)
    assert [line for line in lines if line.startswith("> of ")] == sorted(
        f"> of {vu}/{iteration}" for vu in (1, 2) for iteration in range(60)
    )
    assert sum(line.startswith("browse, vu ") for line in lines) == 120
    assert sum(line.startswith("setup, vu 0, iteration 0: GET ") for line in lines) == 1
    assert lines.count("> Authorization: ***") == 120
    assert lines.count("< 200") == 121
    assert "secret-token" not in ended.err
    assert "suppressed" not in ended.err


def test_heads_alone_by_the_variable(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, SCRIPT, "--base-url", server.url, env={"YWSTORM_HTTP_DEBUG": "headers"})

    lines = worker_lines(ended)
    assert lines.count("> POST /me HTTP/1.1") == 120
    assert not any("> of " in line for line in lines)


def test_nothing_is_printed_unless_it_is_asked_for(tmp_path: Path) -> None:
    with counting_server() as server:
        ended = run(tmp_path, SCRIPT, "--base-url", server.url)

    assert worker_lines(ended) == []
