"""What must not matter to a movement: how it was sampled, stored, cut, worn and clocked. Signals are known in closed form."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import MIDNIGHT
from tests.transforms.movements.test_detection import HEADER, UNCHANGED
from transforms.epochs.calibration import Calibration
from transforms.movements import classify_movements, detect_in_windows, signals, windows
from transforms.movements.clocks import align_clocks, shift_clocks
from transforms.parameters import DEFAULT
from transforms.parameters.movements import ANKLE_2026, SHARED_TURNS_2026
from transforms.schema import (
    CANDIDATE,
    CANDIDATE_WINDOW,
    INSTANT,
    NIGHT,
    NONWEAR_INTERVAL,
    SEGMENT,
    WAKE_EPISODE,
    empty,
)

DURATION_S = 900.0
NOISE_G = 0.002
SCALE_G = 1 / 4096

ONSETS_S = (60.0, 150.37, 240.111, 330.5, 420.25, 540.9, 600.0, 625.0, 650.0, 675.0, 800.0)
"""Onsets of what ``acceleration`` makes; some between the samples of every rate."""


def acceleration(times):
    """Leg movements, a jerk, a turn and a periodic series at any instants [3, n], in g."""
    turn = np.clip((times - ONSETS_S[4]) / 2.0, 0, 1)
    angle = np.radians(70.0) * (1 - np.cos(np.pi * turn)) / 2
    values = np.stack((np.zeros_like(times), np.sin(angle), np.cos(angle)))
    for onset_s, duration_s, size_g, hz in (
        (ONSETS_S[0], 2.0, 0.30, 2.5),
        (ONSETS_S[1], 1.2, 0.10, 3.0),
        (ONSETS_S[2], 0.25, 0.60, 5.0),
        (ONSETS_S[3], 5.0, 0.15, 2.0),
        (ONSETS_S[5], 0.8, 0.50, 3.5),
        *((onset, 1.5, 0.20, 3.0) for onset in ONSETS_S[6:10]),
        (ONSETS_S[10], 3.0, 0.08, 2.5),
    ):
        inside = (times >= onset_s) & (times < onset_s + duration_s)
        wave = size_g * np.sin(2 * np.pi * hz * (times - onset_s))
        values[0] += np.where(inside, wave, 0)
        values[1] += np.where(inside, 0.6 * wave, 0)
    return values


def noise(count, seed=5):
    return np.random.default_rng(seed).normal(0, NOISE_G, (3, count))


def recorded(rate_hz=50.0, start_s=0.0, change=None, times=None):
    """Instants [s] and noisy axes [3, n] of a recording; ``change`` is what else happened to its values."""
    if times is None:
        times = start_s + np.arange(round(DURATION_S * rate_hz)) / rate_hz
    values = acceleration(times) + noise(len(times))
    return times, values if change is None else change(values)


def instants(times):
    first = int(pl.Series([MIDNIGHT], dtype=INSTANT).to_physical()[0])
    return pl.Series("sampled_at", first + np.rint(times * 1e6).astype(np.int64)).cast(INSTANT)


def samples(times, values, as_counts=False):
    if as_counts:
        columns = {
            f"{axis}_count": np.rint(v / SCALE_G).astype(np.int16)
            for axis, v in zip("xyz", values, strict=True)
        }
    else:
        columns = {f"{axis}_g": v.astype(np.float32) for axis, v in zip("xyz", values, strict=True)}
    return pl.DataFrame({"sampled_at": instants(times), **columns})


def segments(times, rate_hz):
    """Split wherever the step is longer than one and a half periods, as the readers do."""
    first = np.concatenate(([0], np.flatnonzero(np.diff(times) > 1.5 / rate_hz) + 1))
    count = np.diff(first, append=len(times))
    at = instants(times)
    rows = [
        (
            number,
            int(row),
            int(n),
            at[int(row)],
            at[int(row + n - 1)] + timedelta(seconds=1 / rate_hz),
            rate_hz,
        )
        for number, (row, n) in enumerate(zip(first, count, strict=True))
    ]
    return pl.DataFrame(rows, schema=SEGMENT, orient="row")


def found(times, values, rate_hz=50.0, as_counts=False, calibration=UNCHANGED):
    header = replace(HEADER, sampling_rate_hz=rate_hz)
    if as_counts:
        header = replace(header, scale_g_per_count=(SCALE_G,) * 3, offset_g=(0.0,) * 3)
    span = [(date(2026, 3, 2), MIDNIGHT - timedelta(hours=1), MIDNIGHT + timedelta(hours=1))]
    return detect_in_windows(
        samples(times, values, as_counts).lazy(),
        segments(times, rate_hz),
        pl.DataFrame(span, schema=CANDIDATE_WINDOW, orient="row"),
        header,
        calibration,
        ANKLE_2026,
    )


def onsets(candidates, name="onset_at"):
    return (candidates[name] - MIDNIGHT).dt.total_microseconds().to_numpy() / 1e6


WANTED = found(*recorded())


def same(candidates, wanted=WANTED, samples=2, end_samples=2, rate_hz=50.0):
    """The same candidates, to two samples."""
    assert candidates.height == wanted.height
    for name, count in (("onset_at", samples), ("offset_at", end_samples)):
        assert onsets(candidates, name) == pytest.approx(
            onsets(wanted, name), abs=(count + 0.01) / rate_hz
        ), name
    assert candidates["tilt_deg"].to_numpy() == pytest.approx(wanted["tilt_deg"].to_numpy(), abs=1.0)


def test_the_reference_finds_every_movement_where_it_is():
    assert onsets(WANTED) == pytest.approx(ONSETS_S, abs=0.15)


def test_a_sensor_worn_upside_down_sees_the_same():
    same(found(*recorded(change=lambda values: -values)))
    same(found(*recorded(change=lambda values: values * np.array([[1], [-1], [-1]]))))


def test_swapped_axes_see_the_same():
    same(found(*recorded(change=lambda values: values[[2, 0, 1]])))


@pytest.mark.parametrize("shift", [0.25, 0.5, 0.9])
def test_where_between_two_samples_a_recording_begins_does_not_matter(shift):
    """Onsets to two samples; a movement fades out, so its end to three."""
    same(found(*recorded(start_s=shift / 50.0)), end_samples=3)


@pytest.mark.parametrize("rate_hz", [25.0, 62.5, 100.0, 200.0])
def test_the_rate_does_not_matter(rate_hz):
    """Within two samples of the slower of the two."""
    same(found(*recorded(rate_hz), rate_hz), rate_hz=min(rate_hz, 50.0))


def test_at_twenty_hertz_nothing_that_lasts_is_lost():
    """Of the brief jerk two samples remain or none: it may be lost, what lasts may not."""
    slow, brief = found(*recorded(20.0), 20.0), ONSETS_S[2]
    lasting, wanted = (
        [onset for onset in onsets(candidates) if abs(onset - brief) > 1] for candidates in (slow, WANTED)
    )
    assert lasting == pytest.approx(wanted, abs=2.05 / 20)


def test_samples_stored_as_counts_are_the_same_movements():
    same(found(*recorded(), as_counts=True), samples=1, end_samples=1)


def test_a_sensor_that_is_out_of_true_is_set_right_by_its_calibration():
    gains, offsets = np.array([[1.03], [0.97], [1.02]]), np.array([[0.05], [-0.04], [0.03]])
    right = Calibration(
        **(
            vars(UNCHANGED)
            | {"gains": tuple(gains.ravel()), "offsets_g": tuple(offsets.ravel()), "is_calibrated": True}
        )
    )
    same(
        found(*recorded(change=lambda values: (values - offsets) / gains), calibration=right),
        samples=1,
        end_samples=1,
    )


@pytest.mark.parametrize("cut_s", [100.0, 300.0, 500.0, 720.0])
def test_a_recording_split_in_two_has_the_same_movements(cut_s):
    """Two device files that follow one another: each is filtered by itself."""
    times, values = recorded()
    before = times < cut_s
    parts = [found(times[part], values[:, part]) for part in (before, ~before)]
    same(pl.concat(parts).sort("onset_at"))


@pytest.mark.parametrize(
    ("first_s", "last_s"), [(90.0, 130.0), (280.0, 281.0), (570.0, 590.0), (700.0, 700.5)]
)
def test_a_gap_changes_nothing_of_what_lies_outside_it(first_s, last_s):
    times, values = recorded()
    kept = (times < first_s) | (times >= last_s)
    same(found(times[kept], values[:, kept]))


def test_a_gap_costs_the_movements_in_it_and_marks_what_it_cuts():
    times, values = recorded()
    kept = (times < 331.5) | (times >= 430.0)  # in the middle of one movement, past the end of the next
    rest = found(times[kept], values[:, kept])
    assert onsets(rest.filter(~pl.col("is_at_edge"))) == pytest.approx(
        [onset for onset in ONSETS_S if onset not in (330.5, 420.25)], abs=0.15
    )
    assert onsets(rest.filter("is_at_edge")) == pytest.approx([330.5], abs=0.15)


@pytest.mark.parametrize("rows", [1000, 4096, 7777])
def test_the_pieces_that_a_stretch_is_worked_on_in_do_not_matter(rows, monkeypatch):
    monkeypatch.setattr(signals, "_BLOCK", rows)
    pieces = found(*recorded())
    exact = [name for name, kind in CANDIDATE.items() if not kind.is_float()]
    assert pieces.select(exact).equals(WANTED.select(exact))
    floats = [name for name, kind in CANDIDATE.items() if kind.is_float()]
    assert pieces.select(floats).to_numpy() == pytest.approx(
        WANTED.select(floats).to_numpy(), rel=1e-5, nan_ok=True
    )


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_how_many_windows_are_worked_on_at_a_time_does_not_matter(at_a_time, monkeypatch):
    times, values = recorded()
    kept = (times % 200 > 5) | (times < 5)  # five segments
    parts = times[kept], values[:, kept]
    wanted = found(*parts)
    monkeypatch.setattr(windows, "_AT_A_TIME", at_a_time)
    assert wanted.height > 5
    assert found(*parts).equals(wanted)


def test_a_sensor_that_samples_unevenly_has_its_own_instants():
    """The sensor's rate is two in a thousand off; instants come from the samples, not from the nominal rate."""
    times = np.arange(round(DURATION_S * 50.1)) / 50.1
    late = found(*recorded(times=times), rate_hz=50.0)
    same(late)


