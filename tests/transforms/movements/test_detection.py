"""Candidates in signals whose movements are known to the sample."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.transforms.movements.candidate_rows import MIDNIGHT, at
from transforms.epochs.calibration import Calibration
from transforms.movements.detection import detect_candidates
from transforms.movements.windows import detect_in_windows
from transforms.parameters import DEFAULT
from transforms.parameters.movements import ANKLE_2026
from transforms.recording import RecordingHeader
from transforms.schema import CANDIDATE_WINDOW, INSTANT, SEGMENT

RATE_HZ = 50.0
HEADER = RecordingHeader(
    recording_id="L",
    participant_id="P1",
    body_site="left_ankle",
    time_zone="Europe/Berlin",
    sampling_rate_hz=RATE_HZ,
)
SAMPLE_S = 1 / RATE_HZ
UNCHANGED = Calibration(
    gains=(1.0, 1.0, 1.0),
    offsets_g=(0.0, 0.0, 0.0),
    temperature_slopes_g_per_c=(0.0, 0.0, 0.0),
    temperature_mean_c=float("nan"),
    error_before_mg=0.0,
    error_after_mg=0.0,
    still_window_count=0,
    gravity_median_g=1.0,
    gravity_after_g=1.0,
    is_calibrated=False,
    outcome="given",
)


def still(duration_s=300.0, noise_g=0.002, seed=3):
    """A resting sensor with gravity along z and white noise [3, n]."""
    noise = np.random.default_rng(seed).normal(0, noise_g, (3, round(duration_s * RATE_HZ)))
    return noise + np.array([[0.0], [0.0], [1.0]])


def shaken(signal, onset_s, duration_s, size_g=0.3, hz=3.0):
    """Add an oscillation along x from ``onset_s`` that begins and ends within a sample."""
    signal = signal.copy()
    first, end = round(onset_s * RATE_HZ), round((onset_s + duration_s) * RATE_HZ)
    signal[0, first:end] += size_g * np.cos(2 * np.pi * hz * np.arange(end - first) / RATE_HZ)
    return signal


def turned(signal, onset_s, duration_s, degrees=60.0):
    """Turn the sensor around x, smoothly, and leave it there."""
    times = np.arange(signal.shape[1]) / RATE_HZ
    done = np.clip((times - onset_s) / duration_s, 0, 1)
    angle = np.radians(degrees) * (1 - np.cos(np.pi * done)) / 2
    result = signal.copy()
    result[1] += np.sin(angle)
    result[2] += np.cos(angle) - 1
    return result


def frame(signal, start_us=0):
    step = round(1e6 / RATE_HZ)
    epoch = pl.Series([MIDNIGHT], dtype=INSTANT).to_physical()[0]
    instants = epoch + start_us + step * np.arange(signal.shape[1])
    axes = dict(zip(("x_g", "y_g", "z_g"), signal.astype(np.float32), strict=True))
    return pl.DataFrame({"sampled_at": instants, **axes}).with_columns(pl.col("sampled_at").cast(INSTANT))


def detected(signal, first_row=0, start_us=0, calibration=UNCHANGED, core_us=None):
    return detect_candidates(
        frame(signal, start_us), first_row, RATE_HZ, HEADER, calibration, ANKLE_2026, core_us
    )


def seconds(candidates, name="onset_at"):
    return (candidates[name] - MIDNIGHT).dt.total_microseconds().to_numpy() / 1e6


def only(signal):
    found = detected(signal)
    assert found.height == 1, found
    return found.row(0, named=True)


@pytest.mark.parametrize("noise_g", [0.0005, 0.002, 0.004])
def test_a_still_sensor_moves_never(noise_g):
    assert detected(still(noise_g=noise_g)).height == 0


def test_a_signal_without_any_noise_moves_never():
    assert detected(still(noise_g=0.0)).height == 0


@pytest.mark.parametrize("duration_s", [0.6, 1.0, 2.5, 8.0, 14.0])
def test_a_leg_movement_is_found_where_it_is(duration_s):
    """Onset within 0.1 s; a movement above 10 s is kept whole."""
    row = only(shaken(still(), 100.0, duration_s))
    assert (row["onset_at"] - at(100.0)).total_seconds() == pytest.approx(0, abs=0.1)
    assert row["duration_s"] == pytest.approx(duration_s, abs=0.2)
    assert row["onset_row"] == pytest.approx(100.0 * RATE_HZ, abs=0.1 * RATE_HZ)
    assert row["tilt_deg"] < 2
    assert row["morphology_frac"] == 1.0
    assert not row["is_at_edge"]
    assert at(100.0 - 0.1) <= row["peak_at"] <= at(100.0 + duration_s + 0.1)


def test_a_brief_jerk_is_found_and_is_brief():
    """0.15 s is too short for the 0.5 s envelope's leg movement, and must not be lost."""
    row = only(shaken(still(), 100.0, 0.15, size_g=0.8, hz=6.0))
    assert (row["onset_at"] - at(100.0)).total_seconds() == pytest.approx(0, abs=0.1)
    assert row["active_s"] <= DEFAULT.kinds.max_brief_active_s
    assert row["duration_s"] <= DEFAULT.kinds.max_brief_span_s


