"""The histogram, case by case; the properties that hold for all inputs are in tests/property/test_stats.py."""

import itertools
from array import array

import pytest

from tests.reference.histogram import SortedList
from ywstorm_core.stats.delta import encode_varints
from ywstorm_core.stats.histogram import Histogram

LARGEST = 2**63 - 1


def histogram_of(*values: int, infinite: int = 0) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    histogram.add_infinite(infinite)
    return histogram


class TestEmpty:
    def test_every_figure_is_zero(self) -> None:
        h = Histogram()
        assert (h.count, h.infinite, h.lost, h.sum, h.min, h.max, h.mean) == (0, 0, 0, 0, 0, 0, 0.0)

    def test_quantiles_are_zero(self) -> None:
        assert [Histogram().quantile(q) for q in (0, 0.5, 1)] == [0, 0, 0]

    def test_nothing_is_at_or_below_anything(self) -> None:
        assert Histogram().count_at_or_below(LARGEST) == 0


class TestRecording:
    def test_sum_min_max_and_mean_are_exact(self) -> None:
        h = histogram_of(1_000_003, 5_000_017, 77)
        assert (h.count, h.sum, h.min, h.max, h.mean) == (3, 6_000_097, 77, 5_000_017, 6_000_097 / 3)

    @pytest.mark.parametrize("value", [0, 1, 1023, 1024, 2047, 2048, 2**31, 2**62, LARGEST])
    def test_a_single_value_is_its_own_quantile(self, value: int) -> None:
        assert [histogram_of(value).quantile(q) for q in (0, 0.5, 1)] == [value] * 3

    def test_values_below_2048_are_exact(self) -> None:
        h = histogram_of(*range(2048))
        assert [h.quantile((i + 1) / 2048) for i in range(2048)] == list(range(2048))

    @pytest.mark.parametrize("power", range(11, 63))
    def test_each_octave_is_within_half_a_bucket(self, power: int) -> None:
        values = [2**power - 1, 2**power, 2**power + 2 ** (power - 10) - 1, 2**power + 2 ** (power - 10)]
        h, exact = histogram_of(*values), SortedList(values)
        for q in (0.25, 0.5, 0.75, 1.0):
            wanted, got = exact.quantile(q), h.quantile(q)
            assert wanted is not None
            assert got is not None
            assert abs(got - wanted) <= wanted / 2048

    def test_adding_n_times_is_adding_one_by_one(self) -> None:
        h = Histogram()
        h.add(123_456_789, 3)
        assert h.encode() == histogram_of(*[123_456_789] * 3).encode()

    def test_a_sum_past_64_bits_is_exact(self) -> None:
        h = Histogram()
        h.add(LARGEST, 1000)
        h.merge(h.copy())
        assert h.sum == 2000 * LARGEST

    def test_sums_carry_one_by_one_too(self) -> None:
        h = Histogram()
        h.record_all(array("q", [LARGEST] * 5))
        assert h.sum == 5 * LARGEST

    def test_a_negative_value_is_lost_and_counted_as_such(self) -> None:
        h = histogram_of(5)
        h.add(-1, 2)
        h.record_all(array("q", [-7]))
        assert (h.count, h.lost, h.sum, h.min) == (1, 3, 5, 5)

    def test_none_times_is_nothing(self) -> None:
        h = Histogram()
        h.add(5, 0)
        assert h.encode() == Histogram().encode()

    def test_a_value_past_63_bits_is_refused(self) -> None:
        with pytest.raises(OverflowError):
            Histogram().add(2**63)

    def test_a_negative_number_of_observations_is_refused(self) -> None:
        with pytest.raises(ValueError, match="cannot record -1"):
            Histogram().add(5, -1)
        with pytest.raises(ValueError, match="cannot record -1"):
            Histogram().add_infinite(-1)

    def test_counts_end_at_63_bits(self) -> None:
        h = Histogram()
        h.add(5, LARGEST - 1)
        h.add_infinite()
        with pytest.raises(OverflowError):
            h.add(5)
        with pytest.raises(OverflowError):
            h.add_infinite()
        with pytest.raises(OverflowError):
            h.merge(histogram_of(5))
        assert h.count == LARGEST - 1

    def test_a_buffer_is_recorded_value_by_value(self) -> None:
        values = [3, 1, 4, 1, 5_000_000]
        h = Histogram()
        h.record_all(array("q", values))
        assert h.encode() == histogram_of(*values).encode()

    @pytest.mark.parametrize("buffer", [b"12345678", array("d", [1.0]), array("i", [1, 2]), array("Q", [1])])
    def test_a_buffer_of_anything_but_int64_is_refused(self, buffer: object) -> None:
        with pytest.raises(ValueError, match="int64 values wanted"):
            Histogram().record_all(buffer)

    def test_no_buffer_is_refused(self) -> None:
        with pytest.raises(TypeError):
            Histogram().record_all([1, 2])


