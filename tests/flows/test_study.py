"""The whole way on small studies: truth to tables, nothing done twice, nothing lost, nothing half published."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.commands.simulate import SimulationSettings, simulate_study
from flows.orchestration import TemporaryServer
from flows.settings import load_settings
from flows.store.layout import core_file, core_table, partition
from flows.store.raw_recording import read_raw_signal
from transforms.simulation.measurement import measure

pytestmark = pytest.mark.xdist_group("study")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporaryServer]:
    yield TemporaryServer(tmp_path_factory.mktemp("prefect"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, server: TemporaryServer) -> Path:
    """A simulated study of three people and two nights, run once."""
    from flows.study import run

    study = tmp_path_factory.mktemp("simulated")
    simulate_study(
        study,
        SimulationSettings(
            participant_count=3, night_count=1, sampling_rate_hz=25.0, seed=11, worker_count=1
        ),
    )
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] > 0
    assert report.counts["participants_scored"] == 3
    assert report.counts["warehouses_built"] == 1
    return study


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(finished, tmp_path / "study", copy_function=shutil.copy2)


def rows(study: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(study / "store" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def tables(study: Path) -> dict[str, list[tuple[object, ...]]]:
    names = [name for (name,) in rows(study, "select table_name from duckdb_tables() order by 1")]
    return {str(name): sorted(rows(study, f"from {name}"), key=repr) for name in names}


def test_what_the_benchmarks_measure_is_what_a_study_runs(finished: Path) -> None:
    """One participant's raw dataset through ``measure`` gives the frames that the study wrote."""
    settings = load_settings(finished)
    core = settings.store / "core"
    person = pl.read_parquet(core / "movement").item(0, "participant_id")
    folders = sorted((settings.store / "raw" / partition(person)).iterdir())
    diary = pl.read_parquet(core_table(settings.store, "sleep_diary"))
    measured = measure(
        [read_raw_signal(folder) for folder in folders],
        diary.filter(pl.col("participant_id") == person),
        settings.time_zone,
        settings.parameters,
    )
    assert measured.movements.height
    for name, frame in {
        "night": measured.nights,
        "wake_episode": measured.wake_episodes,
        "movement": measured.movements,
        "rejected_candidate": measured.rejected,
        "restlessness": measured.restlessness,
    }.items():
        assert_frame_equal(frame, pl.read_parquet(core_file(settings.store, name, person)))


def test_every_planted_night_and_most_movements_are_found(finished: Path) -> None:
    truth = pl.read_parquet(finished / "truth.parquet")
    nights = {
        (row[0], row[1]) for row in rows(finished, "select participant_id, night_date from analysis_night")
    }
    planted = set(truth.filter(pl.col("record") == "night").select("participant_id", "night_date").rows())
    assert len(planted) == 3
    assert nights <= planted
    assert len(nights) >= 2  # one night may be planted as not worn
    legs = truth.filter(
        pl.col("kind") == "leg_movement",
        pl.struct("participant_id", "night_date").is_in(
            [{"participant_id": person, "night_date": night} for person, night in nights]
        ),
    )
    found = rows(finished, "select sum(leg_movement_count) from analysis_night")[0][0]
    assert 0.8 * legs.height <= float(str(found)) <= 1.25 * legs.height


def test_a_second_run_does_nothing_and_leaves_the_same_tables(study: Path, server: TemporaryServer) -> None:
    from flows.study import run

    # The copy lies elsewhere, but nothing in the store depends on where it lies.
    before = tables(study)
    stamps = {path: path.stat().st_mtime_ns for path in (study / "store" / "core").rglob("*.parquet")}
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] == 0
    assert report.counts["participants_scored"] == 0
    assert report.counts["warehouses_built"] == 0
    assert tables(study) == before
    assert {path: path.stat().st_mtime_ns for path in (study / "store" / "core").rglob("*.parquet")} == stamps


_WITHOUT_SERVER = """
import sys
from pathlib import Path
from flows.settings import load_settings
from flows.study import run
class NoServer:
    def start(self): sys.exit("a server was wanted")
    wait = start
study = Path(sys.argv[1])
report = run("study", load_settings(study), NoServer())
print(report.counts["recordings_read"], report.counts["participants_scored"], report.counts["warehouses_built"])
print(report.release)
print([heavy for heavy in ("prefect", "great_expectations", "scipy.signal", "pandas") if heavy in sys.modules])
"""


