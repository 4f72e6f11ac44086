"""NHANES: transport files and tables, both cycles, codes that say nothing, and the real files of ../shared/data."""

import gzip
import io
import json
import lzma
import random
from functools import partial

import polars as pl
import pytest

from tests.transforms.imports.transport_file import transport_file
from transforms.diaries.intake import DRUG_CLASSES
from transforms.diaries.reference import drug_names
from transforms.imports import ImportFile, read_imports
from transforms.imports.nhanes.files import cycle_of_name
from transforms.imports.nhanes.items import items
from transforms.parameters.exposures import ADULT_EXPOSURES
from transforms.schema import PARTICIPANT, SURVEY_PERSON

SLQ = transport_file("SLQ_D", ["SEQN", "SLD010H", "SLQ070C", "SLQ150", "SLQ160"],
                     [(31127, 7, None, 0, 1), (31128, 99, 3, 4, 0), (31129, 6, None, 9, 7)])  # fmt: skip
DEMO = transport_file("DEMO_D", ["SEQN", "RIAGENDR", "RIDAGEYR", "WTMEC2YR", "SDMVPSU", "SDMVSTRA"],
                      [(31127, 1, 40, 1000.5, 1, 44), (31128, 2, 33, 2000.25, 2, 45), (31129, 2, 0, 3000, 1, 46)])  # fmt: skip
TOTALS = [
    transport_file(
        f"DR{n}TOT_D", ["SEQN", f"DR{n}DRSTZ", "WTDRD1", f"DR{n}TCAFF", f"DR{n}TMAGN", f"DR{n}TIRON"], rows
    )
    for n, rows in (
        (1, [(31127, 1, 500.0, 200, 300, 12), (31128, 2, 0, 999, 999, 99)]),
        (2, [(31127, 1, 500.0, 5.4e-79, 400, 14)]),
    )
]
FERTIN = transport_file("FERTIN_D", ["SEQN", "LBXFER", "LBDFERSI"], [(31128, 41.0, 41.0)])