@pytest.mark.parametrize("duration_s", [0.5, 1.5, 3.0])
def test_a_turn_keeps_its_tilt(duration_s):
    """A smooth, slow turn shakes nothing: its tilt alone must tell of it."""
    row = only(turned(still(), 100.0, duration_s, degrees=60.0))
    assert row["tilt_deg"] == pytest.approx(60, abs=3)
    assert row["tilt_deg"] > DEFAULT.kinds.gross_tilt_deg


def test_posture_before_a_turn_is_that_before():
    row = only(turned(still(), 100.0, 1.5))
    before = [row[f"gravity_{axis}_g"] for axis in "xyz"]
    assert before == pytest.approx([0, 0, 1], abs=0.05)  # gravity's own low-pass sees the turn coming


@pytest.mark.parametrize(("rest_s", "count"), [(0.2, 1), (0.35, 1), (0.75, 2), (2.0, 2)])
def test_half_a_second_of_rest_ends_a_movement(rest_s, count):
    """WASM's offset rule; a tenth of a second either way is the filter's."""
    signal = shaken(shaken(still(), 100.0, 1.5), 101.5 + rest_s, 1.5)
    assert detected(signal).height == count


def test_a_limb_held_away_is_one_movement():
    """Lift, hold for two seconds, let go: posture says that it is one, not two."""
    lifted = turned(turned(still(), 100.0, 0.6, 12.0), 102.6, 0.6, -12.0)
    row = only(lifted)
    assert row["duration_s"] == pytest.approx(3.2, abs=0.5)


def test_hysteresis_keeps_the_weak_tail_of_a_strong_movement():
    """What is below the threshold of onset belongs to a movement that exceeds it, and is none alone."""
    faint = ANKLE_2026.on_min_g * 0.7
    assert detected(shaken(still(), 100.0, 3.0, size_g=faint)).height == 0
    row = only(shaken(shaken(still(), 100.0, 1.0), 101.0, 3.0, size_g=faint))
    assert row["duration_s"] == pytest.approx(4.0, abs=0.3)


def test_a_series_does_not_raise_its_own_threshold():
    """Periodic movements of 4 s every 25 s: the last is found like the first."""
    signal = still(420.0)
    onsets = 30.0 + 25.0 * np.arange(15)
    for onset_s in onsets:
        signal = shaken(signal, onset_s, 4.0, size_g=0.06)
    assert seconds(detected(signal)) == pytest.approx(onsets, abs=0.1)


def test_a_movement_at_the_end_of_the_signal_may_be_cut():
    found = detected(shaken(shaken(still(), 100.0, 2.0), 298.5, 1.5))
    assert found["is_at_edge"].to_list() == [False, True]