def run_without_server(study: Path) -> subprocess.CompletedProcess[str]:
    code = [sys.executable, "-c", _WITHOUT_SERVER, str(study)]
    return subprocess.run(code, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_run_with_nothing_new_wants_no_server_and_is_on_record(study: Path) -> None:
    with closing(sqlite3.connect(study / "store" / "ledger.sqlite")) as ledger:
        before = ledger.execute("select max(run_number) from run").fetchone()[0]
    done = run_without_server(study)
    assert done.returncode == 0, done.stderr
    counts, release, heavy = done.stdout.splitlines()
    assert (counts, heavy) == ("0 0 0", "[]")
    with closing(sqlite3.connect(study / "store" / "ledger.sqlite")) as ledger:
        told = ledger.execute("select state, flow from run where run_number > ?", [before]).fetchall()
    assert told == [("completed", "ingest detect warehouse release")]
    # what is gone of a release is made again, with the same bytes
    page = Path(release) / "report.html"
    content = page.read_bytes()
    page.unlink()
    assert run_without_server(study).returncode == 0
    assert page.read_bytes() == content


@pytest.mark.parametrize("change", ["file", "parameter", "epochs"])
def test_whatever_is_new_is_seen_before_any_server_is(study: Path, change: str) -> None:
    if change == "file":
        (first, *_) = sorted((study / "devices").rglob("*.cwa"))
        content = bytearray(first.read_bytes())
        content[7:11] = (4711).to_bytes(4, "little")
        first.write_bytes(bytes(content))
    elif change == "parameter":
        with (study / "study.toml").open("a") as settings:
            settings.write("[parameters.detection]\nrest_s = 0.4\n")
    else:
        next((study / "store" / "core" / "epoch").rglob("*.parquet")).unlink()
    assert "a server was wanted" in run_without_server(study).stderr


def test_a_new_diary_row_moves_only_its_participant(study: Path, server: TemporaryServer) -> None:
    from flows.study import run

    person = rows(study, "select min(participant_id) from analysis_night")[0][0]
    diary = study / "diary" / "sleep.csv"
    lines = diary.read_text().splitlines()
    lines.append(f"{person},2026-02-20,2026-02-20T23:00,,,2026-02-21T07:00")
    diary.write_text("\n".join(lines) + "\n")
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] == 0
    assert report.counts["participants_scored"] == 1
    assert rows(study, "select exclusion_reason from night where night_date = '2026-02-20'") == [
        ("no_leg_recording",)
    ]


def test_every_night_can_be_drawn_and_shows_what_the_tables_say(finished: Path) -> None:
    from flows.commands.night_review import draw_participant

    settings = load_settings(finished)
    known = rows(finished, "select participant_id, count(*) from inclusion group by 1 order by 1")
    for participant, night_count in known:
        text = draw_participant(settings, str(participant)).read_text(encoding="utf-8")
        assert text.count('<section class="night"') == night_count
        told = [int(count) for count in re.findall(r'class="count"[^>]*>(\d+)<', text)]
        counted = f"select count(*) from movement where participant_id = '{participant}'"
        assert sum(told) == rows(finished, counted)[0][0]
        nights = (
            f"select count(*) from night where leg_recording_count > 0 and participant_id = '{participant}'"
        )
        assert text.count('<figure class="whole"') == rows(finished, nights)[0][0] > 0


def test_a_crash_in_the_middle_costs_only_what_was_not_finished(study: Path, server: TemporaryServer) -> None:
    from flows.study import run

    before = tables(study)
    store = study / "store"
    person = sorted((store / "raw").iterdir())[0]
    recording = sorted(person.iterdir())[0]
    # As a kill leaves it: half a file beside, an output gone, an entry cut short.
    (recording / ".samples.parquet.1-abc.tmp").write_bytes(b"PAR1")
    (store / "core" / "movement" / person.name / "part.parquet").unlink()
    with closing(sqlite3.connect(store / "ledger.sqlite")) as ledger:
        ledger.execute("delete from unit where stage = 'summarise' and unit = ?", [recording.name[13:]])
        ledger.commit()
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] == 0
    assert report.counts["participants_scored"] >= 1
    after = tables(study)
    assert after.keys() == before.keys()
    for name in before.keys() - {"run"}:
        assert after[name] == before[name], name


def test_a_replaced_file_takes_its_old_recording_with_it(study: Path, server: TemporaryServer) -> None:
    from flows.study import run

    (name, old_id) = rows(study, "select file_name, recording_id from recording order by file_name limit 1")[
        0
    ]
    file = study / str(name)
    content = bytearray(file.read_bytes())
    content[7:11] = (4711).to_bytes(4, "little")  # another session number in the header
    file.write_bytes(bytes(content))
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] == 1
    assert rows(study, f"select count(*) from recording where file_name = '{name}'") == [(1,)]
    assert rows(study, f"select count(*) from recording where recording_id = '{old_id}'") == [(0,)]
    assert not list((study / "store").rglob(f"*{old_id}*.parquet"))