class TestNhanes:
    def test_a_survey_without_sensors(self, imported):
        got = imported(
            {"nhanes/SLQ_D.XPT": SLQ, "nhanes/DEMO_D.xpt": DEMO, "nhanes/a.xpt": TOTALS[0], "nhanes/b.xpt": TOTALS[1], "nhanes/f.xpt": FERTIN}
        )  # fmt: skip
        assert got.diaries.rejected_entry.is_empty()
        rows = {row["participant_id"]: row for row in got.survey_person.iter_rows(named=True)}
        assert list(rows) == ["31127", "31128", "31129"]
        never, always, unknown = rows.values()
        assert (never["leg_jerk_frequency"], always["leg_jerk_frequency"], unknown["leg_jerk_frequency"]) == (
            "never",
            "almost_always",
            None,
        )
        assert (never["sex"], never["age_year"], always["sex"]) == ("male", 40, "female")
        assert (never["caffeine_mg"], never["magnesium_mg"], never["iron_mg"], never["recall_count"]) == (
            100,
            350,
            13,
            2,
        )
        assert (always["caffeine_mg"], always["recall_count"]) == (None, 0)  # not reliable
        assert (always["ferritin_ug_l"], always["has_restless_legs_diagnosis"], always["usual_sleep_h"]) == (
            41,
            True,
            None,
        )
        assert (never["exam_represented_count"], never["diet_represented_count"]) == (1000.5, 500.0)

    def test_broken_twin(self, imported, reasons):
        got = imported(
            {"nhanes/SLQ_D.XPT": SLQ[:600], "nhanes/DEMO_D.xpt": DEMO, "nhanes/x.xpt": b"SEQX,A\n1,2\n"}
        )
        assert got.survey_person.height == 3
        told = " ".join(reasons(got))
        assert "not a transport file that can be read" in told
        assert "not an export that is known" in told

    @pytest.mark.parametrize(("cycle", "first_seqn"), [("SLQ_D", 31127), ("SLQ_E", 41475)])
    def test_answers_are_the_codebooks(self, imported, shared_data, cycle, first_seqn):
        """A transport file with the frequencies that the codebook counts gives back its words and counts."""
        items = json.loads((shared_data / "NHANES_codebooks" / "SLQ_counts.json").read_text())[cycle]
        columns = ("SLQ150", "SLQ160", "SLQ070C")
        codes = {
            column: [
                None if code.startswith(".") else int(code.split()[0])
                for code, count in items[column]["counts"].items()
                for _ in range(count)
            ]
            for column in columns
        }
        size = len(codes["SLQ150"])
        rows = [
            (
                first_seqn + place,
                *(codes[column][place] if place < len(codes[column]) else None for column in columns),
            )
            for place in range(size)
        ]
        got = imported({f"nhanes/{cycle}.XPT": transport_file(cycle, ["SEQN", *columns], rows)})
        assert got.diaries.rejected_entry.is_empty()
        assert got.survey_person.height == size
        for column, name in (("SLQ150", "leg_jerk_frequency"), ("SLQ160", "leg_cramp_frequency")):
            counted = dict(got.survey_person[name].cast(pl.String).drop_nulls().value_counts().rows())
            words = ("never", "rarely", "sometimes", "often", "almost_always")
            wanted = [count for code, count in items[column]["counts"].items() if code[0] in "01234"]
            assert [counted[word] for word in words] == wanted
        assert (
            got.survey_person["has_restless_legs_diagnosis"].sum()
            == items["SLQ070C"]["counts"]["3 Restless Legs"]
        )

    def test_real_foods(self, imported, shared_data):
        """Source: dietaryindexNDP @ 964bd49, DR1IFF_E of three respondents; totals as the data's README states them."""
        content = (shared_data / "dietaryindexNDP" / "dr1iff.e.csv").read_bytes()
        got = imported({"nhanes/dr1iff.e.csv": content})
        rows = got.survey_person.select("participant_id", "caffeine_mg", "magnesium_mg", "iron_mg").rows()
        assert [(p, round(c), round(m), round(i, 2)) for p, c, m, i in rows] == [
            ("41475", 549, 244, 12.59),
            ("41476", 21, 265, 10.10),
            ("41477", 188, 99, 9.09),
        ]
        assert got.survey_person["caffeine_after_14h_mg"].is_not_null().all()


def test_the_transport_files_of_these_tests_are_what_pandas_reads():
    import pandas as pd

    frame = pd.read_sas(io.BytesIO(DEMO), format="xport")
    assert frame["WTMEC2YR"].tolist() == [1000.5, 2000.25, 3000]


def one(got, number="31130"):
    return got.survey_person.row(by_predicate=pl.col("participant_id") == number, named=True)


@pytest.mark.parametrize("packed", [bytes, lzma.compress, gzip.compress])
def test_tables_packed_or_not_say_the_same(imported, packed):
    text = b'"SEQN","SLQ150","SLQ160"\n31130,4,NA\n31131,"",0\n'
    got = imported({"nhanes/SLQ_D.csv.xz": packed(text)})
    assert got.diaries.rejected_entry.is_empty()
    assert got.survey_person["leg_jerk_frequency"].to_list() == ["almost_always", None]
    assert got.survey_person["leg_cramp_frequency"].to_list() == [None, "never"]


def test_a_damaged_pack_costs_the_others_nothing(imported, reasons):
    whole = lzma.compress(b"SEQN,SLQ150\n31130,4\n" * 2000)
    got = imported({"nhanes/SLQ_D.csv.xz": whole[:40], "nhanes/DEMO_D.csv": "SEQN,RIAGENDR\n31130,2\n"})
    assert one(got)["sex"] == "female"
    assert len(reasons(got)) == 1


