"""UTC, clock changes and nights."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from transforms.clock import check_time_zone, local_to_utc, night_date_of, nights_between, with_night_window
from transforms.errors import SettingsError


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def one(expression: pl.Expr) -> object:
    return pl.select(expression).item()


def naive(*parts: int) -> pl.Expr:
    return pl.lit(datetime(*parts), dtype=pl.Datetime("us"))  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ((2024, 7, 1, 12), "Europe/Berlin", utc(2024, 7, 1, 10)),
        ((2024, 10, 27, 2, 30), "Europe/Berlin", utc(2024, 10, 27, 0, 30)),  # occurs twice: the first
        ((2024, 3, 31, 2, 30), "Europe/Berlin", None),  # never occurs
        ((2024, 4, 7, 1, 45), "Australia/Lord_Howe", utc(2024, 4, 6, 14, 45)),  # half an hour back, first
        ((2024, 10, 6, 2, 15), "Australia/Lord_Howe", None),
    ],
)
def test_local_time_to_utc(local: tuple[int, ...], zone: str, expected: datetime | None) -> None:
    assert one(local_to_utc(naive(*local), zone)) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (utc(2024, 7, 1, 10, 0), date(2024, 7, 1)),  # 12:00 in Berlin opens the night of that day
        (utc(2024, 7, 1, 9, 59), date(2024, 6, 30)),
        (utc(2024, 7, 1, 23, 30), date(2024, 7, 1)),  # 01:30 on the 2nd
    ],
)
def test_a_night_is_named_by_the_noon_that_opens_it(instant: datetime, expected: date) -> None:
    assert one(night_date_of(pl.lit(instant), "Europe/Berlin")) == expected


def test_a_recording_that_ends_at_noon_does_not_touch_the_next_night() -> None:
    nights = one(nights_between(pl.lit(utc(2024, 7, 1, 15)), pl.lit(utc(2024, 7, 3, 10)), "Europe/Berlin"))
    assert list(nights) == [date(2024, 7, 1), date(2024, 7, 2)]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("night", "zone", "hours"),
    [
        (date(2024, 3, 30), "Europe/Berlin", 23.0),
        (date(2024, 10, 26), "Europe/Berlin", 25.0),
        (date(2024, 6, 1), "Europe/Berlin", 24.0),
        (date(2024, 4, 6), "Australia/Lord_Howe", 24.5),
        (date(2024, 10, 5), "Australia/Lord_Howe", 23.5),
    ],
)
def test_noon_to_noon_is_as_long_as_the_clock_change_makes_it(night: date, zone: str, hours: float) -> None:
    row = with_night_window(pl.DataFrame({"night_date": [night]}), zone).row(0, named=True)
    assert (row["window_end_at"] - row["window_start_at"]).total_seconds() / 3600 == hours
    assert row["crosses_clock_change"] == (hours != 24.0)


def test_an_unknown_zone_is_refused_with_the_place_where_it_stands() -> None:
    assert check_time_zone("America/St_Johns", "x") == "America/St_Johns"
    with pytest.raises(SettingsError, match=r"study.toml: 'Berlin' is not an IANA time zone"):
        check_time_zone("Berlin", "study.toml")
