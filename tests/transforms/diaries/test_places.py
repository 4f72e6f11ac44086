"""Names of diaries are exact, and what is meant by another name is told in five languages."""

import pytest

from transforms.diaries.places import nearest_diary, sort_out


@pytest.mark.parametrize(
    ("name", "meant"),
    [("Sleep", "sleep"), ("kaffee", "caffeine"), ("sommeil", "sleep"), ("sueño", "sleep"), ("medicatie", "medication"),
     ("Schlafprotokoll März", "sleep"), ("caffeine.csv", "caffeine"), ("Caffeine ", "caffeine"), ("legend", None)],
)  # fmt: skip
def test_the_diary_that_a_name_nearly_is(name, meant):
    assert nearest_diary(name) == meant


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("diary/sleep.CSV", "save it as diary/sleep.csv"),
        ("diary/caffeine.csv.txt", "save it as diary/caffeine.csv"),
        ("diary/stress (1).csv", "save it as diary/stress.csv"),
        ("Diary/sleep.csv", "is the folder diary/ meant?"),
        ("Imports/fitbit/P01/x.json", "is the folder imports/ meant?"),
        ("imports/P01/list.docx", "exports end in"),
        ("participants.xlsx", "is participants.csv meant?"),
        ("Kaffee.xlsx", "move it to diary/caffeine.csv"),
    ],
)
def test_a_file_that_is_not_read_is_told_with_its_place(name, what):
    places = sort_out([name])
    assert places.diaries == places.imports == ()
    assert [(unread, what in reason) for unread, reason in places.unread] == [(name, True)]
