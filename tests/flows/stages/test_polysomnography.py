"""Polysomnography in the store: a study without sensors, one with both, and names that go nowhere."""

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import edfio
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.commands.check_psg import look_at_polysomnography
from flows.person.words import explain_participant
from flows.settings import StudySettings, load_settings
from flows.stages import polysomnography, psg_scores
from flows.stages.agreement import agreement_page, compare
from flows.stages.discovery import discover
from flows.stages.polysomnography import read_one, score_polysomnography
from flows.stages.psg_files import find_sleepers, neutral_names
from flows.store.layout import core_file, core_table, partition
from flows.store.ledger import Ledger
from flows.warehouse.core_views import DATASETS
from tests.without_prefect import leave_prefect_out
from transforms.psg.movements import MovedNights, fill_nights
from transforms.schema import empty

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
NIGHT = date(2026, 3, 1)
PATIENT = "Mustermann"
HEADER = "participant_id,onset_at,duration_s,event,side,scorer\n"


def marks(
    participant_id: str = "P1", *, day: int = 0, scorer: str = "a1", onsets=range(3600, 4200, 20)
) -> str:
    """Eight hours from 22:00 UTC, asleep from the 30th minute on, with leg movements of 2 s."""
    start = START + timedelta(days=day)

    def row(at_s: float, length_s: float, event: str, side: str) -> str:
        onset = (start + timedelta(seconds=at_s)).isoformat()
        return f"{participant_id},{onset},{length_s},{event},{side},{scorer}\n"

    return "".join(
        [
            row(0, 1800, "stage_w", ""),
            row(1800, 27000, "stage_n2", ""),
            *(row(at_s, 2, "leg_movement", "left") for at_s in onsets),
        ]
    )


def study(folder: Path, *rows: str) -> StudySettings:
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "UTC"\n')
    (folder / "psg").mkdir()
    if rows:
        (folder / "psg" / "scored_events.csv").write_text(HEADER + "".join(rows))
    return load_settings(folder, worker_count=1)


def edf(startdate: date = NIGHT, labels: Sequence[str] = ()) -> bytes:
    buffer = io.BytesIO()
    signal = np.random.default_rng(1).normal(0.0, 1.0, 60 * 256)
    edfio.Edf(
        [edfio.EdfSignal(signal, 256, label="EMG LAT", physical_dimension="uV")],
        patient=edfio.Patient(name=PATIENT, birthdate=date(1960, 5, 17)),
        recording=edfio.Recording(startdate=startdate, hospital_administration_code=PATIENT),
        starttime=time(22),
        annotations=[
            edfio.EdfAnnotation(0, 60, "Sleep stage N2"),
            edfio.EdfAnnotation(5, None, f"call {PATIENT}"),
            *(edfio.EdfAnnotation(10, 1, label) for label in labels),
        ],
    ).write(buffer)
    return buffer.getvalue()


