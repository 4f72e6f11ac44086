"""Nights: noon to noon, one row each, from the best source, with a reason when they cannot be used."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.transforms.movements.candidate_rows import candidate, candidates
from transforms.nights.coverage import night_of
from transforms.nights.evidence import NightRecording
from transforms.nights.find import find_nights
from transforms.nights.windows import night_windows
from transforms.parameters import DEFAULT
from transforms.schema import (
    CANDIDATE,
    EPOCH,
    INSTANT,
    NONWEAR_INTERVAL,
    SEGMENT,
    SLEEP_DIARY,
    WAKE_EPISODE,
    empty,
)
from transforms.schema.words import EXCLUSION_REASONS

BERLIN = "Europe/Berlin"
EVENING = date(2026, 3, 2)
NO_CANDIDATES = empty(CANDIDATE)


def utc(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# 22:30 to 06:30 in bed, 23:00 to 06:00 asleep, by the clock of Berlin in winter.
OFF, ONSET, END, ON = utc(2, 21, 30), utc(2, 22), utc(3, 5), utc(3, 5, 30)


def told(night_date=EVENING, off=OFF, onset=ONSET, end=END, on=ON):
    names = (
        "participant_id",
        "night_date",
        "lights_off_at",
        "sleep_onset_at",
        "sleep_end_at",
        "lights_on_at",
    )
    row = dict(zip(names, ("P1", night_date, off, onset, end, on), strict=True))
    return pl.DataFrame([row], schema=SLEEP_DIARY)


def epochs(start, end, still=(OFF, ON), worn=True):
    """5 s epochs whose angle wanders except in the ``still`` interval."""
    count = int((end - start).total_seconds() // 5)
    at = pl.datetime_range(start, end, "5s", closed="left", time_unit="us", eager=True)
    angle = np.random.default_rng(1).uniform(-60, 60, count)
    rest = ((at >= still[0]) & (at < still[1])).to_numpy()
    angle[rest] = 10.0
    given = {"start_at": at, "angle_z_deg": angle, "is_worn": np.full(count, worn)}
    columns = [
        pl.Series(name, given[name]).cast(kind) if name in given else pl.Series(name, [None] * count, kind)
        for name, kind in EPOCH.items()
    ]
    return pl.DataFrame(columns)


def spans(schema, *intervals):
    rows = [dict.fromkeys(schema) | {"started_at": first, "ended_at": last} for first, last in intervals]
    return pl.DataFrame(rows, schema=schema)


NOON, NEXT_NOON = utc(2, 11), utc(3, 11)


def recording(start=NOON, end=NEXT_NOON, *, off=(), recorded=None, **changes):
    values = {
        "recording_id": "L",
        "body_site": "left_ankle",
        "time_zone": BERLIN,
        "can_be_scored": True,
        "epochs": epochs(start, end),
        "nonwear": spans(NONWEAR_INTERVAL, *off),
        "segments": spans(SEGMENT, *(recorded or [(start, end)])),
    }
    return NightRecording(**(values | changes))


def found(recordings, diary=None, polysomnography=None, rows=NO_CANDIDATES, parameters=DEFAULT):
    diary = empty(SLEEP_DIARY) if diary is None else diary
    polysomnography = empty(SLEEP_DIARY) if polysomnography is None else polysomnography
    windows = night_windows("P1", recordings, pl.concat([diary, polysomnography]), BERLIN)
    return find_nights(windows, recordings, rows, diary, polysomnography, parameters)


def one_night(*arguments, **frames):
    nights = found(*arguments, **frames).nights
    assert nights.height == 1
    return nights.row(0, named=True)


def minutes_between(one, other):
    return abs((one - other).total_seconds()) / 60


@pytest.mark.parametrize(
    ("night", "zone", "hours"),
    [
        (date(2026, 3, 2), BERLIN, 24.0),
        (date(2026, 3, 28), BERLIN, 23.0),
        (date(2026, 10, 24), BERLIN, 25.0),
        (date(2026, 4, 4), "Australia/Lord_Howe", 24.5),
        (date(2026, 10, 3), "Australia/Lord_Howe", 23.5),
    ],
)
def test_a_night_is_as_long_as_the_clock_change_makes_it(night, zone, hours):
    row = night_windows("P1", [], told(night), zone).row(0, named=True)
    assert (row["window_end_at"] - row["window_start_at"]) == timedelta(hours=hours)
    assert row["crosses_clock_change"] == (hours != 24.0)
    assert row["wake_date"] == night + timedelta(days=1)


def test_a_night_opens_at_local_noon():
    row = night_windows("P1", [], told(), BERLIN).row(0, named=True)
    assert (row["window_start_at"], row["window_end_at"]) == (utc(2, 11), utc(3, 11))


@pytest.mark.parametrize(
    ("start", "end", "dates"),
    [
        (utc(2, 11), utc(3, 11), [2]),
        (utc(2, 10, 50), utc(3, 11), [1, 2]),
        (utc(2, 20), utc(4, 20), [2, 3, 4]),
    ],
)
def test_every_night_that_a_recording_touches_has_one_row(start, end, dates):
    windows = night_windows("P1", [recording(start, end)], empty(SLEEP_DIARY), BERLIN)
    assert windows["night_date"].to_list() == [date(2026, 3, day) for day in dates]


def test_nights_of_recordings_and_diary_are_united_without_doubles():
    later = told(date(2026, 3, 9), utc(9, 21), utc(9, 22), utc(10, 5), utc(10, 6))
    diary = pl.concat([told(), later])
    nights = found([recording(), recording(recording_id="R", body_site="right_ankle")], diary).nights
    assert nights["night_date"].to_list() == [EVENING, date(2026, 3, 9)]
    assert nights["leg_recording_count"].to_list() == [2, 0]


def test_after_a_flight_nights_follow_one_another_without_gap_or_overlap():
    """Berlin until the 4th, then New York, six hours behind."""
    home = recording(utc(2, 11), utc(4, 11))
    away = recording(utc(4, 17), utc(6, 17), recording_id="M", time_zone="America/New_York")
    windows = night_windows("P1", [home, away], empty(SLEEP_DIARY), BERLIN)
    assert windows["time_zone"].to_list() == [BERLIN, BERLIN, "America/New_York", "America/New_York"]
    assert windows["window_end_at"].to_list()[:-1] == windows["window_start_at"].to_list()[1:]
    # The night before the flight lasts until noon in New York.
    assert windows["window_end_at"][1] - windows["window_start_at"][1] == timedelta(hours=30)


def test_no_recording_and_no_diary_is_no_night():
    assert found([]).nights.height == 0


def test_what_the_diary_tells_stands_in_the_night():
    row = one_night([recording()], told())
    assert row["sleep_window_source"] == "diary"
    assert (row["lights_off_at"], row["lights_on_at"]) == (OFF, ON)
    assert (row["sleep_onset_at"], row["sleep_end_at"]) == (ONSET, END)
    assert (row["in_bed_h"], row["spt_h"], row["sleep_latency_min"]) == (8.0, 7.0, 30.0)
    assert (row["is_eligible"], row["exclusion_reason"], row["is_day_sleeper"]) == (True, None, False)


def test_the_diary_wins_over_the_sensor():
    """The wrist rests from 21:30 to 05:30 UTC; the diary says an hour later at both ends."""
    late = told(off=utc(2, 22, 30), onset=None, end=None, on=utc(3, 6, 30))
    row = one_night([recording(), recording(recording_id="W", body_site="left_wrist")], late)
    assert row["sleep_window_source"] == "diary"
    assert (row["lights_off_at"], row["lights_on_at"]) == (utc(2, 22, 30), utc(3, 6, 30))


def test_polysomnography_wins_over_the_diary():
    scored = told(off=utc(2, 22, 15), onset=utc(2, 22, 45), end=utc(3, 4), on=utc(3, 4, 30))
    row = one_night([recording()], told(), scored)
    assert (row["sleep_window_source"], row["lights_off_at"]) == ("psg", utc(2, 22, 15))


@pytest.mark.parametrize(("site", "source"), [("left_wrist", "wrist_hdcza"), ("right_ankle", "leg_hdcza")])
def test_without_a_diary_the_wrist_tells_the_window_and_else_the_leg(site, source):
    row = one_night([recording(), recording(recording_id="W", body_site=site)])
    assert row["sleep_window_source"] == source
    # HDCZA smooths over five minutes.
    assert minutes_between(row["lights_off_at"], OFF) <= 5
    assert minutes_between(row["lights_on_at"], ON) <= 5


@pytest.mark.parametrize(
    "times",
    [
        {"off": ON, "on": OFF},  # lights on before lights off
        {"on": OFF, "end": None, "onset": None},  # no time in bed
        {"off": None, "onset": None},
        {"on": None, "end": None},
    ],
)
def test_a_diary_row_that_tells_no_time_in_bed_leaves_the_night_to_the_sensor(times):
    row = one_night([recording()], told(**times))
    assert row["sleep_window_source"] == "leg_hdcza"
    assert minutes_between(row["lights_off_at"], OFF) <= 5


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ({"onset": OFF - timedelta(hours=1)}, "sleep_end_at"),  # asleep before lights-off
        ({"end": ON + timedelta(hours=1)}, "sleep_onset_at"),  # asleep after lights-on
        ({"end": ONSET - timedelta(minutes=5)}, "sleep_onset_at"),  # woke before falling asleep
    ],
)
def test_contradictory_sleep_times_are_not_used_and_the_rest_is(times, kept):
    row = one_night([recording()], told(**times))
    assert (row["sleep_window_source"], row["lights_off_at"], row["lights_on_at"]) == ("diary", OFF, ON)
    assert row[kept] == {"sleep_onset_at": ONSET, "sleep_end_at": END}[kept]
    assert OFF <= row["sleep_onset_at"] < row["sleep_end_at"] <= ON
    contradicted = {"onset": "sleep_onset_at", "end": "sleep_end_at"}[next(iter(times))]
    assert row[contradicted] != next(iter(times.values()))


SHORT = timedelta(hours=DEFAULT.nights.min_analysed_h)
EXCLUDED = {
    "no_leg_recording": ([recording(body_site="left_wrist")], told()),
    "sampling_rate_too_low": ([recording(can_be_scored=False)], told()),
    "no_sleep_window": ([recording(epochs=epochs(utc(2, 11), utc(3, 11), worn=False))], None),
    "time_in_bed_too_short": (
        [recording()],
        told(onset=None, end=None, on=OFF + SHORT - timedelta(minutes=1)),
    ),
    "not_worn": ([recording(off=[(OFF, ON - SHORT + timedelta(minutes=1))])], told()),
    "signal_missing": (
        [recording(recorded=[(utc(2, 11), OFF + SHORT - timedelta(minutes=1))])],
        told(),
    ),
    "idle_sleep_mode": (
        [
            recording(
                recorded=[(utc(2, 11), OFF + SHORT - timedelta(minutes=1))],
                idle=pl.DataFrame(
                    {"started_at": [OFF + SHORT], "ended_at": [utc(3, 11)]},
                    schema={"started_at": INSTANT, "ended_at": INSTANT},
                ),
            )
        ],
        told(),
    ),
}


def test_every_reason_of_exclusion_is_tried():
    assert set(EXCLUDED) == set(EXCLUSION_REASONS)


@pytest.mark.parametrize("reason", EXCLUDED)
def test_a_night_that_cannot_be_used_says_why(reason):
    recordings, diary = EXCLUDED[reason]
    row = one_night(recordings, diary)
    assert (row["exclusion_reason"], row["is_eligible"]) == (reason, False)


@pytest.mark.parametrize("kind", ["worn", "recorded", "in_bed"])
def test_the_least_analysed_time_is_enough(kind):
    """The limit itself is eligible."""
    recordings, diary = {
        "worn": ([recording(off=[(OFF, ON - SHORT)])], told()),
        "recorded": ([recording(recorded=[(utc(2, 11), OFF + SHORT)])], told()),
        "in_bed": ([recording()], told(onset=None, end=None, on=OFF + SHORT)),
    }[kind]
    row = one_night(recordings, diary)
    assert (row["exclusion_reason"], row["analysed_h"]) == (None, DEFAULT.nights.min_analysed_h)


def restless_hour():
    """Changes of posture every 90 s from 02:00 to 03:00 UTC."""
    rows = (candidate(7200 + 90 * k, 2.0, tilt_deg=10.0) for k in range(40))
    return candidates(*rows)


def broken_night():
    leg = recording(
        recorded=[(utc(2, 11), utc(3, 1)), (utc(3, 1, 30), utc(3, 11))],
        off=[(utc(3, 4), utc(3, 4, 45))],
    )
    return found([leg], told(), rows=restless_hour())


def test_the_denominators_add_up():
    row = broken_night().nights.row(0, named=True)
    assert (row["gap_h"], row["nonwear_h"]) == (0.5, 0.75)
    assert row["in_bed_h"] == pytest.approx(row["analysed_h"] + row["nonwear_h"] + row["gap_h"])
    assert row["analysed_h"] == pytest.approx(row["analysed_sleep_h"] + row["analysed_wake_h"])
    assert row["spt_h"] == pytest.approx(row["tst_h"] + row["waso_min"] / 60)
    assert row["analysed_spt_h"] == pytest.approx(7.0 - 0.5 - 0.75)
    assert 0 < row["analysed_sleep_h"] < row["analysed_spt_h"]


def test_an_hour_of_turning_is_wake_and_the_rest_is_sleep():
    nights = found([recording()], told(), rows=restless_hour())
    assert nights.nights["waso_min"][0] == pytest.approx(60, abs=10)
    episode = nights.wake_episodes.row(0, named=True)
    assert nights.wake_episodes.height == 1
    assert minutes_between(episode["started_at"], utc(3, 2)) <= 5
    assert minutes_between(episode["ended_at"], utc(3, 3)) <= 5


def test_wake_of_scored_stages_wins_over_what_the_sensor_says():
    staged_wake = pl.DataFrame([("P1", EVENING, utc(3, 4), utc(3, 4, 20))], schema=WAKE_EPISODE, orient="row")
    windows = night_windows("P1", [recording()], told(), BERLIN)
    nights = find_nights(
        windows, [recording()], restless_hour(), empty(SLEEP_DIARY), told(), DEFAULT, scored_wake=staged_wake
    )
    row = nights.nights.row(by_predicate=pl.col("night_date") == EVENING, named=True)
    assert (row["sleep_window_source"], row["waso_min"]) == ("psg", 20.0)
    assert nights.wake_episodes.select("started_at", "ended_at").rows() == [(utc(3, 4), utc(3, 4, 20))]
    assert row["tst_h"] == pytest.approx(row["spt_h"] - 1 / 3)
    # a hypnogram without wake says that there was none; without a hypnogram the sensor is asked
    none = find_nights(
        windows,
        [recording()],
        restless_hour(),
        empty(SLEEP_DIARY),
        told(),
        DEFAULT,
        scored_wake=staged_wake.clear(),
    )
    assert none.wake_episodes.height == 0
    diary = find_nights(
        windows, [recording()], restless_hour(), told(), empty(SLEEP_DIARY), DEFAULT, scored_wake=staged_wake
    )
    assert diary.nights["waso_min"][0] == pytest.approx(60, abs=10)


def test_signal_breaks_are_where_no_worn_leg_was_recorded():
    breaks = broken_night().signal_breaks.select("started_at", "ended_at").rows()
    assert breaks == [(utc(3, 1), utc(3, 1, 30)), (utc(3, 4), utc(3, 4, 45))]


def test_the_other_leg_fills_the_hole_of_one():
    holed = recording(recorded=[(utc(2, 11), utc(3, 1)), (utc(3, 3), utc(3, 11))])
    whole = recording(recording_id="R", body_site="right_ankle")
    nights = found([holed, whole], told())
    assert nights.signal_breaks.height == 0
    assert nights.nights["analysed_h"].to_list() == [8.0]


def test_a_hole_of_a_moment_is_bridged():
    longest = timedelta(seconds=DEFAULT.nights.max_signal_gap_s)
    for hole, count in ((longest, 0), (longest + timedelta(seconds=1), 1)):
        leg = recording(recorded=[(utc(2, 11), utc(3, 1)), (utc(3, 1) + hole, utc(3, 11))])
        assert found([leg], told()).signal_breaks.height == count


def test_periodic_leg_movements_are_no_wake():
    """Science file 4.7: movements 22 s apart all night must not swallow the sleep."""
    series = candidates(*(candidate(-3600.0 + 22 * k, 3.0) for k in range(900)))
    row = one_night([recording()], told(onset=None, end=None), rows=series)
    assert row["tst_h"] > 6.0


@pytest.mark.parametrize("every_s", [9.0, 20.0, 90.0])
def test_leg_movements_without_any_stillness_delay_sleep(every_s):
    """Restless legs: an hour and a half without two still minutes is lain awake, at the interval of a series as well."""
    count = int(5400 / every_s)
    rows = candidates(*(candidate(-9000.0 + every_s * k, 0.6) for k in range(count)))
    row = one_night([recording()], told(onset=None, end=None), rows=rows)
    assert row["sleep_onset_at"] - OFF > timedelta(hours=1)


def test_a_series_after_stillness_is_slept_through():
    rows = candidates(*(candidate(-9000.0 + 900 + 22 * k, 0.6) for k in range(200)))
    row = one_night([recording()], told(onset=None, end=None), rows=rows)
    assert row["sleep_onset_at"] - OFF < timedelta(minutes=15)


def test_sleep_is_not_known_where_the_model_finds_hardly_any():
    """Somebody who turns every minute for eight hours: no sleep of some minutes, but no sleep that is known."""
    rows = candidates(*(candidate(-9000.0 + 60 * k, 4.0, tilt_deg=40.0) for k in range(480)))
    row = one_night([recording()], told(onset=None, end=None), rows=rows)
    assert row["is_sleep_known"] is False
    assert (row["tst_h"], row["waso_min"], row["spt_h"], row["analysed_sleep_h"]) == (None, None, None, None)
    assert row["analysed_h"] == 8.0
    assert row["is_eligible"]


def test_a_told_onset_is_known_to_twenty_minutes_and_that_of_a_ring_to_forty():
    row = one_night([recording()], told())
    assert row["is_sleep_known"]
    assert row["sleep_onset_high_at"] - row["sleep_onset_at"] == timedelta(minutes=20)
    assert row["sleep_onset_at"] - row["sleep_onset_low_at"] == timedelta(minutes=20)
    by_ring = told().with_columns(pl.lit("oura").alias("sleep_onset_source"))
    worn = one_night([recording()], by_ring)
    assert worn["sleep_onset_high_at"] - worn["sleep_onset_at"] == timedelta(minutes=40)
    staged = one_night([recording()], polysomnography=told())
    assert staged["sleep_onset_low_at"] == staged["sleep_onset_high_at"] == ONSET


def test_sleep_past_noon_is_a_day_sleepers():
    late = told(off=utc(3, 5), onset=utc(3, 5, 30), end=utc(3, 12), on=utc(3, 12, 30))
    row = one_night([recording(end=utc(3, 11))], late)
    assert row["is_day_sleeper"]


def test_an_instant_belongs_to_the_night_in_whose_bed_it_lies():
    nights = found([recording()], told()).nights
    us = timedelta(microseconds=1)
    asked = pl.Series([OFF - us, OFF, ON - us, ON], dtype=pl.Datetime("us", "UTC"))
    assert night_of(asked, nights).to_list() == [None, EVENING, EVENING, None]


def standing_and_lying(off, on):
    """Epochs of a leg that stands, except that it lies still from ``off`` to ``on``."""
    frame = epochs(NOON, NEXT_NOON, still=(off, on))
    lies = pl.col("start_at").is_between(off, on, closed="left")
    return frame.with_columns(upright_deg=pl.when(lies).then(90.0).otherwise(5.0).cast(EPOCH["upright_deg"]))


@pytest.mark.parametrize(
    ("minutes", "source"), [(0, "diary"), (40, "diary"), (60, "leg_hdcza"), (-60, "leg_hdcza")]
)
def test_a_diary_whose_clock_is_off_is_told_and_the_leg_believed(minutes, source):
    off_by = timedelta(minutes=minutes)
    leg = recording(epochs=standing_and_lying(OFF, ON))
    row = one_night([leg], told(off=OFF + off_by, on=ON + off_by, onset=None, end=None))
    assert row["sleep_window_source"] == source
    assert row["diary_minus_leg_onset_min"] == pytest.approx(minutes, abs=6)
    assert row["diary_minus_leg_end_min"] == pytest.approx(minutes, abs=6)
    if source == "leg_hdcza":
        assert minutes_between(row["lights_off_at"], OFF) < 6


def test_a_diary_that_is_off_at_one_end_is_told_and_kept():
    leg = recording(epochs=standing_and_lying(OFF, ON))
    row = one_night([leg], told(off=OFF - timedelta(hours=2), onset=None, end=None))
    assert row["sleep_window_source"] == "diary"
    assert row["diary_minus_leg_onset_min"] == pytest.approx(-120, abs=6)
    assert row["diary_minus_leg_end_min"] == pytest.approx(0, abs=6)


@pytest.mark.parametrize(
    "slip", [{"off": OFF - timedelta(hours=12, minutes=20)}, {"on": ON + timedelta(hours=11, minutes=30)}]
)
def test_a_diary_of_which_one_end_is_half_a_day_too_far_out_gives_way_to_a_leg_that_lies(slip):
    """The longest night that a diary may tell is judged where it is read; a slip below it is seen beside the leg."""
    leg = recording(epochs=standing_and_lying(OFF, ON))
    row = one_night([leg], told(onset=None, end=None, **slip))
    assert row["sleep_window_source"] == "leg_hdcza"
    assert minutes_between(row["lights_off_at"], OFF) < 6
    assert minutes_between(row["lights_on_at"], ON) < 6
    assert max(abs(row["diary_minus_leg_onset_min"]), abs(row["diary_minus_leg_end_min"])) > 680


def test_a_bed_that_is_half_a_day_shorter_than_the_sensors_is_kept():
    """A sensor in a drawer lies on for the whole day."""
    leg = recording(
        epochs=standing_and_lying(OFF, ON + timedelta(hours=12)), end=NEXT_NOON + timedelta(hours=12)
    )
    assert one_night([leg], told(onset=None, end=None))["sleep_window_source"] == "diary"


def test_a_leg_that_lies_tells_the_bed_before_a_wrist():
    leg = recording(epochs=standing_and_lying(OFF, ON))
    wrist = recording(
        recording_id="W", body_site="left_wrist", epochs=epochs(NOON, NEXT_NOON, still=(ONSET, END))
    )
    row = one_night([wrist, leg])
    assert row["sleep_window_source"] == "leg_hdcza"
    assert minutes_between(row["lights_off_at"], OFF) < 6
    assert minutes_between(row["lights_on_at"], ON) < 6
