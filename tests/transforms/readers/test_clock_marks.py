"""Marks become times: even between them, forward always, the same however the file is cut into windows."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.reading import LENIENT_READING
from transforms.readers.clock_marks import ClockFollower, Marks, Timeline, sample_times


def marks_of(mark_us, count=100, rate_hz=100.0, joined=None, lost=None) -> Marks:
    blocks = len(mark_us)
    return Marks(
        mark_us=np.array(mark_us, np.int64),
        sample_count=np.full(blocks, count, np.int64),
        rate_hz=np.full(blocks, rate_hz),
        is_joined=np.ones(blocks, bool) if joined is None else np.array(joined),
        lost_block_count=np.zeros(blocks, np.int64) if lost is None else np.array(lost, np.int64),
    )


def followed(marks: Marks, cuts: list[int]):
    follower = ClockFollower(LENIENT_READING)
    edges = [0, *sorted(cut % (len(marks) + 1) for cut in cuts), len(marks)]
    parts = [
        follower.follow(marks[slice(start, end)], is_last=end == len(marks) and index == len(edges) - 2)
        for index, (start, end) in enumerate(pairwise(edges))
    ]
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("start_us", "step_us", "segment_index")
    ]
    return *joined, follower.faults


def test_a_drifting_clock_is_linear_between_marks():
    start, step, segment, faults = followed(marks_of([0, 1_010_000, 2_019_000, 3_030_000]), [])
    assert start.tolist() == [0, 1_010_000, 2_019_000, 3_030_000]
    assert step.tolist() == [10_100, 10_090, 10_110, 10_110]
    assert segment.tolist() == [0, 0, 0, 0]
    assert faults == []


def test_one_lost_block_is_a_gap():
    _, step, segment, faults = followed(
        marks_of([0, 1_000_000, 3_000_000, 4_000_000], joined=[True, True, False, True]), []
    )
    assert segment.tolist() == [0, 0, 1, 1]
    assert step.tolist() == [10_000] * 4
    assert [(f.cause, f.started_us, f.ended_us, f.sample_count) for f in faults] == [
        ("gap", 2_000_000, 3_000_000, 100)
    ]


jumps = st.sampled_from(
    [0, 0, 0, 0, 0, 0, 0, 700, -700, 3_000, -3_000, 900_000, 5_000_000, -2_000_000, 9 * 10**15 // 7]
)


@given(
    st.lists(st.tuples(jumps, st.booleans()), min_size=1, max_size=90),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_time_never_goes_back_and_windows_do_not_matter(steps, cuts):
    mark_us = np.cumsum([1_000_000 + jump for jump, _ in steps])
    marks = marks_of(mark_us, joined=[joined for _, joined in steps])
    start, step, segment, faults = followed(marks, cuts)
    whole_start, whole_step, whole_segment, whole_faults = followed(marks, [])
    assert len(start) == len(steps)
    assert (np.diff(start) >= np.floor(step[:-1] * 99)).all()
    assert (step > 0).all()
    assert (np.diff(segment) >= 0).all()
    np.testing.assert_array_equal(start, whole_start)
    np.testing.assert_allclose(step, whole_step)
    np.testing.assert_array_equal(segment, whole_segment)
    assert [(f.cause, f.started_us) for f in faults if f.cause != "clock_outlier"] == [
        (f.cause, f.started_us) for f in whole_faults if f.cause != "clock_outlier"
    ]
    timeline = Timeline(start_us=start, step_us=step, segment_index=segment)
    times_us = sample_times(timeline, np.full(len(start), 100))
    assert np.diff(times_us).min() > 0


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.integers(0, 400),
    st.lists(st.sampled_from([10_000.0, 10_007.5, 10_112.254_166, 9_987.1]), min_size=1),
    st.booleans(),
)
def test_sample_times_of_blocks_of_any_length(counts, longest, steps, is_even):
    sample_count = np.full(len(counts) + 1, longest) if is_even else np.array([*counts, longest])
    start_us = np.arange(len(sample_count), dtype=np.int64) * 10_000_000
    step_us = np.resize(steps, len(sample_count))
    timeline = Timeline(
        start_us=start_us, step_us=step_us, segment_index=np.zeros(len(sample_count), np.int64)
    )
    expected = [
        round(start + index * step)
        for start, step, count in zip(start_us.tolist(), step_us.tolist(), sample_count.tolist(), strict=True)
        for index in range(count)
    ]
    assert sample_times(timeline, sample_count).tolist() == expected
