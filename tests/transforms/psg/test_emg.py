"""The electromyogram detector on synthetic muscle: bursts of known time and amplitude over resting noise."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.parameters.psg import WASM_2016_EMG
from transforms.psg.edf import LegChannel
from transforms.psg.emg import NO_MORPHOLOGY, TOO_SHORT, detect, detect_night
from transforms.psg.marks import Source
from transforms.schema import REJECTED_CANDIDATE, SCORED_EVENT, SIGNAL_BREAK

START = datetime(2026, 3, 1, 21, tzinfo=UTC)
RATE = 256.0
TOLERANCE_S = 0.08  # half the envelope's window and the rise of the filter


def muscle(length_s, bursts=(), rate=RATE, rest_uv=1.0, seed=1):
    """Resting noise of amplitude ``rest_uv`` and bursts (onset, duration, amplitude) of a 60 Hz sine."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(length_s * rate)) / rate
    trace = rng.normal(0.0, rest_uv / np.sqrt(2), time_s.size)
    for onset_s, duration_s, amplitude_uv in bursts:
        inside = (time_s >= onset_s) & (time_s < onset_s + duration_s)
        trace[inside] += amplitude_uv * np.sin(2 * np.pi * 60 * time_s[inside])
    return trace


def rows_s(stretches):
    """Start and end of each row [s] after START."""
    return [
        tuple((at - START) / timedelta(seconds=1) for at in row)
        for row in stretches.select("started_at", "ended_at").rows()
    ]


def found(*bursts, length_s=300.0, rate=RATE, **further):
    told = detect(muscle(length_s, bursts, rate, **further), rate, WASM_2016_EMG)
    return told, [(first / rate, end / rate) for first, end in told.movements.tolist()]


def test_rest_alone_has_no_movements():
    told, movements = found()
    assert movements == []
    assert told.rejected.size == 0
    assert told.unmeasured.size == 0


@pytest.mark.parametrize("rate", [200.0, 256.0, 500.0, 512.0])
def test_onset_and_offset_of_bursts(rate):
    bursts = [(50, 1.0, 40), (100, 3.0, 20), (150.3, 0.7, 100)]
    _, movements = found(*bursts, rate=rate)
    assert len(movements) == 3
    for (onset_s, duration_s, _), (from_s, to_s) in zip(bursts, movements, strict=True):
        assert from_s == pytest.approx(onset_s, abs=TOLERANCE_S)
        assert to_s == pytest.approx(onset_s + duration_s, abs=TOLERANCE_S)


@pytest.mark.parametrize(("amplitude_uv", "count"), [(6.0, 0), (13.0, 1)])
def test_eight_microvolts_above_rest(amplitude_uv, count):
    _, movements = found((100, 3.0, amplitude_uv))
    assert len(movements) == count


def test_what_stays_between_two_and_eight_microvolts_goes_on_but_does_not_start():
    _, movements = found((100, 1.0, 40), (101, 2.0, 6), (200, 2.0, 6))
    assert len(movements) == 1
    assert movements[0][1] == pytest.approx(103, abs=TOLERANCE_S)


@pytest.mark.parametrize(("pause_s", "count"), [(0.35, 1), (0.75, 2)])
def test_half_a_second_of_rest_ends_a_movement(pause_s, count):
    _, movements = found((100, 1.0, 40), (101 + pause_s, 1.0, 40))
    assert len(movements) == count


def test_a_short_burst_is_rejected_with_its_reason():
    told, movements = found((100, 0.2, 40))
    assert movements == []
    assert told.reasons == [TOO_SHORT]
    assert told.rejected[0, 0] / RATE == pytest.approx(100, abs=TOLERANCE_S)


def test_a_train_of_spikes_has_no_body():
    told, movements = found(*((100 + 0.45 * k, 0.02, 100) for k in range(6)))
    assert movements == []
    assert told.reasons == [NO_MORPHOLOGY]


def test_periodic_movements_do_not_raise_the_resting_level():
    bursts = [(20.0 * k, 3.0, 30) for k in range(1, 40)]
    _, movements = found(*bursts, length_s=820)
    assert len(movements) == 39


def test_a_loose_electrode_is_not_measured():
    trace = muscle(900, [(100, 2, 60)])
    trace[round(300 * RATE) : round(600 * RATE)] *= 40
    told = detect(trace, RATE, WASM_2016_EMG)
    assert len(told.movements) >= 1
    assert told.movements[0, 0] / RATE == pytest.approx(100, abs=TOLERANCE_S)
    (from_s, to_s) = told.unmeasured[0] / RATE
    assert from_s == pytest.approx(300, abs=30)
    assert to_s == pytest.approx(600, abs=30)


