"""Diaries and exports in the store, without a device."""

import errno
import os
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import load_settings
from flows.stages.diaries import read_entries, read_exposures
from flows.stages.discovery import discover
from flows.store.layout import core_table
from transforms.imports import names_in_store
from transforms.schema import RECORDING, empty

_CAFFEINE = "participant_id,taken_at,caffeine_mg\nA,2024-03-01T08:00,96\nB,2024-03-01T25:00,96\n"
_SERVINGS = "Day,Time,Group,Food Name,Amount,Energy (kcal),Caffeine (mg),Category\n2024-03-02,08:14 AM,Breakfast,Coffee,1 cup,2,80,Drinks\n"


def study(folder: Path) -> Path:
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    (folder / "diary").mkdir()
    (folder / "diary" / "caffeine.csv").write_text(_CAFFEINE)
    return folder


def test_a_study_of_diaries_alone_has_participants_entries_and_rejects(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    rejected = read_exposures(settings, discover(settings), empty(RECORDING))
    assert rejected.select("file_name", "line_number", "value").rows() == [
        ("diary/caffeine.csv", 3, "2024-03-01T25:00")
    ]
    participants = pl.read_parquet(core_table(settings.store, "participant"))
    assert participants["participant_id"].to_list() == ["A"]
    intake = pl.read_parquet(core_table(settings.store, "caffeine_intake"))
    assert intake.select("participant_id", "caffeine_mg").rows() == [("A", 96.0)]


def test_nothing_is_written_again_until_something_changes(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    table = core_table(settings.store, "caffeine_intake")
    read_exposures(settings, discover(settings), empty(RECORDING))
    first = table.stat().st_mtime_ns
    again = read_exposures(settings, discover(settings), empty(RECORDING))
    assert table.stat().st_mtime_ns == first
    assert again.height == 1
    with (tmp_path / "diary" / "caffeine.csv").open("a") as file:
        file.write("A,2024-03-02T09:00,64\n")
    read_exposures(settings, discover(settings), empty(RECORDING))
    assert pl.read_parquet(table).height == 2


def test_an_export_adds_to_the_diary(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    folder = tmp_path / "imports" / "cronometer" / "A"
    folder.mkdir(parents=True)
    (folder / "servings.csv").write_text(_SERVINGS)
    read_exposures(settings, discover(settings), empty(RECORDING))
    intake = pl.read_parquet(core_table(settings.store, "caffeine_intake"))
    assert sorted(intake.select("participant_id", "caffeine_mg").rows()) == [("A", 80.0), ("A", 96.0)]


def test_a_linked_folder_of_exports_is_read_once_and_a_link_to_nothing_told(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    settings = load_settings(study(tmp_path / "study"))
    elsewhere = tmp_path / "downloads"
    elsewhere.mkdir()
    (elsewhere / "servings.csv").write_text(_SERVINGS)
    folder = settings.folder / "imports" / "cronometer"
    folder.mkdir(parents=True)
    (folder / "A").symlink_to(elsewhere)
    (folder / "A again").symlink_to(elsewhere)
    (elsewhere / "round").symlink_to(settings.folder)  # leads back to where it came from
    (folder / "gone.csv").symlink_to(tmp_path / "nothing.csv")
    contents = discover(settings)
    diaries, imports = read_entries(settings, contents.participants)
    assert imports.recognised["file_name"].to_list() == ["imports/cronometer/A/servings.csv"]
    told = dict(diaries.rejected_entry.select("file_name", "reason").iter_rows())
    assert told["imports/cronometer/gone.csv"].startswith("cannot be read now")
    assert read_exposures(settings, contents, empty(RECORDING)).height == diaries.rejected_entry.height


@pytest.mark.skipif(os.geteuid() == 0, reason="root opens every folder")
def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    closed = tmp_path / "imports" / "garmin"
    closed.mkdir(parents=True)
    closed.chmod(0)
    try:
        diaries, _ = read_entries(settings, discover(settings).participants)
    finally:
        closed.chmod(0o700)
    assert "imports/garmin" in diaries.rejected_entry["file_name"].to_list()


def test_the_screen_tells_which_export_is_meant_and_the_store_does_not(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    (tmp_path / "participants.csv").write_text("participant_id\nA\nB\n")
    folder = tmp_path / "imports" / "garmin" / "Jane Roe"
    folder.mkdir(parents=True)
    (folder / "Activities.csv").write_text("Activity Type,Date,Title,Calories,Time\n")
    screen = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert screen.exit_code == 3
    line = next(line for line in screen.stdout.splitlines() if "Jane Roe" in line)
    assert line.split("  ")[0] == "imports/garmin/Jane Roe/Activities.csv"
    assert "imports/garmin/folder/file_2.csv" in line
    rejected = read_exposures(settings, discover(settings), empty(RECORDING))
    assert rejected["file_name"].to_list() == ["diary/caffeine.csv", "imports/garmin/folder/file_2.csv"]


def test_an_archive_is_read_as_it_was_downloaded(tmp_path: Path) -> None:
    settings = load_settings(study(tmp_path))
    (tmp_path / "participants.csv").write_text("participant_id\nA\nB\n")
    folder = tmp_path / "imports" / "apple_health"
    folder.mkdir(parents=True)
    intake = (
        '<HealthData><Record type="HKQuantityTypeIdentifierDietaryCaffeine" sourceName="a" unit="mg" '
        'startDate="2024-03-05 08:00:00 +0100" endDate="2024-03-05 08:00:00 +0100" value="{}"/></HealthData>'
    )
    with zipfile.ZipFile(folder / "A.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple_health_export/export.xml", intake.format(80))
        archive.writestr(
            "apple_health_export/export_cda.xml", "<ClinicalDocument>Jane Roe</ClinicalDocument>"
        )
        archive.writestr("apple_health_export/workout-routes/route_2024-03-05.gpx", "52.520071")
    with zipfile.ZipFile(folder / "Jane.zip", "w") as archive:
        archive.writestr("apple_health_export/Jane Roe.xml", intake.format(70))
    (folder / "broken.zip").write_bytes((folder / "A.zip").read_bytes()[:200])
    rejected = read_exposures(settings, discover(settings), empty(RECORDING))
    intake_rows = pl.read_parquet(core_table(settings.store, "caffeine_intake"))
    assert intake_rows.filter(pl.col("participant_id") == "A")["caffeine_mg"].to_list() == [96.0, 80.0]
    told = sorted(rejected["file_name"])
    assert told == [
        "diary/caffeine.csv",
        "imports/apple_health/broken.zip",
        "imports/apple_health/folder/apple_health_export/file_5.xml",
    ]
    screen = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    line = next(line for line in screen.splitlines() if line.startswith("imports/apple_health/Jane.zip/"))
    assert "imports/apple_health/folder/apple_health_export/file_5.xml" in line


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("imports/apple_health/P01/export.xml", True),
        ("imports/apple_health/7/apple_health_export/export (1).xml", True),  # 007 after a spreadsheet
        ("imports/fitbit/P01/sleep-2026-03-01.json", True),
        ("imports/garmin/p01_Activities.csv", True),
        ("imports/nhanes/SLQ_D.XPT", True),
        ("imports/fitbit/Jane/sleep.json", False),
        ("imports/garmin/Activities Jane.csv", False),
        ("imports/redcap/data_1986-01-29.csv", False),
        ("imports/oura/data.Roe", False),
        ("diary/jane_roe.csv", False),
    ],
)
def test_names_of_files_that_the_store_may_keep(name: str, kept: bool) -> None:
    called = names_in_store([name, "imports/other.csv"], ["P01", "007"])[name]
    assert (called == name) == kept
    assert "jane" not in called.lower()
    assert "roe" not in called.lower()
    assert "1986" not in called


def test_an_unreadable_diary_costs_itself_only_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(study(tmp_path))
    caffeine = tmp_path / "diary" / "caffeine.csv"
    (tmp_path / "diary" / "exercise.csv").write_text(
        "participant_id,started_at,duration_min,met\nA,2024-03-01T18:00,30,6\n"
    )
    opened = Path.open

    def refuse(path: Path, *arguments: Any, **more: Any) -> Any:
        if path == caffeine:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        rejected = read_exposures(settings, discover(settings), empty(RECORDING))
    assert rejected.select("file_name", "line_number", "value").rows() == [("diary/caffeine.csv", None, None)]
    assert "tried at each run" in rejected.item(0, "reason")
    assert pl.read_parquet(core_table(settings.store, "exercise_bout")).height == 1
    assert pl.read_parquet(core_table(settings.store, "caffeine_intake")).is_empty()
    read_exposures(settings, discover(settings), empty(RECORDING))
    assert pl.read_parquet(core_table(settings.store, "caffeine_intake")).height == 1
