"""Parts of the reference target that several processes share, and how its database is named."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ywstorm.cli.with_target import target_arguments
from ywstorm.errors import OptionsError
from ywstorm.servers.ywmessaging.cache import AnswerCache
from ywstorm.servers.ywmessaging.counts import Counts
from ywstorm.servers.ywmessaging.databases import is_postgres, shown, sqlite_path
from ywstorm.servers.ywmessaging.shared import Shared


def making(*answers: bytes) -> Callable[[], Awaitable[bytes]]:
    """Give the next of *answers* at each call."""
    left = list(answers)

    async def make() -> bytes:
        return left.pop(0)

    return make


class TestCache:
    def test_an_answer_is_made_once_for_each_church_kind_and_parameters(self) -> None:
        cache, make = AnswerCache(300, Shared().stamps), making(b"1", b"2", b"3", b"4")

        async def test() -> list[bytes]:
            asked = [("a", "list", 1), ("a", "list", 1), ("b", "list", 1), ("a", "sum", 1), ("a", "list", 2)]
            return [await cache.answer(church, kind, page, make) for church, kind, page in asked]

        assert asyncio.run(test()) == [b"1", b"1", b"2", b"3", b"4"]

    def test_its_time_is_over_after_the_ttl(self) -> None:
        now_s = 0.0
        cache, make = AnswerCache(300, Shared().stamps, lambda: now_s), making(b"1", b"2")

        async def test() -> list[bytes]:
            nonlocal now_s
            first = await cache.answer("a", "list", 1, make)
            now_s = 299.9
            second = await cache.answer("a", "list", 1, make)
            now_s = 300.0
            return [first, second, await cache.answer("a", "list", 1, make)]

        assert asyncio.run(test()) == [b"1", b"1", b"2"]

    def test_what_one_process_forgets_no_other_remembers(self) -> None:
        stamps = Shared().stamps
        ours, theirs, make = AnswerCache(300, stamps), AnswerCache(300, stamps), making(b"1", b"2")

        async def test() -> list[bytes]:
            first = await ours.answer("a", "list", 1, make)
            theirs.forget("a", "list")
            return [first, await ours.answer("a", "list", 1, make)]

        assert asyncio.run(test()) == [b"1", b"2"]

    def test_a_change_while_an_answer_is_made_makes_it_stale(self) -> None:
        cache, make = AnswerCache(300, Shared().stamps), making(b"old", b"new")

        async def overtaken() -> bytes:
            cache.forget("a", "list")
            return await make()

        async def test() -> list[bytes]:
            return [await cache.answer("a", "list", 1, overtaken), await cache.answer("a", "list", 1, make)]

        assert asyncio.run(test()) == [b"old", b"new"]


def test_counts_of_all_processes_are_summed_by_whoever_is_asked() -> None:
    shared = Shared(processes=3)
    counts = [Counts(shared.counters, process) for process in range(3)]
    for process, own in enumerate(counts):
        own.name(["GET /a", "GET /b", "GET /c"])
        for _ in range(process + 1):
            own.add("GET /a")
    counts[1].add("GET /b")

    assert [own.as_dict() for own in counts] == [{"requests": 7, "by_endpoint": {"GET /a": 6, "GET /b": 1}}] * 3


def test_more_endpoints_than_counters_are_refused() -> None:
    with pytest.raises(ValueError, match="1000 endpoints are more than"):
        Counts(Shared().counters, 0).name([str(n) for n in range(1000)])


@pytest.mark.parametrize(
    ("url", "is_server", "printed"),
    [
        ("postgres://u:p@h:1/d", True, "postgres://u:***@h:1/d"),
        ("postgresql://u@h/d", True, "postgresql://u@h/d"),
        ("sqlite:x.sqlite", False, "sqlite:x.sqlite"),
        ("x.sqlite", False, "x.sqlite"),
    ],
)
def test_a_database_is_named_by_its_url(url: str, is_server: bool, printed: str) -> None:
    assert is_postgres(url) is is_server
    assert shown(url) == printed
    assert is_server or sqlite_path(url).name == "x.sqlite"


def test_arguments_of_a_target_are_words_as_in_a_shell() -> None:
    words = ["--pool", "5", "--fault", "GET /auth/me:delay=1s"]

    assert target_arguments("--pool 5 --fault 'GET /auth/me:delay=1s'") == words
    assert target_arguments(None) == target_arguments("") == []
    with pytest.raises(OptionsError, match='--target-args: "--fault \'GET" cannot be split into words: No closing quo'):
        target_arguments("--fault 'GET")
