"""The settings of docs/truth.md, tried on files of the form that each data set describes."""

import io
import runpy
import shutil
from datetime import date, datetime, time, timedelta
from pathlib import Path

import edfio
import numpy as np
import polars as pl
import pytest

from flows.settings import load_settings
from flows.stages.agreement import compare
from flows.stages.polysomnography import score_polysomnography
from flows.store.layout import core_table
from tests.without_prefect import leave_prefect_out
from transforms.schema import PARTICIPANT, empty

TRUTH = Path(__file__).resolve().parents[3] / "docs" / "truth"
HOUR_S = 3600
NIGHT = date(2001, 1, 1)
STARTS = time(22, 30)
RATE_HZ = 256
ONSETS_S = range(1800, 5400, 25)


@pytest.fixture(autouse=True)
def plain_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the work be done without Prefect, as plain functions."""
    leave_prefect_out(monkeypatch)


def electromyogram(rng, side_lag_s: float) -> np.ndarray:
    """Two hours of a quiet tibialis with a burst of 2 s every 25 s, in microvolts."""
    values = rng.normal(0.0, 1.0, 2 * HOUR_S * RATE_HZ)
    for onset_s in ONSETS_S:
        first = round((onset_s + side_lag_s) * RATE_HZ)
        values[first : first + 2 * RATE_HZ] += rng.normal(0.0, 40.0, 2 * RATE_HZ)
    return values


def written(signals: dict[str, np.ndarray], annotations=(), startdate: date = NIGHT) -> bytes:
    buffer = io.BytesIO()
    edfio.Edf(
        [
            edfio.EdfSignal(values, RATE_HZ, label=label, physical_dimension="uV", physical_range=(-500, 500))
            for label, values in signals.items()
        ],
        recording=edfio.Recording(startdate=startdate),
        starttime=STARTS,
        annotations=annotations,
    ).write(buffer)
    return buffer.getvalue()


def stage_marks():
    return [
        edfio.EdfAnnotation(30 * epoch, 30, "Sleep stage W" if epoch < 40 else "Sleep stage N2")
        for epoch in range(240)
    ]


def ready(name: str, folder: Path):
    shutil.copy(TRUTH / name / "study.toml", folder)
    return load_settings(folder, worker_count=1)


def test_psg_ipa_holds_each_scorer_and_the_detector_against_each_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    folder = tmp_path / "psg" / "SN1"
    folder.mkdir(parents=True)
    legs = {"EMG LAT": electromyogram(rng, 0.0), "EMG RAT": electromyogram(rng, 0.2)}
    (folder / "SN1_LimbMovements.edf").write_bytes(written(legs, stage_marks()))
    for scorer in (1, 2, 11):
        seen = [onset for onset in ONSETS_S if rng.random() < 0.9]
        marks = [
            edfio.EdfAnnotation(onset + lag, 2, f"Limb movement@@{channel}")
            for onset in seen
            for lag, channel in ((0.0, "EMG LAT"), (0.2, "EMG RAT"))
        ]
        (folder / f"SN1_LimbMovements_manual_scorer{scorer}.edf").write_bytes(
            written({}, [*stage_marks(), *marks])
        )
    settings = ready("psg_ipa", tmp_path)
    scored = score_polysomnography(settings, empty(PARTICIPANT))
    assert scored.rejected_recordings.is_empty()
    events = pl.read_parquet(core_table(settings.store, "scored_leg_movement"))
    assert set(events["scorer"]) == {"scorer01", "scorer02", "scorer11", "emg_detector"}
    assert set(events["side"]) == {"both"}
    compare(settings, "score")
    table = pl.read_parquet(core_table(settings.store, "agreement"))
    assert table.height == 12  # four, each against the three others
    between = table.filter(pl.col("scorer") != "emg_detector", pl.col("candidate") == "emg_detector")
    assert between["sensitivity"].min() > 0.95
    assert between["precision"].max() < 1.0  # a scorer that left some out


def cap_text() -> str:
    head = ["Patient:\tplm1", "Recording Date:\t01/01/2001", "", "Scorer:\tX", ""]
    names = "Sleep Stage\tPosition\tTime [hh:mm:ss]\tEvent\tDuration[s]\tLocation"
    start = datetime.combine(NIGHT, STARTS)
    rows = [
        "\t".join(
            [
                "W" if epoch < 40 else "S2",
                "Unknown Position",
                (start + timedelta(seconds=30 * epoch)).strftime("%H:%M:%S"),
                "SLEEP-S0" if epoch < 40 else "SLEEP-S2",
                "30",
                "ROC-LOC",
            ]
        )
        for epoch in range(240)
    ]
    rows.insert(120, "S2\tUnknown Position\t23:30:10\tMCAP-A1\t5\tC4-P4")
    return "\n".join([*head, names, *rows, ""])


@pytest.mark.parametrize(
    ("right", "left"), [("TIB Dx", "TIB Sx"), ("tib dx", "tib sin"), ("DX1-DX2", "SX1-SX2")]
)
def test_cap_names_of_legs_are_read_and_its_movements_reported(tmp_path: Path, right: str, left: str) -> None:
    rng = np.random.default_rng(2)
    folder = tmp_path / "psg" / "plm1"
    folder.mkdir(parents=True)
    channels = {
        "C4-P4": rng.normal(0, 10, 2 * HOUR_S * RATE_HZ),
        right: electromyogram(rng, 0.2),
        left: rng.normal(0, 1, 2 * HOUR_S * RATE_HZ),
    }
    (folder / "plm1.edf").write_bytes(written(channels))
    (folder / "plm1.txt").write_text(cap_text(), encoding="utf-8")
    settings = ready("cap", tmp_path)
    scored = score_polysomnography(settings, empty(PARTICIPANT))
    assert scored.rejected_recordings.is_empty()
    assert scored.rejected_entries["reason"].to_list() == ["label not known, 1 marks not used"]
    events = pl.read_parquet(core_table(settings.store, "scored_leg_movement"))
    assert set(events["scorer"]) == {"emg_detector"} and set(events["side"]) == {"right"}
    assert events.height == pytest.approx(len(ONSETS_S), abs=2)
    report = pl.read_parquet(core_table(settings.store, "leg_movement_report"))
    assert report.height


def dualsleep(hours: float = 7.0, rate_hz: int = 50) -> pl.DataFrame:
    """A night of the form of PSGO_01.csv; nobody's acceleration."""
    rng = np.random.default_rng(3)
    count = round(hours * HOUR_S * rate_hz)
    start = datetime(2018, 3, 1, 22)  # noqa: DTZ001  as written in the files
    at = pl.datetime_range(
        start, start + timedelta(hours=hours), f"{1000 // rate_hz}ms", closed="left", eager=True
    )
    epoch = np.arange(count) // (30 * rate_hz)
    label = np.where(epoch < 30, 81, np.where(epoch % 97 == 0, 86, 83))
    values = {
        f"{place}_{axis}": rng.normal(1.0 if axis == "z" else 0.0, 0.004, count).round(6)
        for place in ("back", "thigh")
        for axis in "xyz"
    }
    return pl.DataFrame(
        {
            "timestamp": at.dt.strftime("%Y-%m-%d %H:%M:%S%.3f"),
            **values,
            "back_temp": np.full(count, 33.1),
            "thigh_temp": np.full(count, 32.2),
            "label": label,
        }
    )


