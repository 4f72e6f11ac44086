"""Whatever order pieces of a file stand in, and however often, each is read once and at its own time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

COUNT = 24


def orders(number: int = COUNT):
    """Permutations of pieces, then some of them again at any place."""
    again = st.lists(st.tuples(st.integers(0, number - 1), st.integers(0, number)), max_size=5)
    return st.tuples(st.permutations(range(number)), again)


def in_order(pieces: list, order) -> list:
    permutation, again = order
    placed = [pieces[index] for index in permutation]
    for index, place in again:
        placed.insert(min(place, len(placed)), pieces[index])
    return placed


@pytest.fixture(scope="module")
def files(cwa, gt3x, gen):
    """For each format: a function that puts pieces together, the pieces, and their samples."""
    blocks, cwa_counts = cwa.packed_blocks(COUNT)
    records, gt3x_counts = gt3x.seconds(COUNT)
    pages, gen_counts = gen.pages(COUNT)
    return {
        "x.cwa": (lambda parts: cwa.header() + b"".join(parts), blocks, cwa_counts),
        "x.gt3x": (lambda parts: gt3x.gt3x(b"".join(parts)), records, gt3x_counts),
        "x.bin": (lambda parts: gen.header(pages=COUNT) + b"".join(parts), pages, gen_counts),
    }


def table_rows(count: int, rate: int = 50, start: str = "2024-03-04T09:00:00"):
    values = np.random.default_rng(5).normal(0, 0.02, (count, 3)) + np.array([0.6, 0.0, 0.8])
    stamps = np.datetime64(start, "ms") + np.arange(count) * np.timedelta64(1000 // rate, "ms")
    rows = [
        f"{str(stamp).replace('T', ' ')},{x:.4f},{y:.4f},{z:.4f}"
        for stamp, (x, y, z) in zip(stamps, values.tolist(), strict=True)
    ]
    return rows, np.round(values, 4)


@pytest.mark.parametrize("name", ["x.cwa", "x.gt3x", "x.bin"])
@given(order=orders())
def test_any_order_of_blocks(name, files, read, order):
    together, pieces, counts = files[name]
    expected = read(together(pieces), name)
    found = read(together(in_order(pieces, order)), name)
    np.testing.assert_array_equal(expected.counts, counts)
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_array_equal(found.times_us, expected.times_us)
    again = sum(fault.block_count for fault in found.faults if fault.cause == "repeated_block")
    assert again == len(order[1])


@given(order=orders(8))
def test_any_order_of_stretches_of_stamped_rows(read, order):
    rows, values = table_rows(800)
    stretches = ["\n".join(rows[at : at + 100]) for at in range(0, 800, 100)]
    content = "time,x (g),y (g),z (g)\n" + "\n".join(in_order(stretches, order)) + "\n"
    found = read(content.encode(), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, values, atol=1e-6)
    assert (np.diff(found.times_us) == 20_000).all()
    assert sum(fault.block_count for fault in found.faults) == 100 * len(order[1])


def test_a_repeated_second_moves_nothing(gt3x, read, device_cases):
    content = (device_cases / "repeated_second.gt3x").read_bytes()
    found = read(content, "repeated_second.gt3x")
    assert len(found.counts) == 120 * 50
    assert (found.times_us[-1] - found.times_us[0]) / 1e6 == pytest.approx(120 - 1 / 50, abs=1e-3)
    assert found.segments == [(0, 6000)]
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("repeated_block", 6)]


def test_two_seconds_of_one_name_with_other_content_are_both_kept(gt3x, read):
    records, counts = gt3x.seconds(20)
    other, more = gt3x.seconds(1, start_s=gt3x.START_S + 9, seed=7)
    found = read(gt3x.gt3x(b"".join([*records[:10], *other, *records[10:]])), "x.gt3x")
    np.testing.assert_array_equal(found.counts, np.concatenate((counts[:300], more, counts[300:])))


def test_a_clock_that_was_set_back_is_no_disorder(read):
    rows, values = table_rows(1000)
    later, more = table_rows(1000, start="2024-03-04T08:59:50")
    content = "time,x (g),y (g),z (g)\n" + "\n".join(rows + later) + "\n"
    found = read(content.encode(), "x.csv")
    np.testing.assert_allclose(found.acceleration_g, np.concatenate((values, more)), atol=1e-6)
    assert found.causes() == ["clock_backwards"]


def test_a_block_from_far_away_is_left_out(gt3x, read):
    records, counts = gt3x.seconds(60)
    stray = gt3x.seconds(1, start_s=gt3x.START_S - 5000, seed=3)[0]
    found = read(gt3x.gt3x(b"".join([*records[:30], *stray, *records[30:]])), "x.gt3x")
    np.testing.assert_array_equal(found.counts, counts)
    assert [(fault.cause, fault.block_count) for fault in found.faults] == [("misplaced_block", 1)]
