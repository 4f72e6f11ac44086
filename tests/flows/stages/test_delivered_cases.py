"""Small studies of what goes wrong with diaries and exports, each with its outcome; skipped where they are not at hand."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import load_settings
from flows.stages.diaries import read_entries
from flows.stages.discovery import discover
from transforms.diaries import Diaries

CASES = Path(__file__).parents[4] / "shared" / "cases" / "diaries"
NAMES = sorted(path.name for path in CASES.glob("*") if path.is_dir())
BERLIN = ZoneInfo("Europe/Berlin")

pytestmark = pytest.mark.skipif(not NAMES, reason="the cases of diaries are not beside the checkout")


@pytest.fixture(scope="module")
def entries() -> Callable[[str], tuple[Diaries, list[str]]]:
    """Return a function that reads a case: its entries, and every reason that is told of it."""

    def read(name: str) -> tuple[Diaries, list[str]]:
        settings = load_settings(CASES / name)
        contents = discover(settings)
        diaries, _ = read_entries(settings, contents.participants)
        told = pl.concat([contents.rejected_entries, diaries.rejected_entry])
        return diaries, told.select(pl.format("{}: {}", "file_name", "reason")).to_series().to_list()

    return read


def local(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_fitbit_over_a_clock_change(entries):
    diaries, told = entries("01_fitbit")
    lengths = (diaries.sleep_diary["lights_on_at"] - diaries.sleep_diary["lights_off_at"]).to_list()
    assert lengths == [timedelta(hours=7), timedelta(hours=7), timedelta(hours=9)]
    assert sum("contradict each other" in reason for reason in told) == 2


def test_two_long_sleeps_are_one_night(entries):
    diaries, told = entries("03_oura")
    first = diaries.sleep_diary.row(0, named=True)
    assert (first["lights_off_at"], first["lights_on_at"]) == (
        local("2026-03-02T23:00"),
        local("2026-03-03T07:30"),
    )
    assert first["wake_between_min"] == 45
    assert diaries.nap["duration_min"].to_list() == [42.0]
    assert any("2.8 h is the only one of its night" in reason for reason in told)
    assert any("rest or deleted" in reason for reason in told)


def test_a_nap_is_a_nap_and_a_broken_night_one_night(entries):
    diaries, _ = entries("04_apple")
    nights = diaries.sleep_diary.select(
        "night_date", "sleep_onset_at", "sleep_end_at", "wake_between_min"
    ).rows()
    assert nights == [
        (date(2026, 3, 2), local("2026-03-03T02:00"), local("2026-03-03T05:00"), None),
        (date(2026, 3, 3), local("2026-03-03T23:00"), local("2026-03-04T07:00"), 150.0),
    ]
    assert diaries.nap["duration_min"].to_list() == [210.0]
    assert sorted(diaries.caffeine_intake["caffeine_mg"]) == [60.5, 80.0, 95.0]


@pytest.mark.parametrize(
    ("name", "count"), [("05b_redcap_min", 1), ("06b_redcap_labels", 2), ("06d_redcap_mixed", 2)]
)
def test_redcap_forms_are_read(entries, name, count):
    diaries, told = entries(name)
    assert diaries.caffeine_intake["caffeine_mg"].to_list() == [95.0] * count
    assert told == []


def test_the_coding_of_a_questionnaire_is_judged_for_the_file(entries):
    diaries, told = entries("08_qualtrics")
    assert diaries.stress_rating.is_empty()
    assert any("none is scored; declare it in study.toml" in reason for reason in told)


def test_a_declared_coding_scores_every_answer(tmp_path):
    for path in (CASES / "08_qualtrics").rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(CASES / "08_qualtrics")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with (tmp_path / "study.toml").open("a") as file:
        file.write("\n[imports.lowest_answers]\npss10 = 1\n")
    settings = load_settings(tmp_path)
    diaries, _ = read_entries(settings, discover(settings).participants)
    # all 1 of P01 are "never": six items 0, four turned ones 4
    assert diaries.stress_rating.filter(participant_id="P01")["score"].to_list() == [16.0]
    assert diaries.stress_rating.height == 3


def test_totals_with_supplements_are_not_stored_as_food(entries):
    diaries, told = entries("09_asa24_TNS")
    assert diaries.nutrient_day["origin"].to_list() == ["food_and_supplement"]
    assert any("lay TN (Totals) or TS" in reason for reason in told)


def test_cronometer_in_kilojoules_and_by_day(entries):
    diaries, _ = entries("10_cronometer_kJ")
    assert diaries.nutrient_day.select("origin", "magnesium_mg").rows() == [
        ("food", 57.0),
        ("supplement", 300.0),
    ]
    diaries, _ = entries("10_cronometer_daily")
    assert diaries.caffeine_intake["caffeine_mg"].to_list() == [180.0]
    assert diaries.nutrient_day["magnesium_mg"].to_list() == [300.0]


@pytest.mark.parametrize(
    ("name", "told_of"),
    [
        ("17_subfolders", ["diary/P01/sleep.csv: not read", "diary/P02/caffeine.csv: not read"]),
        ("33_folders", ["diaries/sleep.csv: not read", "import/fitbit/P01/sleep-2026-03-01.json: not read"]),
        ("26_backup", ["diary/caffeine.csv~: not read", "diary/caffeine.bak: not read", "diary/caffeine.csv.orig: not read"]),
        ("32_columns", ["column magnesium_g is not read", "column bedtime is not read", "column risetime is not read"]),
    ],
)  # fmt: skip
def test_what_is_not_read_is_told(entries, name, told_of):
    _, told = entries(name)
    assert all(any(part in reason for reason in told) for part in told_of)
    assert len(told) == len(told_of)


def test_a_copy_counts_nothing_twice(entries):
    diaries, _ = entries("26_backup")
    assert diaries.caffeine_intake["caffeine_mg"].to_list() == [95.0]


def test_a_zone_by_another_name_is_understood(entries):
    diaries, _ = entries("32_columns")
    dose = diaries.caffeine_intake.row(0, named=True)
    assert (dose["taken_at"], dose["time_zone"]) == (
        local("2026-03-03T08:00", ZoneInfo("America/New_York")),
        "America/New_York",
    )


def test_every_sheet_of_a_workbook_is_read(entries):
    diaries, _ = entries("18_xlsx_sheets")
    assert diaries.sleep_diary["participant_id"].to_list() == ["P01", "P02"]


def test_the_same_row_twice_is_told_with_a_way_to_say_two(entries):
    diaries, told = entries("20_double")
    assert sum("if there were two, write amount 2" in reason for reason in told) == 2
    assert diaries.caffeine_intake.filter(pl.col("source") == "espresso")["caffeine_mg"].to_list() == [64.0]


def test_the_hour_that_comes_twice_is_resolved_by_order(entries):
    diaries, told = entries("21_dst")
    night = diaries.sleep_diary.filter(participant_id="P01", night_date=date(2026, 10, 24)).row(0, named=True)
    assert night["lights_off_at"] == local("2026-10-25T02:50")
    assert night["sleep_onset_at"] == local("2026-10-25T02:10", fold=1)
    assert [reason.split(": ", 1)[1] for reason in told] == [
        "this time did not exist: the clocks were set forward over it"
    ] * 2


def test_a_tablet_in_the_diary_and_a_coffee_in_the_app_are_two(entries):
    diaries, _ = entries("24_merge")
    assert diaries.caffeine_intake.select("caffeine_mg", "told_by").rows() == [
        (200.0, "diary"),
        (95.0, "Cronometer servings"),
    ]


def test_a_corrected_row_is_told_and_never_added(entries):
    diaries, told = entries("28_correction")
    assert diaries.nutrient_day["magnesium_mg"].to_list() == [300.0]
    assert diaries.sleep_diary["lights_off_at"].to_list() == [local("2026-03-02T23:00")]
    assert list(diaries.medication_use["drug_class"]) == [
        "dopaminergic",
        "dopaminergic",
        "benzodiazepine",
        "iron",
        "magnesium",
    ]
    assert sum("nothing tells which is right" in reason for reason in told) == 2
    assert any("am or pm?" in reason for reason in told)


def test_a_traveller_keeps_the_clock_on_the_wall(entries):
    diaries, _ = entries("31_traveller")
    assert diaries.caffeine_intake["clock_h"].to_list() == [8.0, 16.0, 8.0, 16.0]
    assert diaries.sleep_diary.select("time_zone", "has_own_time_zone").rows() == [
        ("Pacific/Auckland", True),
        ("America/Los_Angeles", True),
    ]
    assert diaries.medication_use["drug_class"].to_list() == ["dopaminergic"] * 2


def test_participants_as_people_write_them():
    settings = load_settings(CASES / "34_participants")
    contents = discover(settings)
    people = contents.participants
    assert people["sex"].to_list() == ["female", None, "male"]
    assert people["is_pregnant"].to_list() == [False, False, None]
    assert people["weight_kg"][0] == 60.5
    assert people["weight_kg"][2] == pytest.approx(81.65, abs=0.01)
    assert people["time_zone"][0] == "America/New_York"
    assert contents.rejected_entries.select("line_number", "column_name").rows() == [
        (3, "sex"),
        (3, "weight_kg"),
        (4, "birth_year"),
    ]


def test_a_partial_row_or_a_slip_displaces_no_night(entries):
    diaries, told = entries("35_partial_native_wins")
    for night in diaries.sleep_diary.iter_rows(named=True):
        assert night["lights_off_at"] == local("2026-03-02T23:00")
        assert night["lights_on_at"] == local("2026-03-03T07:00")
    assert diaries.sleep_diary["lights_on_source"].to_list() == ["diary", "Fitbit"]
    assert any("am or pm?" in reason for reason in told)


def test_onset_and_wake_alone_tell_no_bed(entries):
    diaries, _ = entries("40_onset")
    assert diaries.sleep_diary["lights_off_at"].null_count() == 1
    assert diaries.sleep_diary["lights_off_source"].to_list() == [None, "diary", "diary"]


@pytest.mark.parametrize("name", NAMES)
def test_check_says_what_to_do_in_one_line_each(entries, name):
    """Every reason that is told stands in check, with its file; a study that is told of anything is not clean."""
    _, told = entries(name)
    result = CliRunner().invoke(app, ["check", str(CASES / name), "--json"])
    document = json.loads(result.stdout)
    lines = {f"{row['file']}: {row['what']}" for row in document["to_do"]}
    assert lines == set(told)
    assert all("\n" not in line for line in lines)
    assert document["is_clean"] or result.exit_code == 3
    assert not (told and document["is_clean"])