def test_a_reader_keeps_the_warehouse_it_opened_while_the_next_is_published(
    study: Path, server: TemporaryServer
) -> None:
    from flows.study import run

    watcher = subprocess.Popen(
        [sys.executable, "-c", _WATCHER, str(study / "store" / "warehouse.duckdb")],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert watcher.stdout is not None
    assert watcher.stdin is not None
    first = watcher.stdout.readline()
    diary = study / "diary" / "caffeine.csv"
    diary.write_text(diary.read_text().splitlines()[0] + "\n")
    assert run("study", load_settings(study), server).counts["warehouses_built"] == 1
    watcher.stdin.write("\n")
    watcher.stdin.flush()
    same, reopened = watcher.stdout.readline(), watcher.stdout.readline()
    assert watcher.wait(timeout=60) == 0
    assert int(first) > 0
    assert same == first
    assert int(reopened) == 0


_WATCHER = """
import sys, duckdb
question = "select count(*) from caffeine_intake"
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.sql(question).fetchall()[0][0], flush=True)
sys.stdin.readline()
print(connection.sql(question).fetchall()[0][0], flush=True)
connection.close()
print(duckdb.connect(sys.argv[1], read_only=True).sql(question).fetchall()[0][0], flush=True)
"""


def test_nothing_is_published_when_a_critical_expectation_fails(
    study: Path, server: TemporaryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.study import run
    from flows.warehouse import validate
    from transforms.errors import ExpectationError

    suites = validate.load_suites()
    impossible = {
        "type": "expect_table_row_count_to_equal",
        "kwargs": {"value": 1_000_000},
        "meta": {"unit": "1", "source": "test"},
        "notes": "A million people took part.",
        "severity": "critical",
    }
    suites["participant"] = {**suites["participant"], "expectations": [impossible]}
    monkeypatch.setattr(validate, "load_suites", lambda folder=None: suites)
    with closing(sqlite3.connect(study / "store" / "ledger.sqlite")) as ledger:
        ledger.execute("delete from unit where stage = 'warehouse'")
        ledger.commit()
    before = (study / "store" / "warehouse.duckdb").stat()
    with pytest.raises(ExpectationError, match="A million people took part"):
        run("study", load_settings(study), server)
    after = (study / "store" / "warehouse.duckdb").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert not list((study / "store" / ".tmp").rglob("*"))


def test_real_files_end_in_four_kinds_of_outcome(shared_data: Path, tmp_path: Path) -> None:
    real = shared_data / "GGIRread"
    (tmp_path / "study.toml").write_text('[study]\nid = "real"\ntime_zone = "Europe/Berlin"\n')
    devices = tmp_path / "devices"
    for name, source in {
        "P1/left_ankle.cwa": "ax3_testfile.cwa",
        "P2/left_ankle.cwa": "ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa",
        "P3/left_ankle.cwa": "ax6_testfile.cwa",
    }.items():
        (devices / name).parent.mkdir(parents=True)
        shutil.copyfile(real / source, devices / name)
    (devices / "P1" / "x.cwa").write_text("This is a letter, not a recording.\n")
    (devices / "P2" / "right_ankle.cwa").touch()

    run = subprocess.run(
        [sys.executable, "-m", "flows", "run", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == 3, run.stderr
    assert "devices/P1/x.cwa" in run.stdout
    recordings = {
        row[0]: row[1:]
        for row in rows(
            tmp_path,
            "select file_name, device_model, sample_count, faulty_block_count, sampling_rate_hz, range_g from recording",
        )
    }
    # sample counts: actfast, actipy and skdh agree on the first and the third, actipy's salvage on the second
    assert recordings == {
        "devices/P1/left_ankle.cwa": ("AX3", 17400, 0, 100.0, 8.0),
        "devices/P2/left_ankle.cwa": ("AX3", 16680, 6, 100.0, 8.0),
        "devices/P3/left_ankle.cwa": ("AX6", 11320, 0, 100.0, 16.0),
    }
    rejected = dict(rows(tmp_path, "select file_name, reason_code from rejected_recording"))
    assert rejected == {"devices/P1/x.cwa": "unknown_format", "devices/P2/right_ankle.cwa": "empty_file"}
    assert rows(tmp_path, "select count(*) from participant") == [(3,)]


def scored_events(truth: pl.DataFrame, *, lag_s: float) -> str:
    """A scorer who sees every true candidate and stage, by a clock that is ``lag_s`` ahead."""
    lag = timedelta(seconds=lag_s)

    def row(person: str, start: datetime, end: datetime, event: str, side: str = "") -> str:
        return f"{person},{(start + lag).isoformat()},{(end - start).total_seconds()},{event},{side},anna\n"

    lines = ["participant_id,onset_at,duration_s,event,side,scorer\n"]
    for night in truth.filter(record="night").iter_rows(named=True):
        person, onset, end = night["participant_id"], night["sleep_onset_at"], night["sleep_end_at"]
        lines.append(row(person, night["lights_off_at"], onset, "stage_w"))
        middle = onset + (end - onset) / 2
        wake = middle + timedelta(minutes=10)
        lines += [row(person, onset, middle, "stage_n2"), row(person, middle, wake, "stage_w")]
        lines += [row(person, wake, end, "stage_r"), row(person, end, night["lights_on_at"], "stage_w")]
        moved = truth.filter(
            pl.col("is_clm"), record="movement", participant_id=person, night_date=night["night_date"]
        )
        for leg in moved.iter_rows(named=True):
            done = leg["onset_at"] + timedelta(seconds=leg["duration_s"])
            sides = {site.partition("_")[0] for site in leg["body_sites"]}
            side = "both" if len(sides) > 1 else sides.pop()
            lines.append(row(person, leg["onset_at"], done, "leg_movement", side))
    return "".join(lines)


def test_polysomnography_beside_sensors_fills_agreement(study: Path, server: TemporaryServer) -> None:
    from flows.study import run

    (study / "psg").mkdir()
    truth = pl.read_parquet(study / "truth.parquet")
    (study / "psg" / "scored_events.csv").write_text(scored_events(truth, lag_s=20.0))
    report = run("study", load_settings(study), server)
    assert report.counts["recordings_read"] == 0
    told = rows(
        study,
        "select participant_id, clock_offset_s, sensitivity, f1, kappa_index, abs(difference_per_h) from agreement "
        "where candidate = 'sensor' and is_clock_offset_known order by 1",
    )
    assert len(told) >= 1
    for _, offset_s, sensitivity, f1, kappa, difference in told:
        assert offset_s == pytest.approx(-20.0, abs=0.5)
        assert min(sensitivity, f1, kappa) > 0.7
        assert difference < 5.0
    # the night is that of the stages, wake included; its movements are the sensor's
    nights = rows(
        study,
        "select distinct sleep_window_source, round(waso_min, 6), movement_source "
        "from night inner join night_rate using (participant_id, night_date, sleep_window_source) where leg_recording_count > 0",
    )
    assert ("psg", 10.0, "acceleration") in nights
    assert all(source != "psg" or waso == 10.0 for source, waso, _ in nights)
    # the sleep that the sensors would have told by themselves is not that of the stages
    slept = rows(
        study,
        "select sleep_window_source, sleep_sensitivity_frac, sleep_onset_error_min from sleep_agreement "
        "where sensor_sleep_h is not null",
    )
    assert slept and all(source != "psg" for source, _, _ in slept)
    assert all(found > 0.5 and abs(error) < 120.0 for _, found, error in slept)
    measures = {measure for (measure,) in rows(study, "select distinct measure from agreement_summary")}
    assert {
        "sensitivity",
        "precision",
        "f1",
        "kappa",
        "bias",
        "icc_2_1",
        "sensitivity_at_threshold",
    } <= measures
    page = study / "store" / "quality" / "agreement" / "index.html"
    # a scorer is told by a pseudonym
    assert re.search(r"sensor against \w+", page.read_text()) and "anna" not in page.read_text()
    # nothing of acceleration is called an index of the electromyogram, and the limit stands beside its warning
    pages = [page, report.release / "report.html" if report.release else page]
    texts = [path.read_text() for path in pages] + [repr(row) for row in rows(study, "from data_dictionary")]
    texts += [repr(row) for row in rows(study, "select method, note from agreement_summary")]
    for text in texts:
        for word in re.finditer(r"PLMI\b", text):
            assert re.search(r"\b(not|no)\b", text[max(0, word.start() - 60) : word.start()]), text
        for limit in re.finditer(r"\b15(?:\.0)? ?(?:/ ?h|per hour)", text):
            assert "not transfer" in text[limit.start() : limit.start() + 400], text