def test_a_flat_channel_is_not_measured():
    told = detect(np.zeros(round(120 * RATE)), RATE, WASM_2016_EMG)
    assert told.movements.size == 0
    assert told.unmeasured.tolist() == [[0, round(120 * RATE)]]


@pytest.mark.parametrize("size", [0, 1, 5, 100, 256, 257])
def test_very_short_recordings(size):
    assert detect(np.zeros(size), RATE, WASM_2016_EMG).movements.size == 0


def channel(trace, side, label, rate=RATE):
    return LegChannel(label=label, side=side, started_at=START, sampling_rate_hz=rate, amplitude_uv=trace)


def test_a_night_of_two_legs():
    source = Source(
        participant_id="P1", time_zone="Europe/Berlin", scorer="emg_detector", file_name="psg/P1/a.edf"
    )
    left = muscle(900, [(100, 2, 60)])
    right = muscle(900, [(200.5, 1, 60), (250, 0.2, 60)], rate=500.0)
    left[round(300 * RATE) :] = 0.0
    right[(600 * 500) :] = 0.0
    night = detect_night(
        [channel(left, "left", "LAT"), channel(right, "right", "RAT", 500.0)], source, WASM_2016_EMG
    )
    assert night.events.schema == SCORED_EVENT
    assert night.rejected.schema == REJECTED_CANDIDATE
    assert night.breaks.schema == SIGNAL_BREAK
    assert night.events["side"].to_list() == ["left", "right"]
    second = (night.events["onset_at"][1] - START) / timedelta(seconds=1)
    assert second == pytest.approx(200.5, abs=TOLERANCE_S)
    assert night.rejected["recording_id"].to_list() == ["RAT"]
    # the other leg is measured until it falls silent too
    assert night.breaks.height == 1
    (silent,) = rows_s(night.breaks)
    assert silent == (pytest.approx(600, abs=30), 900)
    assert rows_s(night.spans) == [(0, silent[0])]


def test_the_time_between_two_parts_is_a_break_and_a_part_too_short_to_know_its_rest_too():
    source = Source(participant_id="P1", time_zone="UTC", scorer="emg_detector", file_name="psg/P1/a.edf")
    parts = [(0, 300, [(100, 2, 60)]), (400, 50, [(20, 2, 60)]), (500, 200, [(150, 1, 60)])]
    channels = [
        LegChannel(
            label="LAT",
            side="left",
            started_at=START + timedelta(seconds=start_s),
            sampling_rate_hz=RATE,
            amplitude_uv=muscle(length_s, bursts),
        )
        for start_s, length_s, bursts in parts
    ]
    night = detect_night(channels, source, WASM_2016_EMG)
    seconds = [(at - START) / timedelta(seconds=1) for at in night.events["onset_at"]]
    assert seconds == pytest.approx([100, 650], abs=TOLERANCE_S)
    assert rows_s(night.spans) == [(0, 300), (500, 700)]
    assert rows_s(night.breaks) == [(300, 500)]


@pytest.mark.parametrize("rail_uv", [0.0, 500.0, -3200.0])
def test_an_input_at_its_limit_is_not_measured(rail_uv):
    trace = muscle(900)
    trace[round(300 * RATE) : round(600 * RATE)] = rail_uv
    told = detect(trace, RATE, WASM_2016_EMG)
    assert [(first / RATE, end / RATE) for first, end in told.unmeasured.tolist()] == [
        (pytest.approx(300, abs=30), pytest.approx(600, abs=30))
    ]
    assert told.movements.size <= 4  # the two jumps themselves


def test_no_channels_no_night():
    source = Source(participant_id="P1", time_zone="UTC", scorer="emg_detector", file_name="psg/P1/a.edf")
    night = detect_night([], source, WASM_2016_EMG)
    assert (night.events.height, night.breaks.height, night.rejected.height) == (0, 0, 0)
    assert night.spans.height == 0


@settings(max_examples=15)
@given(
    gaps=st.lists(st.floats(2.0, 30.0), min_size=1, max_size=8),
    lengths=st.lists(st.floats(0.8, 6.0), min_size=8, max_size=8),
    amplitude=st.floats(15.0, 300.0),
    block_s=st.sampled_from([7, 60, 600]),
)
def test_every_clear_burst_is_found_however_the_night_is_cut(gaps, lengths, amplitude, block_s):
    onset, bursts = 40.0, []
    for gap, length in zip(gaps, lengths, strict=False):
        onset += gap
        bursts.append((onset, length, amplitude))
        onset += length
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transforms.psg.emg._BLOCK_S", block_s)
        _, movements = found(*bursts, length_s=onset + 60)
    assert len(movements) == len(bursts)
