"""What a worker tells at once, and how often."""

from ywstorm.wire import Event, Frame
from ywstorm.worker.observer import Observer


def test_of_many_failures_the_first_is_told_for_iterations_may_all_fail() -> None:
    sent: list[Frame] = []
    observer = Observer(sent.append)

    for number in range(1000):
        observer.event("fail", f"no stock {number}")

    assert sent == [Event("fail", "no stock 0")]


def test_an_abort_is_told_also_after_a_failure() -> None:
    sent: list[Frame] = []
    observer = Observer(sent.append)

    observer.event("fail", "no stock")
    observer.event("abort", "enough")

    assert sent == [Event("fail", "no stock"), Event("abort", "enough")]
