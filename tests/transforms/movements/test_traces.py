"""What of a night is drawn: the envelope and its thresholds strip by strip, and nothing where nothing was measured."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import MIDNIGHT
from tests.transforms.movements.test_detection import HEADER, RATE_HZ, UNCHANGED, frame, shaken, still
from transforms.movements.traces import TRACE, night_trace
from transforms.parameters.movements import ANKLE_2026
from transforms.schema import SEGMENT


def segments(*stretches):
    """Segments of (first row, samples, begin [s])."""
    rows = [
        (number, first, count, MIDNIGHT + timedelta(seconds=begin), MIDNIGHT + timedelta(seconds=begin + count / RATE_HZ), RATE_HZ)
        for number, (first, count, begin) in enumerate(stretches)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SEGMENT, orient="row")


def traced(samples, stretches, first_s=0.0, last_s=600.0, strips=60):
    span = MIDNIGHT + timedelta(seconds=first_s), MIDNIGHT + timedelta(seconds=last_s)
    return night_trace(samples.lazy(), segments(*stretches), HEADER, UNCHANGED, span, strips, ANKLE_2026)


def test_a_movement_stands_in_its_own_strip():
    signal = shaken(still(600.0), 304.0, 2.0)
    found = traced(frame(signal), [(0, signal.shape[1], 0)])
    assert found.schema == TRACE
    assert found["strip"].to_list() == list(range(60))
    assert found.filter(pl.col("high_g") > 0.1)["strip"].to_list() == [30]
    assert (found["low_g"] <= found["high_g"]).all()
    assert found["high_g"].max() == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_the_threshold_is_that_of_the_detection():
    found = traced(frame(still(600.0, noise_g=0.01)), [(0, 30_000, 0)])
    # Normal noise of 10 mg: about twice its median.
    ratio = found["on_g"].to_numpy() / found["floor_g"].to_numpy()
    assert ((ratio >= 0.999 * ANKLE_2026.min_ratio) & (ratio < 2.6)).all()
    quiet = traced(frame(still(600.0, noise_g=0.0005)), [(0, 30_000, 0)])
    assert quiet["on_g"].to_numpy() == pytest.approx(ANKLE_2026.on_min_g)
    assert (found["floor_g"] > 0).all()


def test_gravity_is_the_posture():
    found = traced(frame(still(600.0)), [(0, 30_000, 0)])
    assert found["gravity_z_g"].to_numpy() == pytest.approx(np.ones(60), abs=0.01)
    assert found["gravity_x_g"].to_numpy() == pytest.approx(np.zeros(60), abs=0.01)


def test_a_gap_has_no_strips():
    before, after = frame(still(200.0)), frame(still(300.0, seed=4), start_us=300_000_000)
    found = traced(pl.concat([before, after]), [(0, 10_000, 0), (10_000, 15_000, 300)])
    assert found["strip"].to_list() == [*range(20), *range(30, 60)]


def test_a_night_that_was_not_recorded_has_none():
    found = traced(frame(still(200.0)), [(0, 10_000, 0)], first_s=3600.0, last_s=7200.0)
    assert found.height == 0
    assert found.schema == TRACE


def test_only_the_span_and_its_margin_are_read(monkeypatch):
    rows = []
    read = pl.LazyFrame.slice

    def counted(self, offset, length=None):
        rows.append((offset, length))
        return read(self, offset, length)

    samples = frame(still(3600.0)).lazy()
    monkeypatch.setattr(pl.LazyFrame, "slice", counted)
    span = MIDNIGHT + timedelta(seconds=1800), MIDNIGHT + timedelta(seconds=2400)
    found = night_trace(samples, segments((0, 180_000, 0)), HEADER, UNCHANGED, span, 60, ANKLE_2026)
    assert found.height == 60
    margin = ANKLE_2026.margin_s
    assert rows == [(round((1800 - margin) * RATE_HZ), round((600 + 2 * margin) * RATE_HZ))]
