"""What a file delivered and what of it is read follows from what a reader asks for."""

import pytest

from transforms.diaries.delivery import Delivery, is_like, meant_columns
from transforms.diaries.sheet import read_sheet, text_of, with_columns_named


def test_a_column_is_read_when_its_cells_are_asked_for() -> None:
    sheet = read_sheet(b"id,tz,mood,wine\nP01,Europe/Berlin,4,1\n\nP02,,5,0\n", "diary/x.csv")
    sheet = with_columns_named(sheet, {"tz": "time_zone"})
    for column in ("id", "time_zone", "absent"):
        text_of(sheet, column)
    assert sheet.delivery.row_count == 2
    assert sheet.delivery.unread() == ["mood", "wine"]
    told = sheet.delivery.columns("diary/x.csv")
    assert told["is_read"].to_list() == [True, True, False, False]


def test_an_unread_column_near_a_known_one_that_is_lacking_is_meant_by_it() -> None:
    delivery = Delivery()
    delivery.know(
        {"magnesium_(mg)": "magnesium_mg", "caffeine_(mg)": "caffeine_mg", "koffein_(mg)": "caffeine_mg"}
    )
    delivery.deliver(["day", "magnesium_(g)", "koffein_(mg)", "caffeine_(g)"], 3)
    delivery.ask("koffein_(mg)")
    assert delivery.unread() == ["day", "magnesium_(g)", "caffeine_(g)"]
    assert delivery.meant_by("magnesium_(g)") == "magnesium_(mg)"
    assert delivery.meant_by("caffeine_(g)") is None  # caffeine is there, under another word
    assert delivery.meant_by("day") is None
    told = meant_columns(delivery.columns("imports/x.csv"))
    assert told.select("file_name", "line_number", "value", "reason").rows() == [
        ("imports/x.csv", 1, None, "column magnesium_(g) is not read; is magnesium_(mg) meant?")
    ]


@pytest.mark.parametrize(
    ("name", "is_repeated"),
    [
        ("magnesium_(g)", True),
        ("magnesium_mg", True),
        ("magnesium_(mg)_roe", False),
        ("magnesium_okonkwo", False),
    ],
)
def test_a_name_is_repeated_only_where_it_says_no_more_than_the_known_one(name, is_repeated) -> None:
    assert is_like(name, "magnesium_(mg)") == is_repeated
