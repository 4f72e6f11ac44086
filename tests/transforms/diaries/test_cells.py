"""Numbers, dates and times as people write them."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from transforms.diaries.cells import read_number, read_yes_no
from transforms.diaries.moments import instant_of, with_moment
from transforms.diaries.reference import words


@pytest.mark.parametrize(
    ("text", "value"),
    [("95", 95.0), ("95,5", 95.5), ("95.5", 95.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("0,250", 0.25),
     ("1,234,567", 1234567.0), ("+3", 3.0), (".5", 0.5), ("1e3", 1000.0), (None, None)],
)  # fmt: skip
def test_numbers(text, value):
    got, reason = pl.select(
        *(e.alias(n) for e, n in zip(read_number(pl.lit(text, dtype=pl.String), 0, 1e9), "vr", strict=False))
    ).row(0)
    assert (got, reason) == (value, None)


@pytest.mark.parametrize(
    ("unit", "text", "value"),
    [("mg", "80 mg", 80.0), ("mg", "0,1 G", 100.0), ("mg", "80 Milligramm", 80.0), ("mg", "500µg", 0.5), ("ug", "0.5 mg.", 500.0),
     ("min", "1 h", 60.0), ("min", "1½ Stunden", 90.0), ("min", "45 Min.", 45.0), ("min", "1 h 10 min", 70.0), ("min", "1h30", 90.0), ("min", "2 Std. 5", 125.0), ("kg", "130 lbs", 58.967), ("ug_l", "35 ng/mL", 35.0)],
)  # fmt: skip
def test_a_unit_behind_a_number_counts_as_the_table_says(unit, text, value):
    got, reason = pl.select(
        *(e.alias(n) for e, n in zip(read_number(pl.lit(text), 0, 1e9, unit), "vr", strict=True))
    ).row(0)
    assert (pytest.approx(value), None) == (got, reason)


@pytest.mark.parametrize("text", ["1,234", "abc", "95 mg", "inf", "1e999", "-1", "1.2.3", "٣x"])
def test_what_is_no_number_is_refused(text):
    _, reason = read_number(pl.lit(text), 0, 1e6)
    assert pl.select(reason).item() is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", True),
        ("0", False),
        ("ja", True),
        ("nein", False),
        ("Oui", True),
        ("sí", True),
        ("nee", False),
        ("TRUE", True),
        ("n", False),
        (None, None),
    ],
)
def test_yes_and_no(text, value):
    got, reason = read_yes_no(pl.lit(text, dtype=pl.String), words("yes_no"))
    assert (pl.select(got).item(), pl.select(reason).item()) == (value, None)


def moment(text):
    found = with_moment(pl.DataFrame({"x": [text]}, schema={"x": pl.String}), pl.col("x"), "").row(
        0, named=True
    )
    hours = None if found["time_us"] is None else found["time_us"] / 3.6e9
    return found["date"], hours, found["offset_us"], found["unread"]


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("2026-03-01", date(2026, 3, 1), None),
        ("2026-03-01T08:30", date(2026, 3, 1), 8.5),
        ("2026/3/1 8:30", date(2026, 3, 1), 8.5),
        ("2026-03-01 0830", date(2026, 3, 1), 8.5),
        ("1.3.2026 8 Uhr", date(2026, 3, 1), 8.0),
        ("2315", None, 23.25),
        ("11 pm", None, 23.0),
        ("20260301T0830", date(2026, 3, 1), 8.5),
        ("20260301T083000", date(2026, 3, 1), 8.5),
        ("1.3.2026 08:30:00", date(2026, 3, 1), 8.5),
        ("13/05/2026 08:30", date(2026, 5, 13), 8.5),
        ("05/13/2026 8:30 PM", date(2026, 5, 13), 20.5),
        ("04/04/2026", date(2026, 4, 4), None),
        ("5 May 2026 12:00 am", date(2026, 5, 5), 0.0),
        ("May 5, 2026 12:00 p.m.", date(2026, 5, 5), 12.0),
        ("2026-03-01 24:00", date(2026, 3, 1), 24.0),
        ("23:15", None, 23.25),
        ("22.30", None, 22.5),
        ("0:45", None, 0.75),
        ("08h30", None, 8.5),
        ("22.30 Uhr", None, 22.5),
        ("1. März 2026 8:30", date(2026, 3, 1), 8.5),
        ("1 février 2026", date(2026, 2, 1), None),
    ],
)
def test_dates_and_times_that_can_be_read_in_one_way_only(text, day, hour):
    assert moment(text) == (day, hour, None, None)


@pytest.mark.parametrize(
    ("offset", "hours"), [("Z", 0), ("+02:00", 2), ("-1000", -10), (" +0530", 5.5), ("+14", 14)]
)
def test_offsets(offset, hours):
    assert moment(f"2026-03-01T08:00{offset}") == (date(2026, 3, 1), 8.0, hours * 3.6e9, None)


@pytest.mark.parametrize(
    "text",
    ["04/05/2026", "1/2/26", "31.02.2026", "13/13/2026", "2026-03-01 24:01", "2026-03-01 08:60", "13:05 PM", "0:30 PM",
     "45292", "45292.5", "yesterday", "8h", "22.5", "1815-03-01", "2026-03-01T08:00 Berlin"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_none_is_refused(text):
    assert moment(text)[3] is not None


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59"),
        ("Europe/Berlin", "2026-03-29T02:30", None),  # jumped over
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # twice: the first
        ("Australia/Lord_Howe", "2026-10-04T02:15", None),  # half an hour jumped over
        ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),  # twice: the first
        ("Asia/Kolkata", "2026-03-29T02:30", "2026-03-28T21:00"),
    ],
)
def test_wall_time_to_utc_at_clock_changes(zone, wall, utc):
    rows = with_moment(pl.DataFrame({"x": [wall]}), pl.col("x"), "")
    columns = (pl.col(name) for name in ("date", "time_us", "offset_us"))
    found = rows.select(instant_of(*columns, pl.lit(zone), [zone, "UTC"])).item()
    assert found == (datetime.fromisoformat(utc).replace(tzinfo=UTC) if utc else None)
