"""Gaps that were filled with zeros or with one value are no samples, in every format; what repeats by chance stays."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.parameters.reading import LENIENT_READING
from transforms.readers.measured import MeasuredReader, _runs
from transforms.recording import Chunk, DeviceHeader

RATE_HZ = 50


class Given:
    """A reader that gives prepared chunks."""

    def __init__(self, values: np.ndarray, cuts=(), scale=1 / 256, file_format="axivity_cwa") -> None:
        self.header = DeviceHeader(
            file_format=file_format,
            device_model="test",
            sampling_rate_hz=RATE_HZ,
            scale_g_per_count=None if scale is None else (scale,) * 3,
        )
        self.companions = []
        self.faults = []
        self._values = values
        self._edges = [0, *sorted({cut % (len(values) + 1) for cut in cuts}), len(values)]

    def chunks(self):
        times_us = 1_700_000_000_000_000 + np.arange(len(self._values)) * 20_000
        for start, end in pairwise(self._edges):
            part = self._values[start:end]
            is_counts = self.header.scale_g_per_count is not None
            yield Chunk(
                segment_index=0,
                sampling_rate_hz=RATE_HZ,
                times_us=times_us[start:end],
                counts=part.astype(np.int16) if is_counts else None,
                acceleration_g=None if is_counts else part.astype(np.float32),
            )


def noise(count: int, sd: float = 1.0) -> np.ndarray:
    return np.rint(np.random.default_rng(2).normal(0, sd, (count, 3)) + np.array([150, 0, 200]))


def measured(reader: Given):
    wrapped = MeasuredReader(reader, LENIENT_READING)
    chunks = list(wrapped.chunks())
    times_us = np.concatenate([chunk.times_us for chunk in chunks]) if chunks else np.empty(0, np.int64)
    return chunks, times_us, wrapped.faults


@given(
    start=st.integers(0, 2500),
    length=st.integers(0, 1500),
    is_zero=st.booleans(),
    cuts=st.lists(st.integers(0, 3000), max_size=4),
    is_table=st.booleans(),
)
def test_fill_of_any_length_at_any_place(start, length, is_zero, cuts, is_table):
    values = noise(3000)
    end = min(start + length, 3000)
    values[start:end] = 0 if is_zero else values[start]
    if is_table:
        values = values / 256
    chunks, times_us, faults = measured(Given(values, cuts, scale=None if is_table else 1 / 256))
    kept = np.ones(3000, bool)
    is_long = end - start >= RATE_HZ
    # near the limit, and where a chunk cuts a run, some of it may pass
    is_sure = end - start >= 2.5 * RATE_HZ
    if is_long:
        kept[start if is_zero else start + 1 : end] = False
    found = np.zeros(3000, bool)
    found[(times_us - 1_700_000_000_000_000) // 20_000] = True
    if is_sure:
        assert np.flatnonzero(found != kept).size <= RATE_HZ
        assert {fault.cause for fault in faults} <= {"zero_signal", "repeated_signal"}
        assert sum(fault.sample_count for fault in faults) == int((~found).sum())
    if end - start < RATE_HZ - 2:
        assert found.all()
        assert faults == []
    assert np.diff(times_us).min() > 0
    for before, after in pairwise(chunks):
        is_joined = after.times_us[0] - before.times_us[-1] == 20_000
        assert (before.segment_index == after.segment_index) == is_joined


def test_without_cuts_the_run_is_exact():
    values = noise(3000)
    values[1000:1200] = values[1000]
    chunks, _, (fault,) = measured(Given(values))
    assert [len(chunk) for chunk in chunks] == [1001, 1800]
    assert (fault.sample_count, fault.ended_us - fault.started_us) == (199, 199 * 20_000)


def test_a_coarse_sensor_at_rest_repeats_itself():
    values = np.tile([30.0, 0.0, 50.0], (3000, 1))
    values[::400] += 1
    _, times_us, faults = measured(Given(values, scale=1 / 64))
    assert len(times_us) == 3000
    assert faults == []


def test_a_signal_without_noise_is_not_a_repetition():
    values = np.repeat(noise(6), 500, axis=0)
    assert len(measured(Given(values))[1]) == 3000


@pytest.mark.parametrize(
    ("file_format", "cause"), [("actilife_csv", "idle_sleep"), ("omgui_wav", "gap"), ("csv", "zero_signal")]
)
def test_what_a_format_is_known_to_fill_has_its_name(file_format, cause):
    values = noise(3000) / 256
    values[1000:1100] = 0
    assert [f.cause for f in measured(Given(values, scale=None, file_format=file_format))[2]] == [cause]


def test_runs_are_those_that_a_slow_look_at_every_sample_finds():
    """The quick look skips from point to point, and leaves out pairs that are alike by chance."""

    def slowly(values: np.ndarray, start: int, least: int) -> list[tuple[int, int]]:
        found, first = [], start
        while first < len(values):
            end = first + 1
            while end < len(values) and (values[end] == values[first]).all():
                end += 1
            if end - first >= least:
                found.append((first, end))
            first = end
        return found

    rng = np.random.default_rng(4)
    for _ in range(300):
        count = int(rng.integers(1, 300))
        values = rng.integers(0, int(rng.integers(1, 4)), (count, 3))
        for _ in range(int(rng.integers(0, 4))):
            at = int(rng.integers(0, count))
            values[at : at + int(rng.integers(1, 80))] = values[at]
        start, least = int(rng.integers(0, max(count // 3, 1))), int(rng.integers(2, 40))
        assert _runs(values, start, least) == slowly(values, start, least)