def test_dualsleep_is_parted_into_sensors_and_stages(tmp_path: Path) -> None:
    downloaded, study = tmp_path / "downloaded", tmp_path / "study"
    downloaded.mkdir()
    table = dualsleep(hours=0.6)
    table.write_csv(downloaded / "PSGO_01.csv")
    arrange = runpy.run_path(str(TRUTH / "dualsleep" / "arrange.py"))
    arrange["main"](downloaded, study)
    thigh = pl.read_csv(study / "devices" / "PSGO_01" / "right_thigh.csv")
    assert thigh.columns == ["timestamp", "x", "y", "z", "temperature_c"]
    assert thigh["x"].equals(table["thigh_x"].alias("x"))
    assert pl.read_csv(study / "devices" / "PSGO_01" / "trunk.csv")["z"].equals(table["back_z"].alias("z"))
    marks = pl.read_csv(study / "psg" / "scored_events.csv")
    assert marks["event"].to_list() == ["stage_w", "stage_n2"]
    assert marks["duration_s"].to_list() == [900.0, pytest.approx(1260.0, abs=0.03)]
    assert load_settings(study).study_id == "dualsleep"


def test_dualsleep_leaves_a_hole_where_nobody_staged(tmp_path: Path) -> None:
    arrange = runpy.run_path(str(TRUTH / "dualsleep" / "arrange.py"))
    labels = pl.DataFrame(
        {
            "timestamp": [f"2018-03-01 22:00:0{second}.000" for second in range(6)],
            "label": ["81", "81", "86", "", "83", "83"],
        }
    )
    marks = arrange["stages"](labels, "A")
    assert marks.select("onset_at", "duration_s", "event").rows() == [
        ("2018-03-01T22:00:00.000", 2.0, "stage_w"),
        ("2018-03-01T22:00:04.000", 1.0, "stage_n2"),
    ]


def test_a_download_of_something_else_is_told(tmp_path: Path) -> None:
    arrange = runpy.run_path(str(TRUTH / "dualsleep" / "arrange.py"))
    with pytest.raises(SystemExit, match=r"no \.csv file"):
        arrange["main"](tmp_path, tmp_path / "study")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="no column timestamp"):
        arrange["main"](tmp_path, tmp_path / "study")
