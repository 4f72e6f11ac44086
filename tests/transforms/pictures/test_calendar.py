"""Which letter a night has in the calendar."""

from datetime import date, timedelta

import polars as pl
import pytest

from transforms.pictures.calendar import STATES, night_states
from transforms.schema.words import EXCLUSION_REASONS

FIRST = date(2026, 3, 1)


def nights(*rows: dict[str, object]) -> pl.DataFrame:
    """Rows of the calendar's input; a night that was analysed with all its diaries where nothing else is said."""
    whole = {
        "participant_id": "P1",
        "night_date": FIRST,
        "is_in": True,
        "reason": "in",
        "is_sleep_known": True,
        "has_sleep_diary": True,
        "has_diary": True,
        "jerk_rate_per_h": 5.0,
    }
    return pl.DataFrame([whole | row for row in rows])


def out(day: int, reason: str, **more: object) -> dict[str, object]:
    return {
        "night_date": FIRST + timedelta(days=day),
        "is_in": False,
        "reason": reason,
        "is_sleep_known": False,
    } | more


def day(number: int, **more: object) -> dict[str, object]:
    return {"night_date": FIRST + timedelta(days=number)} | more


def states(frame: pl.DataFrame, **sets: set[str]) -> str:
    found = night_states(frame, **sets)
    assert found.height == 1
    return str(found.item(0, "states"))


def test_a_night_has_the_letter_of_what_became_of_it() -> None:
    frame = nights(
        day(0),
        day(1, is_sleep_known=False),
        day(2, has_diary=False, has_sleep_diary=False),
        out(3, "not_worn"),
    )
    assert states(frame) == "asdw"


@pytest.mark.parametrize("reason", EXCLUSION_REASONS)
def test_every_reason_has_a_letter_that_is_not_analysed(reason: str) -> None:
    letter = states(nights(day(0), out(1, reason), day(2)))[1]
    assert letter in STATES and letter not in "asd"


def test_a_date_without_a_row_was_not_recorded() -> None:
    assert states(nights(day(0), day(3))) == "arra"


def test_the_edges_of_a_recording_are_no_nights_unless_a_diary_tells_of_them() -> None:
    edge = out(1, "no_leg_recording", has_sleep_diary=False)
    assert states(nights(day(0), edge)) == "a"
    assert states(nights(day(0), edge, day(2))) == "ara"
    assert states(nights(day(0), edge | {"has_sleep_diary": True})) == "ar"


def test_a_refused_or_waiting_file_explains_what_was_not_recorded_and_nothing_else() -> None:
    frame = nights(day(0), out(1, "not_worn"), day(3))
    assert states(frame, refused={"P1"}) == "awxa"
    assert states(frame, waiting={"P1"}) == "awqa"
    assert states(frame, refused={"P2"}, waiting={"P3"}) == "awra"


def test_a_study_without_diaries_misses_none() -> None:
    assert states(nights(day(0, has_diary=False, has_sleep_diary=False))) == "a"


def test_nobody_has_no_row() -> None:
    assert night_states(nights(day(0)).clear()).is_empty()


@pytest.mark.parametrize(
    ("rate_per_h", "digit"), [(0.0, "0"), (0.99, "0"), (1.0, "1"), (5.0, "3"), (32.0, "9"), (None, ".")]
)
def test_a_night_has_the_digit_of_its_rate(rate_per_h: float | None, digit: str) -> None:
    assert night_states(nights(day(0, jerk_rate_per_h=rate_per_h))).item(0, "rates") == digit


def test_digits_and_letters_are_of_the_same_nights() -> None:
    found = night_states(
        nights(day(0), out(2, "not_worn", jerk_rate_per_h=None), day(3, jerk_rate_per_h=9.0))
    )
    assert found.row(0)[2:] == ("arwa", "3..5")