class TestQuantiles:
    @pytest.mark.parametrize(
        ("q", "rank"),
        [
            (0, 1),
            (0.001, 1),
            (0.01, 1),
            (0.07, 7),
            (0.071, 8),
            (0.5, 50),
            (0.9, 90),
            (0.95, 95),
            (0.999, 100),
            (1, 100),
        ],
    )
    def test_nearest_rank_of_the_numbers_1_to_100(self, q: float, rank: int) -> None:
        assert histogram_of(*range(1, 101)).quantile(q) == rank

    @pytest.mark.parametrize("percent", [0.1, 7, 14, 28, 29, 55, 56, 57, 58, 90, 95, 99, 99.9])
    def test_percent_by_division_finds_the_same_rank(self, percent: float) -> None:
        values = list(range(1000))
        assert histogram_of(*values).quantile(percent / 100) == values[round(percent * 10) - 1]

    def test_of_two_values_the_median_is_the_lower(self) -> None:
        assert histogram_of(10, 20).quantile(0.5) == 10

    def test_the_midpoint_of_a_bucket_stands_for_its_values(self) -> None:
        # 2^20 … 2^20 + 1023 share a bucket with the midpoint 2^20 + 512; min and max do not clamp it.
        h = histogram_of(0, 2**20 + 1, 2**21)
        assert h.quantile(0.5) == 2**20 + 512

    def test_a_midpoint_never_leaves_what_was_seen(self) -> None:
        assert histogram_of(2**20 + 1, 2**20 + 3).quantile(0.5) == 2**20 + 3
        assert histogram_of(2**20 + 1020, 2**20 + 1023).quantile(0.5) == 2**20 + 1020

    def test_infinite_observations_stand_above_all_others(self) -> None:
        h = histogram_of(1, 2, 3, infinite=1)
        assert [h.quantile(q) for q in (0.25, 0.5, 0.75, 0.76, 1)] == [1, 2, 3, None, None]

    def test_only_infinite_observations_have_no_quantile(self) -> None:
        assert histogram_of(infinite=2).quantile(0) is None

    def test_infinite_observations_are_in_no_other_figure(self) -> None:
        h = histogram_of(4, infinite=9)
        assert (h.count, h.infinite, h.sum, h.min, h.max, h.mean) == (1, 9, 4, 4, 4, 4.0)

    @pytest.mark.parametrize("q", [-0.001, 1.001, float("nan"), float("inf")])
    def test_a_quantile_outside_0_to_1_is_refused(self, q: float) -> None:
        with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
            histogram_of(1).quantile(q)


class TestCountAtOrBelow:
    @pytest.mark.parametrize(
        ("value", "count"), [(-1, 0), (0, 0), (9, 0), (10, 1), (11, 1), (20, 3), (2**20, 3), (2**30, 4), (LARGEST, 4)]
    )
    def test_values_in_buckets_of_their_own(self, value: int, count: int) -> None:
        assert histogram_of(10, 20, 20, 2**30).count_at_or_below(value) == count

    def test_a_bucket_counts_whole(self) -> None:
        assert histogram_of(1, 2**20 + 1000, 2**21).count_at_or_below(2**20) == 2


class TestMerging:
    def test_a_merge_is_recording_all(self) -> None:
        h = histogram_of(1, 10**9, infinite=1)
        h.merge(histogram_of(5, 10**12, infinite=2))
        assert h.encode() == histogram_of(1, 5, 10**9, 10**12, infinite=3).encode()

    def test_merging_with_itself_doubles(self) -> None:
        h = histogram_of(1, 10**9, infinite=1)
        h.merge(h)
        assert h.encode() == histogram_of(1, 1, 10**9, 10**9, infinite=2).encode()

    def test_a_copy_goes_its_own_way(self) -> None:
        h = histogram_of(7, infinite=1)
        twin = h.copy()
        h.add(8)
        assert (twin.count, twin.infinite, twin.max) == (1, 1, 7)

    def test_a_cleared_histogram_is_like_new(self) -> None:
        h = histogram_of(0, 1023, 1024, 10**9, 2**62, infinite=3)
        h.add(-1)
        h.clear()
        assert h.encode() == Histogram().encode()
        h.add(9)
        assert h.encode() == histogram_of(9).encode()

    def test_nothing_else_can_be_merged(self) -> None:
        with pytest.raises(TypeError):
            Histogram().merge(None)  # type: ignore[arg-type]