@pytest.mark.parametrize(("offset_s", "drift_s_per_h"), [(0.8, 0.0), (-2.5, 0.05), (4.0, -0.2), (-6.0, 0.4)])
def test_offset_and_drift_of_a_second_sensor_are_recovered(offset_s, drift_s_per_h):
    """Eight hours of turns that both legs see, the right one by another clock and 60 ms of its own."""
    rng = np.random.default_rng(9)
    true_s = np.sort(rng.uniform(0, 8 * 3600, 40))
    own_s = true_s - offset_s - drift_s_per_h * true_s / 3600 + rng.normal(0, 0.06, 40)
    late_s = np.arange(
        7 * 3600, 8 * 3600, 60.0
    )  # movements of the right leg alone, which the left knows nothing of
    rows = pl.concat(
        [
            turns(true_s, "L", "left_ankle"),
            turns(own_s, "R", "right_ankle"),
            turns(late_s, "R", "right_ankle").with_columns(pl.lit(0.0).alias("tilt_deg")),
        ]
    )
    alignment = align_clocks(rows, SHARED_TURNS_2026)
    row = alignment.row(0, named=True)
    assert row["is_applied"]
    assert row["shared_movement_count"] >= 38
    assert row["drift_s_per_h"] == pytest.approx(drift_s_per_h, abs=0.02)
    shifted = shift_clocks(rows, alignment).filter(pl.col("tilt_deg") > 0).sort("onset_at")
    left, right = (onsets(shifted.filter(recording_id=name)) for name in ("L", "R"))
    assert np.median(left - right) == pytest.approx(0, abs=0.03)
    assert np.abs(left - right).max() < 0.3


