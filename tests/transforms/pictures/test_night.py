"""Where the parts of a night's picture stand: 970 units from 22:30 to 07:30 local, at 1.796 units a minute."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.movements.traces import TRACE
from transforms.pictures.night import (
    KIND_NAMES,
    LEFT,
    RIGHT,
    STRIP_COUNT,
    LegView,
    draw_night,
    picture_span,
)
from transforms.schema import INSTANT, MOVEMENT, WAKE_EPISODE, MovementKind, empty

OFF = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)  # 23:00 in Berlin
ON = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
PER_MIN = (RIGHT - LEFT) / 540


def at(minutes):
    """Minutes after lights-off."""
    return OFF + timedelta(minutes=minutes)


def x(minutes):
    return pytest.approx(LEFT + (30 + minutes) * PER_MIN, abs=0.06)


def night(**changes):
    return {
        "night_date": date(2026, 3, 2),
        "time_zone": "Europe/Berlin",
        "lights_off_at": OFF,
        "sleep_onset_at": at(20),
        "sleep_end_at": at(470),
        "lights_on_at": ON,
        "is_sleep_known": True,
    } | changes


def movement(minutes, kind="leg_movement", series=None, peak_g=0.1, sites=("left_ankle",), duration_s=1.0):
    return {
        "onset_at": at(minutes),
        "offset_at": at(minutes) + timedelta(seconds=duration_s),
        "duration_s": duration_s,
        "kind": kind,
        "wasm_series_id": series,
        "peak_g": peak_g,
        "body_sites": list(sites),
    }


def movements(*rows):
    return pl.concat(
        [empty(MOVEMENT), pl.DataFrame(list(rows), schema_overrides={"onset_at": INSTANT, "offset_at": INSTANT, "kind": MovementKind})],
        how="diagonal",
    ) if rows else empty(MOVEMENT)  # fmt: skip


def trace(strips=STRIP_COUNT, gravity=(0.0, 0.0, 1.0)):
    kept = np.arange(strips) if isinstance(strips, int) else np.asarray(strips)
    directions = np.broadcast_to(np.asarray(gravity, dtype=float), (len(kept), 3))
    numbers = {"low_g": 0.002, "high_g": 0.01, "floor_g": 0.003, "on_g": 0.01}
    columns = {"strip": kept} | {name: np.full(len(kept), value) for name, value in numbers.items()}
    columns |= {f"gravity_{axis}_g": directions[:, n] for n, axis in enumerate("xyz")}
    return pl.DataFrame(columns).cast(TRACE)


def intervals(*spans):
    schema = {"started_at": INSTANT, "ended_at": INSTANT, "reason": pl.String}
    return pl.DataFrame([(*span, "still_and_cold") for span in spans], schema=schema, orient="row")


def warmth(*values, start=0):
    return pl.DataFrame(
        {"start_at": [at(start + n) for n in range(len(values))], "temperature_c": values},
        schema={"start_at": INSTANT, "temperature_c": pl.Float32},
    )


def leg(site="left_ankle", seen=None, absent=None, temperature=None):
    return LegView(
        body_site=site,
        trace=trace() if seen is None else seen,
        absent=intervals() if absent is None else absent,
        temperature=warmth() if temperature is None else temperature,
    )


def drawn(*rows, legs=None, wake=None, known=None):
    row = night() if known is None else known
    span = picture_span(row)
    assert span is not None
    return draw_night(
        row,
        span,
        movements(*rows),
        empty(WAKE_EPISODE) if wake is None else wake,
        [leg()] if legs is None else legs,
        20.0,
    )


def lane(picture, kind):
    return next(one for one in picture.lanes if one.kind == kind)


def test_every_kind_has_a_lane():
    assert sorted(KIND_NAMES) == sorted(MovementKind.categories.to_list())
    assert [one.kind for one in drawn().lanes] == list(KIND_NAMES)


def test_half_an_hour_is_shown_before_and_after():
    assert picture_span(night()) == (OFF - timedelta(minutes=30), ON + timedelta(minutes=30))


@pytest.mark.parametrize("missing", ["lights_off_at", "lights_on_at"])
def test_a_night_without_time_in_bed_has_no_picture(missing):
    assert picture_span(night(**{missing: None})) is None


def test_movements_stand_at_their_onsets_and_are_counted():
    rows = [movement(0), movement(60), movement(480), movement(30, "twitch"), movement(21, "hypnic_jerk")]
    picture = drawn(*rows)
    assert [mark.x for mark in lane(picture, "leg_movement").marks] == [x(0), x(60), x(480)]
    assert [mark.x for mark in lane(picture, "twitch").marks] == [x(30)]
    assert {one.kind: one.count for one in picture.lanes} == {
        "hypnic_jerk": 1,
        "twitch": 1,
        "leg_movement": 3,
        "gross_movement": 0,
        "rhythmic_movement": 0,
        "foot_tremor": 0,
    }
    assert (
        lane(picture, "leg_movement").marks[1].title
        == "00:00:00 leg movement, 1.0 s, peak 0.10 g, left ankle"
    )


def test_a_brief_movement_can_be_seen_and_a_long_one_has_its_length():
    picture = drawn(movement(10, duration_s=0.1), movement(60, duration_s=1200))
    assert [mark.width for mark in lane(picture, "leg_movement").marks] == [
        1.6,
        pytest.approx(20 * PER_MIN, abs=0.1),
    ]


def test_a_series_is_tinted_from_its_first_to_its_last_member():
    rows = [movement(60 + n / 2, series="s1") for n in range(5)] + [movement(300)]
    found = lane(drawn(*rows), "leg_movement")
    assert [(box.x, box.x + box.width) for box in found.series] == [(x(60), x(62 + 1 / 60))]
    assert found.series[0].title == "periodic series of 5, 00:00 to 00:02"
    assert [mark.kind for mark in found.marks] == ["member"] * 5 + ["alone"]


def test_a_dot_stands_in_the_panels_of_the_legs_that_moved_at_its_peak():
    rows = [
        movement(60, peak_g=0.01),
        movement(120, peak_g=0.1, sites=("left_ankle", "right_ankle")),
        movement(180, peak_g=1.0, sites=("right_ankle",)),
    ]
    left, right = drawn(*rows, legs=[leg(), leg("right_ankle")]).panels
    assert [dot.x for dot in left.dots] == [x(60), x(120)]
    assert [dot.x for dot in right.dots] == [x(120), x(180)]
    levels = {level.text: level.y for level in left.levels}
    assert [dot.y for dot in left.dots] == [levels["0.01 g"], levels["0.1 g"]]
    # A scale of equal ratios: a factor of ten is the same height everywhere.
    heights = [levels[text] for text in ("0.001 g", "0.01 g", "0.1 g", "1 g")]
    assert np.diff(heights) == pytest.approx([-28.0] * 3, abs=0.1)
    assert all(left.top < y < left.top + left.height for y in heights)


def test_a_movement_of_the_electromyogram_is_named_without_a_peak_and_has_no_dot():
    picture = drawn(movement(60, peak_g=None))
    assert picture.panels[0].dots == []
    (mark,) = lane(picture, "leg_movement").marks
    assert "peak" not in mark.title
    assert "left ankle" in mark.title


def test_values_beyond_the_scale_stay_inside():
    panel = drawn(movement(60, peak_g=40.0), movement(61, peak_g=1e-6)).panels[0]
    assert [dot.y for dot in panel.dots] == [panel.top, panel.top + panel.height]


def test_the_envelope_parts_where_there_was_no_signal():
    seen = [*range(100), *range(200, STRIP_COUNT)]
    panel = drawn(legs=[leg(seen=trace(seen))]).panels[0]
    assert panel.envelope.count("M") == panel.floor.count("M") == panel.threshold.count("M") == 2
    (gap,) = panel.absent
    assert (gap.x, gap.x + gap.width) == (
        pytest.approx(LEFT + 100, abs=0.1),
        pytest.approx(LEFT + 200, abs=0.1),
    )
    assert gap.title.startswith("no signal")


def test_a_night_without_any_signal_is_all_hatched():
    panel = drawn(legs=[leg(seen=trace(0))]).panels[0]
    assert (panel.envelope, panel.floor, panel.threshold, panel.postures) == ("", "", "", [])
    assert [(box.x, box.width) for box in panel.absent] == [(LEFT, RIGHT - LEFT)]


def test_time_not_worn_is_cut_at_the_ends_of_the_picture():
    panel = drawn(legs=[leg(absent=intervals((at(-300), at(60)), (at(120), at(180))))]).panels[0]
    assert [(box.x, box.x + box.width) for box in panel.absent] == [(LEFT, x(60)), (x(120), x(180))]


def test_sleep_and_wake():
    wake = pl.DataFrame([("P1", date(2026, 3, 2), at(100), at(130))], schema=WAKE_EPISODE, orient="row")
    picture = drawn(wake=wake)
    assert [(box.kind, box.x, box.x + box.width) for box in picture.sleep] == [
        ("in_bed", x(0), x(480)),
        ("asleep", x(20), x(470)),
        ("awake", x(100), x(130)),
    ]
    assert [(flag.text, flag.x) for flag in picture.flags] == [
        ("lights off 23:00", x(0)),
        ("lights on 07:00", x(480)),
        ("asleep 23:20", x(20)),
        ("awake 06:50", x(470)),
    ]


def test_sleep_that_is_not_known_is_not_drawn():
    picture = drawn(known=night(sleep_onset_at=None, sleep_end_at=None))
    assert [box.kind for box in picture.sleep] == ["in_bed"]
    assert [flag.text for flag in picture.flags] == ["lights off 23:00", "lights on 07:00"]


def test_postures_are_named_by_how_long_they_were_kept():
    gravity = np.zeros((STRIP_COUNT, 3))
    gravity[:200, 2] = 1  # on one side
    gravity[200:201, 1] = 1  # the way to the next is no posture
    gravity[201:700, 0] = 1
    gravity[700:, 2], gravity[700:, 1] = np.cos(np.radians(15)), np.sin(np.radians(15))
    panel = drawn(legs=[leg(seen=trace(STRIP_COUNT, gravity))]).panels[0]
    assert [(box.letter, box.x, box.width) for box in panel.postures] == [
        ("B", LEFT, 200),
        ("A", LEFT + 201, 499),
        ("B", LEFT + 700, STRIP_COUNT - 700),
    ]


def test_temperature_has_a_line_for_each_leg_that_measured_it():
    picture = drawn(legs=[leg(temperature=warmth(31.0, 33.0, 35.0)), leg("right_ankle")])
    assert [(level.text, level.y - picture.warmth.top) for level in picture.warmth.levels] == [
        ("35 °C", 4),
        ("31 °C", 42),
    ]
    heights = [point.split(",") for point in picture.warmth.lines[0].removeprefix("M").split()]
    assert [float(y) - picture.warmth.top for _, y in heights] == [42, 23, 4]
    assert [name.text for name in picture.warmth.names] == ["left ankle"]


def test_temperature_that_was_not_measured_has_no_line():
    nothing = warmth(None, None)
    assert drawn(legs=[leg(temperature=nothing)]).warmth.lines == []


def test_the_names_of_two_equal_temperatures_do_not_overlap():
    both = [leg(temperature=warmth(31.0, 31.0)), leg("right_ankle", temperature=warmth(31.0, 31.0))]
    one, other = drawn(legs=both).warmth.names
    assert other.y - one.y >= 12


def test_hours_are_local_and_midnight_has_its_date():
    picture = drawn()
    assert [hour.text for hour in picture.hours] == [
        "23:00", "00:00", "01:00", "02:00", "03:00", "04:00", "05:00", "06:00", "07:00",
    ]  # fmt: skip
    assert [(word.text, word.x) for word in picture.midnights] == [("Tue 3 March", x(60))]


def test_the_hour_that_a_clock_change_leaves_out_is_left_out():
    spring = night(
        lights_off_at=datetime(2026, 3, 28, 22, 0, tzinfo=UTC), sleep_onset_at=None, lights_on_at=datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    )  # fmt: skip
    hours = drawn(known=spring).hours
    assert [hour.text for hour in hours] == ["23:00", "00:00", "01:00", "03:00", "04:00", "05:00", "06:00"]
    assert np.diff([hour.x for hour in hours]) == pytest.approx([970 / 7] * 6, abs=0.11)


def test_a_zone_of_half_hours_has_full_hours():
    hours = drawn(known=night(time_zone="Asia/Kolkata")).hours
    assert hours[0].text == "03:00"
    assert {hour.text[-2:] for hour in hours} == {"00"}


def test_panels_lanes_and_axis_follow_one_another():
    one, two = drawn(legs=[leg()]), drawn(legs=[leg(), leg("right_ankle")])
    assert two.height - one.height == two.panels[1].top - two.panels[0].top
    assert two.panels[1].top > two.panels[0].postures[0].y + two.panels[0].postures[0].height
    assert two.lanes[0].y > two.panels[1].postures[0].y + two.panels[1].postures[0].height
    assert two.warmth.top > two.lanes[-1].y
    assert two.plot_end == two.warmth.top + two.warmth.height < two.height


def test_sleep_that_is_not_known_does_not_look_like_sleep():
    assert [box.kind for box in drawn(known=night(is_sleep_known=False)).sleep] == ["in_bed", "perhaps"]