@pytest.fixture
def plain_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the work be done without Prefect, as plain functions."""
    leave_prefect_out(monkeypatch)


def score(settings: StudySettings) -> polysomnography.Scored:
    return score_polysomnography(settings, discover(settings).participants)


def stamps(store: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("plain_functions")
def test_marks_become_movements_reports_and_nights(tmp_path: Path) -> None:
    settings = study(tmp_path, marks())
    told = score(settings)
    assert told.participants["participant_id"].to_list() == ["P1"]
    assert told.rejected_entries.height == told.rejected_recordings.height == 0
    scored = pl.read_parquet(core_table(settings.store, "scored_leg_movement"))
    assert (scored.height, scored["wasm_series_id"].n_unique()) == (30, 1)
    report = pl.read_parquet(core_table(settings.store, "leg_movement_report"))
    asleep = report.row(by_predicate=pl.col("state") == "sleep", named=True)
    assert (asleep["plm_count"], asleep["state_h"], asleep["plm_per_h"]) == (30, 7.5, 4.0)
    hours = pl.read_parquet(core_table(settings.store, "plm_hour"))
    assert hours["plm_count"].to_list() == [30, *[0] * 7]
    histogram = pl.read_parquet(core_table(settings.store, "imi_histogram"))
    assert histogram.filter(pl.col("imi_count") > 0).select("lower_s", "upper_s", "imi_count").rows() == [
        (20.0, 22.0, 29)
    ]


@pytest.mark.usefixtures("plain_functions")
def test_a_second_time_nothing_is_written_and_what_goes_takes_its_results_along(tmp_path: Path) -> None:
    settings = study(tmp_path, marks(), "P1,2026-03-01T23:00,x,leg_movement,left,a1\n")
    assert score(settings).rejected_entries.select("line_number", "value").rows() == [(34, "x")]
    before = stamps(settings.store)
    assert score(settings).rejected_entries.height == 1
    assert stamps(settings.store) == before
    (tmp_path / "psg" / "scored_events.csv").unlink()
    assert score(settings).rejected_entries.height == 0
    left = {path.parent.name for path in (settings.store / "core").rglob("*.parquet")}
    assert left == {"rejected_entry"}


@pytest.mark.usefixtures("plain_functions")
def test_no_name_of_a_patient_is_anywhere_in_the_store(tmp_path: Path) -> None:
    settings = study(tmp_path)
    folder = tmp_path / "psg" / "P1"
    folder.mkdir()
    (folder / f"{PATIENT}, Erika.edf").write_bytes(edf())
    (folder / f"{PATIENT}, Erika Arousal.doc").write_bytes(b"?")
    (tmp_path / "psg" / f"{PATIENT}.edf").write_bytes(edf())
    told = score(settings)
    assert told.rejected_recordings.select("file_name", "reason_code").sort("file_name").rows() == [
        ("psg/001.edf", "no_participant"),
        ("psg/P1/002_001.doc", "unknown_psg_format"),
    ]
    assert pl.read_parquet(core_file(settings.store, "scored_event", "P1", "polysomnography")).height > 0
    for path in settings.store.rglob("*"):
        assert PATIENT.lower() not in str(path.relative_to(settings.store)).lower()
        if path.suffix == ".parquet":
            assert PATIENT.lower() not in pl.read_parquet(path).write_json().lower()
        elif path.is_file():
            assert PATIENT.lower().encode() not in path.read_bytes().lower()


def test_a_file_is_named_by_its_place_and_keeps_its_bond_to_a_recording(tmp_path: Path) -> None:
    settings = study(tmp_path)
    (tmp_path / "psg" / "P1").mkdir()
    for name in ("b.edf", "a.edf", "a Stages.txt", "other.txt"):
        (tmp_path / "psg" / "P1" / name).touch()
    (sleeper,) = find_sleepers(settings, discover(settings).participants)
    assert neutral_names(sleeper) == [
        "psg/P1/002_001.txt",
        "psg/P1/002.edf",
        "psg/P1/003.edf",
        "psg/P1/004.txt",
    ]
    assert len(read_one(sleeper, settings=settings)["rejected_recording"]) == 4


@pytest.mark.usefixtures("plain_functions")
def test_study_toml_gives_the_laboratorys_words_and_the_start_of_a_masked_recording(tmp_path: Path) -> None:
    settings = study(tmp_path)
    (tmp_path / "psg" / "P1").mkdir()
    (tmp_path / "psg" / "P1" / "masked.edf").write_bytes(edf(date(1985, 1, 1), ["Zucken links"] * 3))
    told = score(settings)
    assert told.rejected_recordings["reason_code"].to_list() == ["no_start_time"]
    (tmp_path / "study.toml").write_text(
        '[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n'
        '[psg.labels]\n"zucken links" = "leg_movement left"\n'
        '[psg.starts]\n"P1/masked.edf" = 2026-03-01T23:00:00\n"P1/other.edf" = 2026-03-01T23:00:00\n'
    )
    settings = load_settings(tmp_path, worker_count=1)
    told = score(settings)
    assert told.rejected_recordings.height == 0
    marked = psg_scores.scored_events(settings).filter(event="leg_movement", scorer="laboratory")
    assert marked.select("side", "onset_at").unique().rows() == [("left", START + timedelta(seconds=10))]
    missing = told.rejected_entries.filter(column_name="psg.starts")
    assert missing["reason"].to_list() == [
        "start 2 of [psg.starts] names no file of a participant below psg/"
    ]
    before = stamps(settings.store)
    score(settings)
    assert stamps(settings.store) == before


def test_check_tells_of_each_file_what_it_is_and_what_is_not_taken(tmp_path: Path) -> None:
    study(tmp_path, marks("P2"), "P2,2026-03-01T23:00,x,leg_movement,left,a1\n")
    (tmp_path / "participants.csv").write_text("participant_id\nP1\nP2\n")
    (tmp_path / "psg" / "P1").mkdir()
    (tmp_path / "psg" / "P1" / "night.edf").write_bytes(edf())
    (tmp_path / "psg" / "P1" / "letter.doc").write_bytes(b"?")
    (tmp_path / "psg" / "stray.edf").write_bytes(edf())
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 3
    told = {
        line.split()[0]: " ".join(line.split()[1:]) for line in result.stdout.splitlines() if line.strip()
    }
    night = "P1 EDF 2026-03-01 22:00:00 UTC 0.02 EMG LAT 1 1 psg/P1/002.edf ok"
    assert told["psg/P1/night.edf"] == night
    assert told["psg/P1/letter.doc"].startswith("P1 psg/P1/001.doc psg/P1/001.doc (P1): not a kind of")
    assert told["psg/stray.edf"] == "psg/001.edf belongs to no participant"
    listed = "1 in all list 2026-03-01 22:00:00 UTC 8.00 32 1 psg/scored_events.csv ok"
    assert told["psg/scored_events.csv"] == listed
    assert PATIENT not in result.stdout
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("record_count", [b"0       ", b"-1      ", b"60      "])
def test_an_edf_without_a_data_record_is_not_ok(tmp_path: Path, record_count: bytes) -> None:
    study(tmp_path, marks())
    content = bytearray(edf())
    del content[int(content[184:192]) :]
    content[236:244] = record_count
    (tmp_path / "psg" / "P1").mkdir()
    (tmp_path / "psg" / "P1" / "night.edf").write_bytes(content)
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    rows = json.loads(result.stdout)["polysomnography"]
    verdict = next(row["verdict"] for row in rows if row["polysomnography"] == "psg/P1/night.edf")
    assert "holds no data record" in verdict


def test_a_list_covers_every_night_that_it_tells_of(tmp_path: Path) -> None:
    settings = study(tmp_path, marks(), marks(day=7))
    _, spans = look_at_polysomnography(settings, discover(settings).participants)
    eight_hours = timedelta(hours=8)
    nights = [START, START + timedelta(days=7)]
    assert spans.sort("started_at").rows() == [("P1", start, start + eight_hours) for start in nights]


def a_night(participant_id: str = "P1", **changed: object) -> dict[str, object]:
    """The row that detection makes of a night that a diary and no sensor tells of."""
    return {
        "participant_id": participant_id,
        "night_date": NIGHT,
        "wake_date": NIGHT + timedelta(days=1),
        "time_zone": "UTC",
        "window_start_at": START - timedelta(hours=10),
        "window_end_at": START + timedelta(hours=14),
        "crosses_clock_change": False,
        "leg_recording_count": 0,
        "is_eligible": False,
        "exclusion_reason": "no_leg_recording",
    } | changed


def moved(*nights: dict[str, object], movements: pl.DataFrame | None = None) -> MovedNights:
    return MovedNights(
        nights=pl.DataFrame(nights, schema=DATASETS["night"]),
        wake_episodes=empty(DATASETS["wake_episode"]),
        movements=empty(DATASETS["movement"]) if movements is None else movements,
    )


@pytest.mark.usefixtures("plain_functions")
def test_polysomnography_stands_in_only_where_no_leg_was_recorded(tmp_path: Path) -> None:
    settings = study(tmp_path, marks(), marks(day=1), marks(day=2, onsets=()).replace(",a1", ",b1"))
    score(settings)
    laboratory = psg_scores.nights_of_scorers(settings.store)["P1"]
    # b1 stages, but marks no legs in any night: hers is no night without movements
    assert laboratory.nights.select("night_date", "exclusion_reason").rows() == [
        (NIGHT, None),
        (NIGHT + timedelta(days=1), None),
        (NIGHT + timedelta(days=2), "no_leg_recording"),
    ]
    second = {
        "night_date": NIGHT + timedelta(days=1),
        "leg_recording_count": 1,
        "is_eligible": True,
        "exclusion_reason": None,
    }
    third = {"night_date": NIGHT + timedelta(days=2)}
    seen = fill_nights(moved(a_night(), a_night(**second), a_night(**third)), laboratory)
    assert seen.nights.select("night_date", "leg_recording_count", "is_eligible", "analysed_h").rows() == [
        (NIGHT, 0, True, 8.0),
        (NIGHT + timedelta(days=1), 1, True, None),
        (NIGHT + timedelta(days=2), 0, False, None),
    ]
    assert seen.nights["window_start_at"].null_count() == 0
    assert seen.movements.select("night_date", "movement_source").unique().rows() == [
        (NIGHT, "electromyogram")
    ]
    assert seen.movements.height == 30


@pytest.mark.usefixtures("plain_functions")
def test_the_detector_gives_way_to_people(tmp_path: Path) -> None:
    by_machine = marks(onsets=range(3600, 4200, 30)).replace("stage_", "arousal_")  # no stages of its own
    by_machine = "".join(
        row.replace(",a1", ",emg_detector") for row in by_machine.splitlines(keepends=True) if "leg" in row
    )
    settings = study(tmp_path, marks(), by_machine, by_machine.replace("P1,", "P2,"), marks("P2", onsets=()))
    score(settings)
    nights = psg_scores.nights_of_scorers(settings.store)
    assert nights["P1"].movements.height == 30
    # a1 scores legs, and found none in the night of P2
    assert nights["P2"].movements.height == 0
    assert nights["P2"].nights["is_eligible"].to_list() == [True]


def as_seen_by_a_sensor(settings: StudySettings, *, lag_s: float) -> None:
    """Write what detection would have left for P1: every movement of the scorer, later, and one of its own."""
    movements = psg_scores.nights_of_scorers(settings.store)["P1"].movements
    lag = pl.duration(microseconds=round(lag_s * 1e6))
    own = movements.head(1).with_columns(
        onset_at=pl.lit(START + timedelta(hours=4)), offset_at=pl.lit(START + timedelta(hours=4, seconds=2))
    )
    movements = pl.concat(
        [movements, own.with_columns(wasm_series_id=pl.lit(None, dtype=pl.String))]
    ).with_columns(pl.col("onset_at", "offset_at") + lag, movement_source=pl.lit("acceleration"))
    bed = {"lights_off_at": START, "lights_on_at": START + timedelta(hours=8)}
    night = a_night(leg_recording_count=2, is_eligible=True, exclusion_reason=None, **bed)
    for name, frame in {
        "movement": movements.cast(dict(DATASETS["movement"])),
        "night": pl.DataFrame([night], schema=DATASETS["night"]),
        "signal_break": empty(DATASETS["signal_break"]),
    }.items():
        file = core_file(settings.store, name, "P1")
        file.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(file)
    Ledger(settings.store, "score").record(partition("P1"), f"lag {lag_s}", [])


@pytest.mark.usefixtures("plain_functions")
def test_sensor_and_scorers_are_held_against_each_other(tmp_path: Path) -> None:
    # not one interval after the other is the same, or the offset of the clocks could not be told
    onsets = (np.cumsum(np.random.default_rng(3).integers(12, 60, 40)) + 3600).tolist()
    settings = study(tmp_path, marks(onsets=onsets), marks(onsets=onsets[:30], scorer="b1"))
    score(settings)
    as_seen_by_a_sensor(settings, lag_s=30.0)
    compare(settings, "score")
    found = pl.read_parquet(core_table(settings.store, "agreement"))
    told = {(row["scorer"], row["candidate"]): row for row in found.iter_rows(named=True)}
    assert set(told) == {
        ("a1", "sensor"),
        ("b1", "sensor"),
        ("a1", "b1"),
        ("b1", "a1"),
    }
    sensor = told["a1", "sensor"]
    assert abs(sensor["clock_offset_s"] - 30.0) < 0.01
    assert (sensor["sensitivity"], sensor["matched_count"], sensor["candidate_count"]) == (1.0, 40, 41)
    assert abs(sensor["precision"] - 40 / 41) < 1e-9
    assert told["a1", "b1"]["sensitivity"] == 0.75
    summary = pl.read_parquet(core_table(settings.store, "agreement_summary"))
    assert summary.filter(measure="sensitivity", candidate="sensor", scorer="a1")["value"].to_list() == [1.0]
    assert [path.name for path in (settings.store / "quality" / "agreement").iterdir()] == ["index.html"]
    page = (settings.store / "quality" / "agreement" / "index.html").read_text()
    assert not re.search(r"https?://|<script|<link|@import|url\(", page)
    assert page.count('class="chart wide"') == page.count('class="chart narrow"') == 4
    assert "1 night of 1 participant." in page
    assert "was +30.0 s (median" in page
    before = stamps(settings.store)
    compare(settings, "score")
    assert stamps(settings.store) == before


def test_the_page_of_agreement_says_what_it_could_not_know_and_escapes_names() -> None:
    row = {"participant_id": "P1", "night_date": NIGHT, "scorer": "<anna> & co", "candidate": "sensor"}
    nights = pl.DataFrame([row], schema=DATASETS["agreement"])
    told = {
        "measure": "sensitivity_at_threshold",
        "unit": "1",
        "method": "above 15/h",
        "note": "does not transfer",
    }
    summary = pl.DataFrame([row | told], schema=DATASETS["agreement_summary"], strict=False)
    page = agreement_page(nights, summary, "s")
    assert "sensor against &lt;anna&gt; &amp; co" in page
    assert "<anna>" not in page
    assert "could not be told in any night" in page
    assert "not known" in page
    assert page.count("15/h") == page.count('above 15/h<br><span class="warn">does not transfer') == 1
    assert "No night was both" in agreement_page(nights.clear(), summary.clear(), "s")


@pytest.mark.usefixtures("plain_functions")
def test_movements_of_the_electromyogram_are_no_sensor(tmp_path: Path) -> None:
    settings = study(tmp_path, marks())
    score(settings)
    seen = fill_nights(moved(a_night()), psg_scores.nights_of_scorers(settings.store)["P1"])
    for name, frame in {"night": seen.nights, "movement": seen.movements}.items():
        file = core_file(settings.store, name, "P1")
        file.parent.mkdir(parents=True)
        frame.write_parquet(file)
    compare(settings, "score")
    assert pl.read_parquet(core_table(settings.store, "agreement")).height == 0


@pytest.mark.xdist_group("study")
def test_a_study_of_polysomnography_alone_runs_to_its_release(tmp_path: Path) -> None:
    from flows.orchestration import TemporaryServer
    from flows.study import run

    (tmp_path / "study").mkdir()
    settings = study(tmp_path / "study", marks(), marks("P2", onsets=()))
    server = TemporaryServer(tmp_path / "prefect")
    report = run("study", settings, server)
    assert report.release is not None
    assert (report.release / "cohort_summary.csv").is_file()
    with duckdb.connect(str(settings.store / "warehouse.duckdb"), read_only=True) as connection:
        rates = connection.sql(
            "select participant_id, movement_source, analysed_h, jerk_count, aplm_wasm_count, aplm_wasm_per_h, "
            "aplm_aasm_count from night_rate order by 1"
        ).fetchall()
        windows = connection.sql("select distinct sleep_window_source, is_eligible from night").fetchall()
        sources = connection.sql("select distinct movement_source, peak_g from movement").fetchall()
    assert rates == [
        ("P1", "electromyogram", 8.0, 30, 30, 4.0, 30),
        ("P2", "electromyogram", 8.0, 0, 0, 0.0, 0),
    ]
    assert windows == [("psg", True)]
    assert sources == [("electromyogram", None)]
    words = explain_participant(settings, "P1")
    assert "polysomnography: legs scored by a1, nights: 1" in words
    assert "PLM of the electromyogram 4.0 per hour of sleep" in words
    assert "aPLM 4" not in words
    before = stamps(settings.store / "core")
    again = run("study", settings, server)
    assert (again.counts["participants_scored"], again.counts["warehouses_built"]) == (0, 0)
    assert stamps(settings.store / "core") == before


@pytest.mark.usefixtures("plain_functions")
def test_a_scorer_who_is_called_by_name_has_a_pseudonym_of_the_store(tmp_path: Path) -> None:
    """Whoever is listed by name or address is nowhere in the store; codes and roles stay what they are."""
    settings = study(
        tmp_path, marks(scorer="Dr. Anna Marker <marker@example.org>"), marks(day=1, scorer="r7")
    )
    score(settings)
    scorers = set(psg_scores.scored_events(settings)["scorer"].unique())
    assert "r7" in scorers
    assert {name for name in scorers if name != "r7"} == {
        name for name in scorers if name.startswith("scorer_")
    }
    for file in settings.store.rglob("*"):
        if file.is_file():
            assert b"marker" not in file.read_bytes().lower()