@pytest.mark.parametrize("packed", [lzma.compress, gzip.compress])
def test_a_pack_that_ends_too_early_costs_the_others_nothing(imported, reasons, packed):
    numbers = random.Random(1)
    rows = "".join(f"{31130 + n},{numbers.randrange(10**9)}\n" for n in range(30_000))
    whole = packed(b"SEQN,SLQ150\n" + rows.encode())
    got = imported({"nhanes/SLQ_D.csv.xz": whole[:-2000], "nhanes/DEMO_D.csv": "SEQN,RIAGENDR\n31130,2\n"})
    assert one(got)["sex"] == "female"
    assert len(reasons(got)) == 1


@pytest.mark.parametrize("left_out", [1, 8, 80, 400])
def test_a_transport_file_that_was_cut_is_not_taken_for_a_small_one(imported, reasons, left_out):
    rows = [(31130 + n, n % 5, 1) for n in range(100)]
    whole = transport_file("SLQ_D", ["SEQN", "SLQ150", "SLQ160"], rows)
    assert len(whole) % 80 == 0
    got = imported({"nhanes/SLQ_D.xpt": whole[:-left_out]})
    assert got.survey_person.is_empty()
    assert "ends in the middle of a row" in reasons(got)[0]


def test_a_text_that_was_cut_is_not_taken_for_a_small_one(imported, reasons):
    whole = "SEQN,SLQ150,SLQ160\n31130,4,1\n31131,4,1\n"
    got = imported({"nhanes/SLQ_D.csv": whole[:-5]})
    assert got.survey_person.is_empty()
    assert "ends in the middle of a row" in reasons(got)[0]
    assert imported({"nhanes/SLQ_D.csv": whole.strip()}).survey_person.height == 2


@pytest.mark.parametrize(
    ("name", "cycle"),
    [
        ("imports/nhanes/SLQ_D.xpt", "2005-2006"),
        ("SLQ_E.csv.xz", "2007-2008"),
        ("dr1iff.e.csv", "2007-2008"),
        ("RXQ_RX_D.csv", "2005-2006"),
        ("DEMO_J.XPT", "2017-2018"),
        ("DEMO.xpt", None),
        ("a.xpt", None),
    ],
)
def test_the_cycle_in_a_name(name, cycle):
    assert cycle_of_name(name) == cycle


def test_the_cycle_of_the_demographics_wins_over_the_name(imported):
    got = imported(
        {
            "nhanes/DEMO_D.csv": "SEQN,SDDSRVYR\n41475,5\n",
            "nhanes/SLQ_D.csv": "SEQN,SLQ150\n41475,0\n31130,0\n",
        }
    )
    assert dict(got.survey_person.select("participant_id", "cycle").rows()) == {
        "41475": "2007-2008",
        "31130": "2005-2006",
    }


@pytest.mark.parametrize(
    ("header", "cells", "vigorous", "moderate", "leisure", "work"),
    [
        ("PAD200,PAD320", "1,2", True, False, True, None),
        ("PAD200,PAD320", "3,1", False, True, False, None),  # unable to
        ("PAD200,PAD320", "7,9", None, None, None, None),
        ("PAQ605,PAQ620,PAQ650,PAQ665", "2,1,2,2", False, True, False, False),
        ("PAQ605,PAQ620,PAQ650,PAQ665", "2,2,1,2", True, False, True, False),
        ("PAQ605,PAQ620,PAQ650,PAQ665", "9,1,2,2", None, True, False, None),  # no and unknown is unknown
        ("PAQ605,PAQ620,PAQ650,PAQ665", "9,9,1,1", True, True, True, None),  # yes and unknown is yes
    ],
)
def test_activity_of_both_forms(imported, header, cells, vigorous, moderate, leisure, work):
    row = one(imported({"nhanes/PAQ.csv": f"SEQN,{header}\n31130,{cells}\n"}))
    assert (row["has_vigorous_activity"], row["has_moderate_activity"]) == (vigorous, moderate)
    assert (row["has_vigorous_leisure_activity"], row["has_vigorous_work_activity"]) == (leisure, work)
    assert row["activity_question"] == ("leisure_30_days" if "PAD" in header else "work_and_leisure_week")


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ("2,NA", "never"),
        ("1,1", "current"),
        ("1,2", "current"),
        ("1,3", "former"),
        ("1,9", None),
        ("9,NA", None),
        ("7,3", None),
    ],
)
def test_smoking(imported, cells, status):
    assert (
        one(imported({"nhanes/SMQ.csv": f"SEQN,SMQ020,SMQ040\n31130,{cells}\n"}))["smoking_status"] == status
    )


