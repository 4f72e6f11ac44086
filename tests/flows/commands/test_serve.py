"""When a study is due, and what a schedule must look like."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.commands.serve import Cron, Every, next_due, read_cadence
from transforms.errors import SettingsError


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "seconds"),
    [("90s", 90), ("30min", 1800), ("30m", 1800), ("1h", 3600), ("1.5h", 5400), ("1d", 86400)],
)
def test_every_is_a_number_and_a_unit(every: str, seconds: float) -> None:
    assert read_cadence(every, None) == Every(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("every", "cron"), [("1", None), ("0h", None), ("soon", None), (None, "61 * * * *"), ("1h", "0 3 * * *")]
)
def test_what_is_no_schedule_is_told(every: str | None, cron: str | None) -> None:
    with pytest.raises(SettingsError):
        read_cadence(every, cron)


def test_a_cron_line_is_read_in_utc() -> None:
    assert read_cadence(None, None) == Cron("0 3 * * *")
    # the night in which Europe leaves summer time, when 02:30 happens twice there
    assert Cron("30 2 * * *").after(at("2026-10-25T00:00:00")) == at("2026-10-25T02:30:00")
    assert Cron("30 2 * * *").after(at("2026-10-25T02:30:00")) == at("2026-10-26T02:30:00")


@pytest.mark.parametrize(
    ("due", "ended", "following"),
    [
        ("12:00:00", "12:10:00", "13:00:00"),
        ("12:00:00", "13:10:00", "13:10:00"),  # one was missed: it is caught up at once
        ("12:00:00", "18:10:00", "18:10:00"),  # five were missed: one is caught up
        ("12:00:00", "11:00:00", "12:00:00"),  # the clock was set back
    ],
)
def test_missed_runs_are_caught_up_once(due: str, ended: str, following: str) -> None:
    hourly = Every(timedelta(hours=1))
    day = "2026-03-01T"
    assert next_due(hourly, at(day + due), at(day + ended)) == at(day + following)