def test_too_little_signal_has_no_candidates():
    short_s = ANKLE_2026.min_segment_s - 0.1
    assert detected(shaken(still(short_s), 2.0, 1.0)).height == 0


def test_calibration_is_applied():
    """Half the gain is half the movement."""
    signal = shaken(still(), 100.0, 2.0)
    half = detected(signal, calibration=Calibration(**(vars(UNCHANGED) | {"gains": (0.5, 0.5, 0.5)}))).row(
        0, named=True
    )
    assert half["peak_g"] == pytest.approx(only(signal)["peak_g"] / 2, rel=0.01)


def test_only_what_begins_in_the_core_is_returned():
    signal = shaken(shaken(shaken(still(), 100.0, 2.0), 150.0, 2.0), 200.0, 2.0)
    midnight_us = int(pl.Series([MIDNIGHT], dtype=INSTANT).to_physical()[0])
    core = (midnight_us + 140_000_000, midnight_us + 199_000_000)
    assert seconds(detected(signal, core_us=core)) == pytest.approx([150.0], abs=0.1)


def busy():
    signal = shaken(still(), 60.0, 2.0)
    signal = shaken(signal, 110.0, 0.2, size_g=0.8, hz=6.0)
    return shaken(turned(signal, 160.0, 1.5), 220.0, 5.0, size_g=0.1)


def similar(found, wanted, shift_s=0.0):
    """Same candidates to two samples."""
    assert found.height == wanted.height
    for name in ("onset_at", "offset_at"):
        assert seconds(found, name) == pytest.approx(seconds(wanted, name) + shift_s, abs=2.01 * SAMPLE_S)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_how_the_sensor_is_turned_does_not_matter(seed):
    rotation = Rotation.random(random_state=seed).as_matrix()
    wanted, found = detected(busy()), detected(rotation @ busy())
    similar(found, wanted)
    for name in ("peak_g", "tilt_deg", "envelope_peak_g"):
        assert found[name].to_numpy() == pytest.approx(wanted[name].to_numpy(), rel=0.02, abs=0.05)


@settings(max_examples=10, deadline=None)
@given(st.integers(-86_400_000_000, 86_400_000_000))
def test_a_later_clock_gives_later_instants_and_nothing_else(shift_us):
    wanted, found = detected(busy()), detected(busy(), start_us=shift_us)
    instants = [name for name, kind in found.schema.items() if kind == INSTANT]
    moved = wanted.with_columns(pl.col(instants) + pl.duration(microseconds=shift_us))
    assert found.equals(moved)


def test_rows_count_from_the_first_row_of_the_slice():
    wanted, found = detected(busy()), detected(busy(), first_row=1234)
    assert (found["onset_row"] - wanted["onset_row"]).unique().to_list() == [1234]


@settings(max_examples=6, deadline=None)
@given(cut_s=st.floats(330.0, 400.0))
def test_where_the_signal_is_sliced_does_not_matter(cut_s):
    """Two windows that meet between movements, each with its margin, find what one window finds."""
    signal = still(720.0)
    onsets = [20.0, 150.0, 300.0, 310.0, 420.0, 600.0, 690.0]
    for onset_s in onsets:
        signal = shaken(signal, onset_s, 3.0)
    segments = pl.DataFrame([(0, 0, signal.shape[1], at(0), at(720), RATE_HZ)], schema=SEGMENT, orient="row")

    def in_windows(*windows):
        rows = [(MIDNIGHT.date(), at(a), at(b)) for a, b in windows]
        spans = pl.DataFrame(rows, schema=CANDIDATE_WINDOW, orient="row")
        return detect_in_windows(frame(signal).lazy(), segments, spans, HEADER, UNCHANGED, ANKLE_2026)

    whole, cut = in_windows((0, 720)), in_windows((0, cut_s), (cut_s, 720))
    assert seconds(whole) == pytest.approx(onsets, abs=0.1)
    similar(cut, whole)
    assert np.abs((cut["onset_row"] - whole["onset_row"]).to_numpy()).max() <= 2