@pytest.mark.parametrize(
    ("cells", "drinks"),
    [
        ("1,NA,2,1,3", 6.0),  # two days a week, three drinks
        ("1,NA,365.25,3,1", 7.0),
        ("1,NA,0,NA,NA", 0.0),
        ("2,2,NA,NA,NA", 0.0),
        ("2,1,12,3,1", 12 / 365.25 * 7),
        ("1,NA,2,1,99", None),
        ("1,NA,999,1,2", None),
        ("NA,NA,NA,NA,NA", None),
    ],
)
def test_drinks_a_week(imported, cells, drinks):
    table = f"SEQN,ALQ101,ALQ110,ALQ120Q,ALQ120U,ALQ130\n31130,{cells}\n"
    found = one(imported({"nhanes/ALQ.csv": table}))["alcohol_drink_week_count"]
    assert found == (None if drinks is None else pytest.approx(drinks))


PHQ = ",".join(f"DPQ0{n}0" for n in range(1, 10))


@pytest.mark.parametrize(
    ("cells", "score"),
    [("0," * 8 + "0", 0), ("3," * 8 + "3", 27), ("1," * 8 + "9", None), ("1," * 8 + "NA", None)],
)
def test_phq9_is_the_sum_of_nine_answers(imported, cells, score):
    assert one(imported({"nhanes/DPQ.csv": f"SEQN,{PHQ}\n31130,{cells}\n"}))["phq9_score"] == score


@pytest.mark.parametrize(
    ("cells", "diagnosis"),
    [
        ("2,NA,NA,NA,NA", False),
        ("1,NA,NA,3,NA", True),
        ("1,1,NA,3,NA", True),
        ("1,1,NA,NA,NA", False),
        ("1,NA,NA,NA,NA", None),
        ("9,NA,NA,NA,NA", None),
    ],
)
def test_restless_legs_that_were_and_were_not_told(imported, cells, diagnosis):
    table = f"SEQN,SLQ060,SLQ070A,SLQ070B,SLQ070C,SLQ070D\n31130,{cells}\n"
    assert one(imported({"nhanes/SLQ.csv": table}))["has_restless_legs_diagnosis"] is diagnosis


FOODS = "SEQN,DR1DRSTZ,DR1_020,DR1ICAFF,DR1IMAGN\n"


def test_caffeine_by_the_clock(imported):
    foods = (
        FOODS
        + "31130,1,28800,100,5\n31130,1,50399,40,5\n31130,1,50400,30,5\n31130,1,72000,20,5\n31130,1,86340,0,5\n"
    )
    row = one(imported({"nhanes/DR1IFF_D.csv": foods}))
    assert (row["caffeine_day1_mg"], row["caffeine_after_14h_mg"], row["caffeine_after_14h_day1_mg"]) == (
        190,
        50,
        50,
    )
    assert (row["magnesium_day1_mg"], row["last_caffeine_clock_h"]) == (25, 20)