class TestBytes:
    @pytest.mark.parametrize(
        "histogram",
        [
            pytest.param(Histogram(), id="empty"),
            pytest.param(histogram_of(0), id="a zero"),
            pytest.param(histogram_of(LARGEST), id="the largest value"),
            pytest.param(histogram_of(infinite=7), id="infinite only"),
            pytest.param(histogram_of(*range(0, 10**7, 1009), infinite=3), id="many"),
        ],
    )
    def test_decoding_gives_back_what_was_encoded(self, histogram: Histogram) -> None:
        h = Histogram()
        h.merge_encoded(histogram.encode())
        assert h.encode() == histogram.encode()
        assert (h.count, h.infinite, h.sum, h.min, h.max) == (
            histogram.count,
            histogram.infinite,
            histogram.sum,
            histogram.min,
            histogram.max,
        )

    def test_an_empty_histogram_is_three_bytes(self) -> None:
        assert Histogram().encode() == b"\0\0\0"

    def test_lost_observations_travel(self) -> None:
        sender, h = Histogram(), Histogram()
        sender.add(-1)
        h.merge_encoded(sender.encode())
        assert (h.count, h.lost) == (0, 1)

    # count, infinite, lost, sum (low, high), min, max, then gap and count of each bucket
    @pytest.mark.parametrize(
        "numbers",
        [
            pytest.param([], id="nothing at all"),
            pytest.param([1, 0], id="the head is cut"),
            pytest.param([2**63, 0, 0], id="a count of 64 bits"),
            pytest.param([1, 0, 0, 5], id="the sum is cut"),
            pytest.param([1, 0, 0, 5, 0, 5, 5], id="no buckets"),
            pytest.param([1, 0, 0, 5, 0, 5, 5, 6], id="a bucket without a count"),
            pytest.param([1, 0, 0, 5, 0, 5, 5, 6, 1, 9], id="bytes too many"),
            pytest.param([1, 0, 0, 5, 0, 5, 5, 6, 2], id="more in the bucket than in all"),
            pytest.param([2, 0, 0, 9, 0, 4, 5, 5, 1, 0, 1], id="a gap of zero"),
            pytest.param([2, 0, 0, 9, 0, 4, 5, 5, 0, 1, 2], id="an empty bucket"),
            pytest.param([1, 0, 0, 5, 0, 4, 5, 6, 1], id="the first bucket is not that of min"),
            pytest.param([1, 0, 0, 5, 0, 5, 6, 6, 1], id="the last bucket is not that of max"),
            pytest.param([2, 0, 0, 9, 0, 5, 4, 6, 2], id="min exceeds max"),
            pytest.param([1, 0, 0, 5, 0, 2**21 + 1, 2**21, 12289, 1], id="min exceeds max inside a bucket"),
            pytest.param([1, 0, 0, 5, 0, 5, 2**63, 6, 1], id="a max of 64 bits"),
            pytest.param([1, 0, 0, 5, 0, 5, 5, 2**64 - 1, 1], id="a gap past the last bucket"),
        ],
    )
    def test_garbage_is_refused_and_changes_nothing(self, numbers: list[int]) -> None:
        h = histogram_of(3, 10**6, infinite=1)
        before = h.encode()
        with pytest.raises(ValueError, match=r"histogram|delta"):
            h.merge_encoded(encode_varints(numbers))
        assert h.encode() == before

    def test_every_truncation_is_refused(self) -> None:
        encoded = histogram_of(*range(0, 10**6, 10_007), infinite=1).encode()
        for size in range(len(encoded)):
            with pytest.raises(ValueError, match=r"histogram|delta"):
                Histogram().merge_encoded(encoded[:size])

    def test_a_count_past_63_bits_is_refused_and_changes_nothing(self) -> None:
        h = Histogram()
        h.add(5, LARGEST)
        with pytest.raises(OverflowError):
            h.merge_encoded(histogram_of(6).encode())
        assert (h.count, h.max) == (LARGEST, 5)


def test_equal_observations_give_equal_bytes_in_any_order() -> None:
    orders = itertools.permutations((5, 10**6, 10**6 + 1, 10**15))
    assert len({histogram_of(*order).encode() for order in orders}) == 1


def test_the_class_cannot_be_subclassed() -> None:
    with pytest.raises(TypeError):
        type("Sub", (Histogram,), {})
