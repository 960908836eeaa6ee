"""Rate limits of the reference target, with a clock that stands still until it is moved."""

import pytest

from ywstorm.servers.ywmessaging import limits
from ywstorm.servers.ywmessaging.limits import Allowance, FixedWindow, TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class TestFixedWindow:
    def test_it_begins_with_the_first_and_ends_when_its_time_is_over(self) -> None:
        clock = Clock()
        window = FixedWindow(limit=2, window_s=10, clock=clock)

        assert window.take("a") == Allowance(False, 2, 1, 10)
        clock.now_s += 4
        assert window.take("a") == Allowance(False, 2, 0, 6)
        assert window.take("a") == Allowance(True, 2, 0, 6)
        clock.now_s += 6
        assert window.take("a") == Allowance(False, 2, 1, 10)

    def test_names_have_windows_of_their_own(self) -> None:
        window = FixedWindow(limit=1, window_s=10, clock=Clock())

        assert [window.take(name).is_exceeded for name in ("a", "b", "a")] == [False, False, True]

    def test_a_look_counts_nothing(self) -> None:
        window = FixedWindow(limit=1, window_s=10, clock=Clock())

        assert [window.look("a").is_exceeded for _ in range(3)] == [False] * 3
        window.take("a")
        assert window.look("a") == Allowance(True, 1, 0, 10)

    def test_names_whose_time_is_over_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "_MAX_NAMES", 2)
        clock = Clock()
        window = FixedWindow(limit=1, window_s=10, clock=clock)
        for name in ("a", "b", "c"):
            window.take(name)
        clock.now_s += 11
        window.take("d")

        assert list(window._windows) == ["d"]


class TestTokenBucket:
    def test_it_is_full_at_first_and_gets_one_token_at_a_time(self) -> None:
        clock = Clock()
        bucket = TokenBucket(capacity=3, refill_s=36, clock=clock)

        assert [bucket.take("a") for _ in range(4)] == [
            Allowance(False, 3, 2, 36),
            Allowance(False, 3, 1, 72),
            Allowance(False, 3, 0, 108),
            Allowance(True, 3, 0, 36),
        ]
        clock.now_s += 35
        assert bucket.take("a") == Allowance(True, 3, 0, 1)
        clock.now_s += 1
        assert bucket.take("a") == Allowance(False, 3, 0, 108)

    def test_it_holds_no_more_than_its_capacity(self) -> None:
        clock = Clock()
        bucket = TokenBucket(capacity=2, refill_s=36, clock=clock)
        bucket.take("a")
        clock.now_s += 1e6

        assert [bucket.take("a").is_exceeded for _ in range(3)] == [False, False, True]

    def test_a_refusal_costs_no_token(self) -> None:
        clock = Clock()
        bucket = TokenBucket(capacity=1, refill_s=36, clock=clock)
        for _ in range(10):
            bucket.take("a")
        clock.now_s += 36

        assert not bucket.take("a").is_exceeded

    def test_buckets_that_are_full_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "_MAX_NAMES", 2)
        clock = Clock()
        bucket = TokenBucket(capacity=1, refill_s=10, clock=clock)
        for name in ("a", "b", "c"):
            bucket.take(name)
        clock.now_s += 11
        bucket.take("d")

        assert list(bucket._full_at) == ["d"]


def test_a_refusal_says_when_to_come_again() -> None:
    allowed, refused = Allowance(False, 100, 7, 32.2), Allowance(True, 100, 0, 32.2)

    assert allowed.headers("RateLimit") == {
        "RateLimit-Limit": "100",
        "RateLimit-Remaining": "7",
        "RateLimit-Reset": "33",
    }
    assert refused.headers("X-RateLimit")["Retry-After"] == "33"
    assert refused.refusal("slow down")["retryAfter"] == 33
    assert refused.refusal("slow down")["message"] == "slow down"