@pytest.mark.parametrize(("clock", "late"), [("NA", None), ("99999", None), ("50400", 30)])
def test_a_coffee_without_its_hour_makes_the_afternoon_unknown(imported, clock, late):
    row = one(
        imported(
            {"nhanes/DR1IFF_D.csv": FOODS + f"31130,1,28800,100,5\n31130,1,{clock},30,5\n31130,1,NA,0,5\n"}
        )
    )
    assert (row["caffeine_day1_mg"], row["caffeine_after_14h_mg"]) == (130, late)


def test_two_days_are_of_those_who_have_both(imported):
    first = "SEQN,DR1DRSTZ,DR1TCAFF,DR1TMAGN,WTDRD1,WTDR2D\n31130,1,100,200,10,20\n31131,1,50,NA,10,NA\n31132,2,NA,NA,0,NA\n"
    second = "SEQN,DR2DRSTZ,DR2TCAFF,DR2TMAGN\n31130,1,5.4e-79,300\n31132,1,70,80\n"
    got = imported({"nhanes/DR1TOT_D.csv": first, "nhanes/DR2TOT_D.csv": second})
    names = ("recall_count", "caffeine_mg", "caffeine_day1_mg", "caffeine_two_day_mg")
    assert [tuple(one(got, number)[name] for name in names) for number in ("31130", "31131", "31132")] == [
        (2, 50, 100, 50),
        (1, 50, 50, None),
        (1, 70, None, None),
    ]
    assert one(got)["magnesium_two_day_mg"] == 250
    assert (one(got)["diet_represented_count"], one(got)["two_day_represented_count"]) == (10, 20)


