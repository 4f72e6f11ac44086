"""Diaries and exports in the store, without a device."""

from pathlib import Path

import polars as pl

from flows.discovery import discover
from flows.exposures import read_exposures
from flows.layout import core_table
from flows.settings import load_settings
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
