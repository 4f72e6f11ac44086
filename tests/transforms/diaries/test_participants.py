"""Who takes part, and what of it must not be kept."""

import json

import polars as pl
import pytest

from transforms.diaries import read_participants, read_recordings

HEADER = "participant_id,sex,birth_year,weight_kg,time_zone,is_pregnant,ward,First Name,mail,site_code,seen_on,remarks_field,story\n"


def test_people_as_the_contract_wants_them():
    frame, rejected = read_participants(
        b"participant_id;sex;birth_year;weight_kg;time_zone;is_pregnant;ferritin_ug_l\n"
        b"00123;F;1986;70,5;Europe/Berlin;no;41\n"
        b"P02;Male;1990;;;;\n"
        b"P03;robot;1790;5000;Mars/Base;maybe;-1\n"
        b"00123;F;1986;70,5;Europe/Berlin;no;41\n",
        "participants.csv",
    )
    first = frame.row(0, named=True)
    assert (first["participant_id"], first["sex"], first["weight_kg"]) == ("00123", "female", 70.5)
    assert (first["is_pregnant"], first["is_smoker"], first["ferritin_ug_l"]) == (False, None, 41.0)
    assert frame["participant_id"].to_list() == ["00123", "P02", "P03"]
    third = frame.row(2, named=True)
    assert third["sex"] is third["birth_year"] is third["time_zone"] is third["is_pregnant"] is None
    told = [(line, column) for line, column in rejected.select("line_number", "column_name").rows()]
    assert told == [(4, "sex"), (4, "birth_year"), (4, "weight_kg"), (4, "ferritin_ug_l"), (4, "is_pregnant"),
                    (4, "time_zone"), (5, None)]  # fmt: skip


def test_own_columns_are_carried_and_identifying_ones_dropped():
    content = (
        HEADER
        + "P1,f,1986,,,,A,Jane,x,7,2026-01-05,fine,she woke up often at night\nP2,m,1990,,,,,Joe,j@x.org,,,,\n"
    )
    frame, rejected = read_participants(content.encode(), "participants.csv")
    assert [json.loads(text) for text in frame["further"]] == [{"ward": "A", "site_code": "7"}, {}]
    reasons = " ".join(rejected["reason"])
    for place in (8, 9, 11, 12, 13):
        assert f"the column in place {place} is not carried along" in reasons
    everything = frame.write_json() + rejected.write_json()
    for marker in ("Jane", "Joe", "j@x.org", "2026-01-05", "fine", "often"):
        assert marker not in everything


def test_recordings_list():
    frame, rejected = read_recordings(
        b"file,participant_id,body_site,time_zone\n"
        b"devices\\P1\\a.cwa,P1,Left Ankle,\n"
        b"./devices/b.cwa,P2,,Europe/Berlin\n"
        b"../elsewhere.cwa,P3,hip,\n"
        b"c.cwa,P4,knee,\n"
        b"devices/b.cwa,P5,hip,\n",
        "recordings.csv",
    )
    assert frame.select("file", "participant_id", "body_site", "time_zone").rows() == [
        ("devices/P1/a.cwa", "P1", "left_ankle", None),
        ("devices/b.cwa", "P2", "other", "Europe/Berlin"),
    ]
    assert rejected["line_number"].to_list() == [4, 5, 6]


@pytest.mark.parametrize(
    ("column", "cell", "is_kept"),
    [
        ("ward", "A", True),
        ("site_code", "7", True),
        ("bmi", "23.41", True),
        ("is_shift_worker", "ja", True),
        ("surname", "Okonkwo", False),
        ("born", "the third of March 1986", False),
        ("contact", "0151 2345678", False),
        ("Nickname", "zzq", False),
        ("Geburtsdatum", "zzq", False),
        ("Straße", "zzq", False),
        ("prénom", "zzq", False),
        ("seen", "29.01.1986", False),
        ("seen", "19860129", False),
        ("seen", "+49 30 901824711", False),
        ("seen", "-53.162461, -70.907911", False),
        ("seen", "she told my landlady everything", False),
    ],
)
def test_what_of_a_studys_own_columns_is_carried(column, cell, is_kept):
    frame, rejected = read_participants(
        f'participant_id,{column}\nP1,"{cell}"\n'.encode(), "participants.csv"
    )
    assert (cell in (frame["further"][0] or "")) == is_kept
    assert rejected.is_empty() == is_kept
    assert cell not in rejected.write_json()


def test_a_column_of_the_list_of_recordings_that_nothing_reads_is_told():
    _, rejected = read_recordings(b"file,participant_id,bodysite,remark\na.cwa,P01,hip,x\n", "recordings.csv")
    assert rejected["reason"].to_list() == [
        "the column in place 3 is not read; is body_site meant?",
        "the column in place 4 is not read; known are file, participant_id, body_site, time_zone, config_time_zone",
    ]


@pytest.mark.parametrize("born", ["1986-01-29", "29.01.1986", "29.01.86", "01/29/1986", "19860129"])
def test_a_day_of_birth_where_a_year_is_wanted_is_not_repeated(born):
    frame, rejected = read_participants(
        f"participant_id,birth_year\nP1,{born}\n".encode(), "participants.csv"
    )
    assert frame["birth_year"].to_list() == [None]
    assert rejected.select("column_name", "value").rows() == [
        ("birth_year", f"({len(born)} characters, withheld)")
    ]


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (("P01", "12-01-003", "0042", "A", "control", "pilot_2", "Site1"), 0),
        (("Okonkwo",), 1),
        (("Müller-Lüdenscheidt", "P02"), 1),
        (("Okonkwo Adaeze", "adaeze@example.org", "okonkwo, adaeze"), 3),
        (("29.01.1986",), 1),
    ],
)
def test_ids_that_may_be_names_are_told_in_one_line_and_not_repeated(names, count):
    rows = "".join(f'"{name}"\n' for name in names)
    frame, rejected = read_participants(f"participant_id\n{rows}".encode(), "participants.csv")
    assert frame.height == len(names)
    told = rejected.filter(pl.col("reason").str.contains("ids that may be names"))
    assert told.height == (count > 0)
    assert all(f"this one first: {count};" in reason for reason in told["reason"])
    assert told["value"].null_count() == told.height
    declared = read_participants(f"participant_id\n{rows}".encode(), "participants.csv", ids_are_codes=True)
    assert declared[1].is_empty()