def test_foods_of_a_transport_file_count_whole_wherever_its_parts_end(imported, monkeypatch):
    monkeypatch.setattr("transforms.imports.nhanes.files._CHUNK_ROWS", 3)
    columns = ["SEQN", "DR1DRSTZ", "DR1_020", "DR1ICAFF"]
    rows = [(31130 + n // 4, 1, 15 * 3600, 50) for n in range(8)]
    got = imported({"nhanes/DR1IFF_D.xpt": transport_file("DR1IFF_D", columns, rows)})
    assert got.survey_person["caffeine_after_14h_day1_mg"].to_list() == [200.0, 200.0]


def test_supplements(imported):
    table = "SEQN,DS1DS,DS1TMAGN,DS1TIRON\n31130,1,100,NA\n31131,2,NA,NA\n31132,9,NA,NA\n"
    got = imported({"nhanes/DS1TOT_E.csv": table, "nhanes/DSQTOT_E.csv": "SEQN,DSQTMAGN\n31130,33.5\n"})
    told = [
        (one(got, n)["magnesium_supplement_day1_mg"], one(got, n)["iron_supplement_day1_mg"])
        for n in ("31130", "31131", "31132")
    ]
    assert told == [(100, None), (0, 0), (None, None)]
    assert one(got)["magnesium_supplement_month_mg"] == 33.5


def test_drugs_by_name(imported):
    rows = [
        ("31130", 1, "SERTRALINE"),
        ("31130", 1, "CARBIDOPA; LEVODOPA"),
        ("31130", 1, "TIMOLOL OPHTHALMIC"),
        ("31131", 2, ""),
        ("31132", 9, ""),
        ("31133", 1, "99999"),
        ("31133", 1, "ALPRAZOLAM"),
        ("31134", 1, "ANTIDEPRESSANTS - UNSPECIFIED"),
    ]
    table = "SEQN,RXDUSE,RXDDRUG\n" + "".join(f'{seqn},{use},"{name}"\n' for seqn, use, name in rows)
    got = imported({"nhanes/RXQ_RX_D.csv": table})
    told = {
        row["participant_id"]: (row["drug_classes"], row["has_unknown_drug"])
        for row in got.survey_person.iter_rows(named=True)
    }
    assert told == {
        "31130": (["dopaminergic", "other", "ssri"], False),
        "31131": ([], False),
        "31132": (None, None),
        "31133": (["benzodiazepine"], True),
        "31134": ([], True),
    }


def test_listed_classes_are_those_of_the_diaries():
    """The survey's names, national ones among them, stand in the one table of drugs; no name has two classes."""
    names = drug_names()
    assert set(names["drug_class"]) <= set(DRUG_CLASSES)
    assert names.group_by("word").agg(pl.col("drug_class").n_unique())["drug_class"].max() == 1
    told = dict(names.select("word", "drug_class").iter_rows())
    assert {
        word: told[word]
        for word in (
            "acetaminophen",
            "divalproex_sodium",
            "pyrilamine",
            "torsemide",
            "norethindrone",
            "meperidine",
        )
    } == {
        "acetaminophen": "analgesic",
        "divalproex_sodium": "antiepileptic",
        "pyrilamine": "antihistamine",
        "torsemide": "antihypertensive",
        "norethindrone": "contraceptive",
        "meperidine": "opioid",
    }


def test_what_is_not_understood_is_told(imported, reasons):
    got = imported(
        {
            "nhanes/SLQ_D.csv": "SEQN,SLQ150\n31130,5\n31131,soon\n31132,9\nx,1\n",
            "nhanes/OHX_D.csv": "SEQN,OHX01TC\n31130,4\n",
        }
    )
    assert got.survey_person["leg_jerk_frequency"].null_count() == 3
    assert sorted(reasons(got)) == [
        "1 cells with a text where a number belongs",
        "1 rows without the number of a respondent",
        "1 values of SLQ150 that the codebook does not know",
        "none of its items is read here; its respondents count all the same",
    ]


def test_files_that_do_not_agree_are_told(imported, reasons):
    got = imported(
        {
            "nhanes/DEMO_D.csv": "SEQN,SDDSRVYR,SDMVSTRA,SDMVPSU,WTMEC2YR\n31130,4,44,1,9\n31131,4,,2,9\n31132,4,44,2,9\n",
            "nhanes/DR1TOT_D.csv": "SEQN,DR1DRSTZ,DR1TCAFF\n31130,1,100\n31130,1,200\n31131,1,5\n",
            "nhanes/SLQ_D.csv": "SEQN,SLQ150\n31130,1\n31130,4\n31131,0\n31131,0\n",
            "nhanes/SLQ_D.csv.xz": lzma.compress(b"SEQN,SLQ150\n31131,3\n"),
            "nhanes/SLQ_E.csv": "SEQN,SLQ150\n31131,0\n41475,0\n",
            "nhanes/PAQ_D.csv": "SEQN,PAD200\n",
        }
    )
    assert sorted(reasons(got)) == [
        "1 respondents with several values of SLQ150, of which the first counts",
        "NHANES: 1 recalls of which rows or files say different things; the first file by name counts",
        "NHANES: 1 respondents of whom files say different things of SLQ150; the first file by name counts",
        "NHANES: 1 respondents stand in a file whose name is of another cycle than theirs: was a file renamed?",
        "NHANES: 1 respondents without a weight of interview or examination, while others have one",
        "NHANES: 2 respondents without stratum or cluster, while others have them: errors are not estimated rightly",
        "it has a header and no rows",
    ]


def test_every_declared_item_is_read_into_the_table():
    inner = {
        "has_smoked",
        "smokes_now",
        "has_12_drinks_year",
        "has_12_drinks_life",
        "drinking_day_count",
        "drinking_period",
    }
    inner |= {
        "drinks_a_day_count",
        "prescription",
        "has_day1_supplement",
        *(f"phq9_{n}_score" for n in range(1, 10)),
    }
    assert {item.column for item in items()} - inner <= set(SURVEY_PERSON)
    assert all(item.codes or item.kind == "number" for item in items())


@pytest.fixture(scope="module")
def respondents(shared_data):
    folder = shared_data / "NHANES"
    if not folder.is_dir():
        pytest.skip(f"the survey's files are not here: {folder}")
    files = [
        ImportFile(name=f"imports/nhanes/{path.name}", open=partial(path.open, "rb"))
        for path in folder.iterdir()
        if path.suffix != ".md"
    ]
    got = read_imports(files, pl.DataFrame(schema=PARTICIPANT), "UTC", ADULT_EXPOSURES)
    assert got.diaries.rejected_entry.is_empty()
    return got.survey_person


WORDS = ("never", "rarely", "sometimes", "often", "almost_always")


def test_real_answers_are_those_of_the_codebooks(respondents):
    """Source: README of ../shared/data/NHANES."""
    counts = {
        key: count
        for *key, count in respondents.group_by("cycle", "leg_jerk_frequency").len().rows()
        for key in [tuple(key)]
    }
    assert [counts["2005-2006", word] for word in WORDS] == [4867, 431, 487, 192, 118]
    assert [counts["2007-2008", word] for word in WORDS] == [5100, 482, 511, 243, 191]
    assert respondents.height == 20_497
    assert respondents.filter(pl.col("cycle") == "2007-2008")["has_vigorous_activity"].count() > 7_000


def weighted(rows, value, weight):
    return rows.select(
        (pl.col(value) * pl.col(weight)).sum() / pl.col(weight).filter(pl.col(value).is_not_null()).sum()
    ).item()


def test_real_means_are_those_of_other_tools(respondents):
    """Source: README of ../shared/data/NHANES; leg cramps of ages 16 and over as Grandner and Winkelman 2017 published them.

    The README calls these means of day 1; they are of the reliable recalls, one or two. Of day 1 alone caffeine is 170.2
    (never) to 245.5 mg (almost always), and so is the README's own figure for adults.
    """
    for column, means in {
        "caffeine_mg": (159.5, 196.6, 202.6, 189.9, 224.0),
        "magnesium_mg": (292.9, 304.2, 290.1, 279.8, 292.5),
        "iron_mg": (15.9, 16.0, 15.5, 14.7, 15.5),
        "caffeine_day1_mg": (170.2, 213.2, 209.1, 205.0, 245.5),
    }.items():
        found = [
            weighted(respondents.filter(leg_jerk_frequency=word), column, "diet_represented_count")
            for word in WORDS
        ]
        assert found == pytest.approx(means, abs=0.051)
    for cycle, some, many in (("2005-2006", 24.1, 5.6), ("2007-2008", 25.2, 5.7)):
        rows = respondents.filter(pl.col("leg_cramp_frequency").is_not_null(), cycle=cycle)
        shares = rows.select(
            (
                100
                * pl.col("interview_represented_count")
                .filter(pl.col("leg_cramp_frequency").is_in(words))
                .sum()
                / pl.col("interview_represented_count").sum()
            ).alias(words[0])
            for words in (["rarely", "sometimes"], ["often", "almost_always"])
        ).row(0)
        assert shares == pytest.approx((some, many), abs=0.051)


def test_real_caffeine_after_14_is_three_tenths(respondents):
    """Of all that respondents drank 30 %; of what the people drink for whom they stand 24 %."""
    rows = respondents.filter(pl.col("caffeine_after_14h_day1_mg").is_not_null())
    assert rows["cycle"].unique().to_list() == ["2005-2006"]
    late, whole = (rows[name] for name in ("caffeine_after_14h_day1_mg", "caffeine_day1_mg"))
    weight = rows["diet_represented_count"]
    assert late.sum() / whole.sum() == pytest.approx(0.301, abs=0.001)
    assert (late * weight).sum() / (whole * weight).sum() == pytest.approx(0.241, abs=0.001)


def test_real_drugs_and_mood(respondents):
    both = respondents.filter(pl.col("phq9_score").is_not_null())
    assert both.height == 10_214
    assert respondents.select(pl.col("drug_classes").list.contains("dopaminergic").sum()).item() > 20
