"""The filter by spectra gives what scipy's recursive filter gives, and the same movements to the sample."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.signal import butter, sosfiltfilt

from tests.transforms.movements.test_detection import HEADER, UNCHANGED
from tests.transforms.movements.test_robustness import recorded, samples
from transforms.movements import signals, zero_phase
from transforms.movements.detection import detect_candidates
from transforms.parameters.movements import ANKLE_2026

FILTERS = (
    butter(2, (0.5, 8), "bandpass", fs=50, output="sos"),
    butter(2, 1, "highpass", fs=50, output="sos"),
)


def slow(values, filters):
    """Each row forwards and backwards by scipy, in double precision."""
    return [np.stack([sosfiltfilt(one, row.astype(float)) for row in values]) for one in filters]


@settings(max_examples=30, deadline=None)
@given(count=st.integers(20, 40_000), step_at=st.floats(0, 1), seed=st.integers(0, 1000))
def test_it_is_scipys_filter_for_any_length_and_wherever_a_step_lies(count, step_at, seed):
    rng = np.random.default_rng(seed)
    values = (0.003 * rng.standard_normal((3, count))).astype(np.float32)
    values[:, int(step_at * count) :] += np.float32([[0.7], [-0.2], [0.01]])
    for fast, true in zip(zero_phase.zero_phase(values, FILTERS), slow(values, FILTERS), strict=True):
        np.testing.assert_allclose(fast, true, atol=2e-5)


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_nothing_is_left_out_where_blocks_meet(blocks, offset):
    memory = max(zero_phase._memory(np.float32(one)) for one in FILTERS)
    count = zero_phase._BLOCK + (blocks - 1) * (zero_phase._BLOCK - 2 * memory) + offset
    values = np.random.default_rng(1).standard_normal((3, count)).astype(np.float32)
    for fast, true in zip(zero_phase.zero_phase(values, FILTERS), slow(values, FILTERS), strict=True):
        np.testing.assert_allclose(fast, true, atol=1e-4)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 100.0])
def test_movements_are_the_same_to_the_sample(rate_hz, monkeypatch):
    times, values = recorded(rate_hz)
    frame = samples(times, values).with_columns(
        pl.Series("sampled_at", np.rint(times * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
    )

    def found():
        return detect_candidates(frame, 0, rate_hz, HEADER, UNCHANGED, ANKLE_2026)

    fast = found()
    monkeypatch.setattr(
        signals, "zero_phase", lambda values, filters: [np.float32(one) for one in slow(values, filters)]
    )
    exact = ["onset_at", "onset_row", "duration_s"]
    assert fast.height > 5
    assert_frame_equal(fast.select(exact), found().select(exact), check_exact=True)
    assert_frame_equal(fast, found(), rel_tol=1e-3, abs_tol=1e-3)
