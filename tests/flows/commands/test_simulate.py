"""A simulated study folder is what the contract says, whoever and however many write it."""

import hashlib
import tomllib
from dataclasses import replace

import polars as pl
import pytest

from flows.commands.simulate import SimulationSettings, participant_plans, simulate_study
from transforms.diaries import read_diaries
from transforms.errors import SettingsError
from transforms.parameters import DEFAULT
from transforms.schema import BODY_SITES
from transforms.simulation.diaries import HEADERS
from transforms.simulation.truth import TRUTH

SMALL = SimulationSettings(participant_count=2, night_count=1, sampling_rate_hz=12.5, seed=3, worker_count=1)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    finished = []
    simulate_study(out, SMALL, lambda: finished.append(1))
    assert len(finished) == 2
    return out


def test_the_folder_holds_what_the_contract_names(study):
    settings = tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))
    assert settings == {"study": {"id": "simulated", "time_zone": "Europe/Berlin"}}
    participants = pl.read_csv(study / "participants.csv", infer_schema=False)
    assert participants["participant_id"].to_list() == ["P01", "P02"]
    recordings = pl.read_csv(study / "recordings.csv", infer_schema=False)
    assert set(recordings["body_site"]) <= set(BODY_SITES)
    for name in recordings["file"]:
        assert (study / name).is_file()
    assert {path.name for path in (study / "diary").iterdir()} == {f"{name}.csv" for name in HEADERS}
    assert not [path for path in study.rglob("*") if path.name.endswith(".tmp")]


def test_diaries_have_the_columns_and_words_of_the_contract(study):
    for name, columns in HEADERS.items():
        diary = pl.read_csv(study / "diary" / f"{name}.csv", infer_schema=False)
        assert tuple(diary.columns) == columns
    sleep = pl.read_csv(study / "diary" / "sleep.csv", infer_schema=False)
    times = sleep.select(pl.col("lights_off", "lights_on").str.to_datetime("%Y-%m-%dT%H:%M", strict=True))
    assert times.filter(pl.col("lights_on") <= pl.col("lights_off")).height == 0
    assert times.filter(pl.col("lights_off").dt.minute() % 5 != 0).height == 0
    stress = pl.read_csv(study / "diary" / "stress.csv", infer_schema=False)
    assert stress["scale"].unique().to_list() == ["rating_0_10"]
    # Every person's day without coffee that is logged at all says 0.
    caffeine = pl.read_csv(study / "diary" / "caffeine.csv", infer_schema=False)
    assert caffeine.filter(pl.col("caffeine_mg").is_null() & pl.col("source").is_null()).height == 0


def test_the_project_reads_the_diaries_and_rejects_only_what_was_planted(study):
    files = {f"diary/{path.name}": path.read_bytes() for path in (study / "diary").iterdir()}
    participants = pl.read_csv(study / "participants.csv", infer_schema=False)
    read = read_diaries(
        files, participants.select("participant_id", "time_zone"), "Europe/Berlin", DEFAULT.exposures
    )
    for name, frame in read.entries().items():
        assert frame.height > 0 or name in {"medication_use", "nap"}, name
    rejected = read.rejected_entry.select("file_name", "value").unique().sort("file_name").rows()
    assert {file for file, _ in rejected} == {
        f"diary/{name}.csv" for name in ("caffeine", "exercise", "nutrients", "stress")
    }
    # words in the place of a number or an id may be names: of them only the length is kept
    values = {value for _, value in rejected}
    assert values >= {"2026-03-02T25:10", "-30", "14"} and not values & {"visitor", "plenty"}
    assert sum("characters" in value for value in values) == 2
    assert read.caffeine_intake.filter(pl.col("caffeine_mg") > 0).height > 0
    assert read.exercise_bout["duration_min"].null_count() == 0


def test_faulty_rows_are_there_to_be_rejected(study):
    caffeine = pl.read_csv(study / "diary" / "caffeine.csv", infer_schema=False)
    assert caffeine.filter(pl.col("taken_at").str.ends_with("T25:10")).height == 1
    assert "visitor" in caffeine["participant_id"].to_list()


def test_truth_stands_beside_with_its_schema(study):
    truth = pl.read_parquet(study / "truth.parquet")
    assert truth.schema == TRUTH
    records = dict(truth.group_by("record").len().rows())
    assert records["night"] == 2
    assert records["movement"] > 20
    ratios = truth.filter((pl.col("record") == "rate_ratio") & (pl.col("outcome") == "jerk_count"))
    planted = dict(ratios.filter(pl.col("level").is_null()).select("exposure", "rate_ratio").rows())
    assert planted["caffeine_at_lights_off_mg"] == 1.35
    assert planted["vitamin_b12_ug"] == 1.0


def digests(out):
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_the_number_of_processes_changes_nothing(study, tmp_path):
    simulate_study(tmp_path / "again", replace(SMALL, worker_count=2))
    assert digests(tmp_path / "again") == digests(study)


def test_a_participant_is_the_same_in_a_larger_study():
    few = participant_plans(SimulationSettings(participant_count=12))
    many = participant_plans(SimulationSettings(participant_count=200))
    assert [plan.seed for plan in few] == [plan.seed for plan in many[:12]]
    assert [plan.index for plan in few] == list(range(12))


def test_the_demo_has_every_fault_and_every_kind_of_site():
    plans = participant_plans(SimulationSettings())
    sites = [plan.body_sites for plan in plans]
    assert sum(len([site for site in of if "ankle" in site]) == 2 for of in sites) == 3
    assert any("left_wrist" in of for of in sites)
    assert any("foot" in of[0] for of in sites)
    assert sum(len(plan.nonwear_nights) for plan in plans) == 1
    assert sum(len(plan.gap_nights) for plan in plans) == 1
    assert sum(len(plan.rhythmic_nights) for plan in plans) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampling_rate_hz": 60.0}, "sampling rate 60 Hz"),
        ({"participant_count": 0}, "at least one participant"),
        ({"time_zone": "Berlin"}, "'Berlin' is not an IANA time zone"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, changes, message):
    with pytest.raises(SettingsError, match=message):
        simulate_study(tmp_path / "none", replace(SMALL, **changes))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["thesis.txt", "study.toml"])
def test_a_folder_that_no_simulation_made_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("years of work", encoding="utf-8")
    with pytest.raises(SettingsError, match="was not made by simulate"):
        simulate_study(tmp_path, SMALL)
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [
        (name, "years of work")
    ]


def test_a_simulation_takes_the_place_of_an_earlier_one(study, tmp_path):
    simulate_study(tmp_path, replace(SMALL, participant_count=1, seed=8))
    (tmp_path / "devices" / "P77").mkdir()  # left by a run that broke off
    (tmp_path / "store").mkdir()
    simulate_study(tmp_path, SMALL)
    assert digests(tmp_path) == digests(study)
    assert (tmp_path / "store").is_dir()
