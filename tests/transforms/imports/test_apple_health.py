"""Apple Health: broken document types, control characters, sources that count the same thing."""

import io
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.imports.apple_health import stream_records
from transforms.imports.sources import with_rank, without_overlap

HEAD = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 12 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
<!ELEMENT broken (((
]>
<HealthData locale="en_DE">
 <ExportDate value="2026-03-10 09:00:00 +0100"/>
 <Me HKCharacteristicTypeIdentifierDateOfBirth="1986-01-02" HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexFemale"/>
"""
DEVICE = "&lt;&lt;HKDevice: 0x282fa1b30&gt;, name:MARKERDEVICE&gt;"

TIMES = ("lights_off_at", "sleep_onset_at", "sleep_end_at", "lights_on_at")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def record(kind, start, value="", unit="mg", source="MARKERNAME's iPhone", end=None, element="Record"):
    return (
        f' <{element} type="{kind}" sourceName="{source}" device="{DEVICE}" unit="{unit}" creationDate="{start}" '
        f'startDate="{start}" endDate="{end or start}" value="{value}"/>\n'
    ).encode()


def workout(start, end, minutes, activity="HKWorkoutActivityTypeRunning", source="Watch"):
    return (
        f' <Workout workoutActivityType="{activity}" duration="{minutes}" durationUnit="min" sourceName="{source}" '
        f'startDate="{start}" endDate="{end}"><WorkoutStatistics type="x" sum="1"/></Workout>\n'
    ).encode()


CAFFEINE = "HKQuantityTypeIdentifierDietaryCaffeine"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"


def export(*parts, end=b"</HealthData>\n"):
    return HEAD + b"".join(parts) + end


def test_doses_units_copies_and_sources(imported, reasons):
    got = imported(
        {
            "apple_health/P01/export.xml": export(
                record(CAFFEINE, "2026-03-01 08:00:00 +0100", 95),
                b' <Correlation type="HKCorrelationTypeIdentifierFood">\n' + record(CAFFEINE, "2026-03-01 08:00:00 +0100", 95) + b" </Correlation>\n",
                record(CAFFEINE, "2026-03-02 08:00:00 +0100", 0.08, "g"),
                record(CAFFEINE, "2026-03-02 08:05:00 +0100", 80, source="Other App"),
                record("HKQuantityTypeIdentifierStepCount", "2026-03-02 08:05:00 +0100", 80, "count"),
                record("HKQuantityTypeIdentifierDietaryMagnesium", "2026-03-02 12:00:00 +0100", 120),
                record("HKQuantityTypeIdentifierDietaryVitaminB12", "2026-03-02 12:00:00 +0100", 2.5, "mcg"),
                b" <Record type=\"x\" note=\"\x0b\x1f\"/>\n",
            )
        }
    )  # fmt: skip
    assert got.diaries.caffeine_intake.select("logged_date", "taken_at", "caffeine_mg").rows() == [
        (date(2026, 3, 1), utc("2026-03-01T07:00"), 95.0),
        (date(2026, 3, 2), utc("2026-03-02T07:00"), pytest.approx(80.0)),
    ]
    assert got.diaries.nutrient_day.select("magnesium_mg", "vitamin_b12_ug", "iron_mg").rows() == [
        (120.0, pytest.approx(2.5), None)
    ]
    assert [reason.split(" ", 1)[1] for reason in reasons(got)] == [
        "records of food are left out: another source tells of the same days",
        "records stand twice in the export and count once",
    ]
    everything = (
        "".join(frame.write_json() for frame in got.datasets().values())
        + got.diaries.rejected_entry.write_json()
    )
    for marker in ("MARKER", "HKDevice", "1986-01-02"):
        assert marker not in everything


def test_workouts_of_several_sources_count_once(imported):
    got = imported(
        {
            "apple_health/P01.xml": export(
                workout("2026-03-01 18:00:00 +0100", "2026-03-01 18:30:00 +0100", 30),
                workout("2026-03-02 18:00:00 +0100", "2026-03-02 18:30:00 +0100", 30),
                workout("2026-03-02 18:10:00 +0100", "2026-03-02 18:40:00 +0100", 30, source="Phone app"),
                workout("2026-03-02 18:30:00 +0100", "2026-03-02 18:50:00 +0100", 20, "HKWorkoutActivityTypeYoga", source="Yoga app"),
            )
        }
    ).diaries  # fmt: skip
    assert got.exercise_bout.select("started_at", "duration_min", "activity", "is_relaxation").rows() == [
        (utc("2026-03-01T17:00"), 30.0, "running", False),
        (utc("2026-03-02T17:00"), 30.0, "running", False),
        (utc("2026-03-02T17:30"), 20.0, "yoga", True),
    ]


def test_nights_are_united_never_added_up(imported):
    def sleep(start, end, stage, source="Watch"):
        return record(SLEEP, start, f"HKCategoryValueSleepAnalysis{stage}", "", source, end)

    got = imported(
        {
            "apple_health/P01.xml": export(
                sleep("2026-03-01 22:30:00 +0100", "2026-03-02 07:00:00 +0100", "InBed", "Phone"),
                sleep("2026-03-01 23:00:00 +0100", "2026-03-02 02:00:00 +0100", "AsleepCore"),
                sleep("2026-03-02 01:00:00 +0100", "2026-03-02 03:00:00 +0100", "AsleepDeep"),
                sleep("2026-03-02 03:00:00 +0100", "2026-03-02 03:20:00 +0100", "Awake"),
                sleep("2026-03-02 03:20:00 +0100", "2026-03-02 06:40:00 +0100", "AsleepREM"),
                sleep("2026-03-02 14:00:00 +0100", "2026-03-02 14:40:00 +0100", "AsleepCore"),  # a nap
            )
        }
    ).diaries
    assert got.sleep_diary.select("night_date", *TIMES).rows() == [
        (
            date(2026, 3, 1),
            None,  # the watch knows nothing of the bed
            utc("2026-03-01T22:00"),
            utc("2026-03-02T05:40"),
            None,
        )
    ]
    assert got.nap.select("started_at", "duration_min").rows() == [(utc("2026-03-02T13:00"), 40.0)]


def test_broken_twin_keeps_what_came_before(imported, reasons):
    whole = export(
        record(CAFFEINE, "2026-03-01 08:00:00 +0100", 95), record(CAFFEINE, "2026-03-02 08:00:00 +0100", 95)
    )
    cut = whole[: whole.index(b"2026-03-02") + 4]
    got = imported({"apple_health/P01/export.xml": cut})
    assert got.diaries.caffeine_intake.height == 1
    assert any("breaks off at line" in reason for reason in reasons(got))
    at = "2026-03-02 08:00:00 +0100"
    bad = export(
        record(CAFFEINE, "whenever", 95),
        record(CAFFEINE, at, "much"),
        record(CAFFEINE, at, 95_000),  # 95 g
        record(CAFFEINE, at, 95, unit="cup"),
        record(SLEEP, at, "HKCategoryValueSleepAnalysisAsleepCore", end="later"),
        workout(at, at, 0),
    )
    got = imported({"apple_health/P01/export.xml": bad})
    assert got.diaries.caffeine_intake.is_empty()
    assert got.diaries.exercise_bout.is_empty()
    assert sorted(reasons(got)) == [
        *["a record of food without a time, a known unit, or an amount that can be believed"] * 4,
        "a record of sleep without its two times, or that ends no later than it begins",
        "a workout of no length",
    ]


def test_an_entity_bomb_is_not_expanded():
    bomb = b'<?xml version="1.0"?><!DOCTYPE HealthData [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;">]><HealthData><Record type="&b;"/></HealthData>'
    records, fault = stream_records(io.BytesIO(bomb))
    assert records.is_empty()
    assert "undefined entity" in str(fault)


_SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.integers(0, 2)), max_size=12)


@given(_SPANS)
def test_no_kept_interval_overlaps_one_of_another_source(spans):
    rows = pl.DataFrame(
        [{"by": "x", "start": a, "end": a + n, "source_key": k, "day": a} for a, n, k in spans],
        schema={"by": pl.String, "start": pl.Int64, "end": pl.Int64, "source_key": pl.Int32, "day": pl.Int64},
    )
    ranked = with_rank(rows, "day")
    kept = without_overlap(ranked, ["by"], "start", "end").rows(named=True)
    for one in kept:
        for other in kept:
            if one["rank"] != other["rank"]:
                assert one["end"] <= other["start"] or other["end"] <= one["start"]
    for row in ranked.rows(named=True):
        taken = any(k == row for k in kept)
        better = any(
            k["rank"] < row["rank"] and k["start"] < row["end"] and row["start"] < k["end"] for k in kept
        )
        assert taken != better