def turns(seconds, recording_id, site):
    """The turn of the reference at these instants, seen by a sensor."""
    turn = WANTED.filter(pl.col("tilt_deg") > 50).head(1)
    at = MIDNIGHT + pl.Series((seconds * 1e6).round().astype(np.int64)).cast(pl.Duration("us"))
    return pl.concat([turn] * len(seconds)).with_columns(
        at.cast(INSTANT).alias("onset_at"),
        pl.lit(recording_id).alias("recording_id"),
        pl.lit(site).cast(CANDIDATE["body_site"]).alias("body_site"),
        pl.lit(date(2026, 3, 2)).alias("night_date"),
        pl.lit(4.0).alias("duration_s"),
    )


def test_kinds_do_not_depend_on_how_the_sensor_was_worn():
    nights = pl.DataFrame(
        [{"night_date": date(2026, 3, 2), "lights_off_at": MIDNIGHT, "sleep_onset_at": MIDNIGHT + timedelta(minutes=3),
          "sleep_end_at": MIDNIGHT + timedelta(minutes=14), "lights_on_at": MIDNIGHT + timedelta(minutes=15)}],
    ).with_columns(pl.exclude("night_date").cast(INSTANT))  # fmt: skip
    whole = pl.concat([empty(NIGHT), nights], how="diagonal")

    def kinds(candidates):
        made = classify_movements(candidates, whole, empty(WAKE_EPISODE), empty(NONWEAR_INTERVAL), DEFAULT)
        return made.events["kind"].to_list()

    wanted = kinds(WANTED)
    assert {"leg_movement", "gross_movement"} <= set(wanted)
    for change in (lambda values: -values, lambda values: values[[1, 2, 0]]):
        assert kinds(found(*recorded(change=change))) == wanted
    assert kinds(found(*recorded(100.0), 100.0)) == wanted
