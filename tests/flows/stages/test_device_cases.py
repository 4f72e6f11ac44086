"""Device files that once failed, all in one study: what ``check`` says of each, ``run`` finds too."""

import gzip
import hashlib
import io
import json
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import load_settings
from tests.transforms.readers import cwa_blocks, gt3x_records
from tests.without_prefect import leave_prefect_out

pytestmark = pytest.mark.xdist_group("device_cases")  # one worker: the cases are read once

WORN = datetime.fromisoformat("2026-05-04T18:00:00")
SPRING = datetime.fromisoformat("2026-03-29T01:59:30")
CASES = ("milli_g.csv", "metres_per_s2.csv", "actilife_decimal_comma.csv", "repeated_second.gt3x")


def cwa(block_count: int, start: datetime, number: int = 0) -> bytes:
    return b"".join(
        cwa_blocks.packed_blocks(block_count, start=start, first_number=number, seed=block_count)[0]
    )


def table(moments: list[datetime], *, seed: int, scale: float = 1.0, zeros: slice = slice(0, 0)) -> bytes:
    values = np.tile([0.6, 0.0, 0.8], (len(moments), 1)) + np.random.default_rng(seed).normal(
        0, 0.01, (len(moments), 3)
    )
    values[zeros] = 0
    lines = ["time,x (g),y (g),z (g)"]
    for moment, (x, y, z) in zip(moments, values * scale, strict=True):
        lines.append(f"{moment.isoformat(sep=' ', timespec='milliseconds')},{x:.4f},{y:.4f},{z:.4f}")
    return ("\n".join(lines) + "\n").encode()


def every(start: datetime, count: int) -> list[datetime]:
    return [start + timedelta(milliseconds=40 * index) for index in range(count)]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def made() -> dict[str, bytes]:
    head, plain = cwa_blocks.header(), cwa(40, WORN)
    later = every(WORN, 1000) + every(WORN + timedelta(days=2), 1000)
    wall = every(SPRING, 750) + every(SPRING + timedelta(hours=1, seconds=30), 750)
    records, _ = gt3x_records.seconds(60, is_worn=True, seed=5)
    apart = table(every(WORN, 1500), seed=8).replace(b"time,x (g)", b"date,time,x (g)").replace(b"2026-05-04 ", b"2026-05-04,")  # fmt: skip
    return {
        "gap/left_ankle.cwa": head + cwa(30, WORN) + cwa(30, WORN + timedelta(days=40), 40),
        "set/left_ankle [old] [/red].cwa": head + plain,
        unicodedata.normalize("NFD", "Müller/left_ankle.cwa"): head + cwa(41, WORN),
        "zeros/left_ankle.csv": table(every(WORN, 2000), seed=1, zeros=slice(500, 700)),
        "spring/left_ankle.csv": table(wall, seed=2),
        "unset/left_ankle.cwa": head + cwa(42, datetime.fromisoformat("2000-01-01T00:00:30")),
        "lost/left_ankle.cwa": head + cwa(43, WORN) + cwa(44, datetime.fromisoformat("2000-01-01"), 43),
        "copied/left_ankle copy.cwa": head + cwa(45, WORN),
        "copied/left_ankle.cwa": head + cwa(45, WORN),
        "packed/left_ankle.csv.gz": gzip.compress(table(later, seed=3)),
        "packed/right_ankle.zip": zipped("right_ankle.cwa", head + cwa(46, WORN)),
        "apart/left_ankle.csv": apart,
        "counts/left_ankle.agd": b"SQLite format 3\0" + bytes(2000),
        "litter/Thumbs.db": b"?",
        "nobody/left_ankle.gt3x": gt3x_records.gt3x(b"".join(records)),
        "unnamed/left_ankle.csv": table(every(WORN, 1500), seed=4, scale=1000).replace(b" (g)", b""),
        "empty/left_ankle.cwa": b"",
    }


WANTED = {
    "milli_g.csv": ("implausible_gravity", 'unit = "mg"'),
    "metres_per_s2.csv": ("implausible_gravity", 'unit = "m/s2"'),
    "unset": ("implausible_clock", "clock was not set"),
    "counts": ("not_raw_samples", "agd"),
    "unnamed": ("undeclared_columns", 'unit = "mg"'),
    "empty": ("empty_file", "empty"),
}
"""Which files give no recording, with the reason and words of it; all others give one."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What ``check`` said of the study, and the stages of ``run`` that read device files."""
    from flows.study import FLOWS, run_stages

    folder = tmp_path_factory.mktemp("cases")
    contents = made()
    cases = Path(__file__).parents[4] / "shared" / "cases" / "devices"
    for name in CASES if cases.is_dir() else ():
        contents[f"{name}/left_ankle.{name.rpartition('.')[2]}"] = (cases / name).read_bytes()
    people = {unicodedata.normalize("NFC", name.partition("/")[0]) for name in contents} - {"nobody"}
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    (folder / "participants.csv").write_text(
        "participant_id\n" + "\n".join(sorted(people)) + "\n", encoding="utf-8"
    )
    for name, content in contents.items():
        path = folder / "devices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "devices" / "again").symlink_to(folder / "devices" / "gap")
    said = CliRunner().invoke(app, ["check", str(folder), "--json"])
    with pytest.MonkeyPatch.context() as patch:
        leave_prefect_out(patch)
        run_stages(load_settings(folder, worker_count=1), FLOWS["slice"])
    core = folder / "store" / "core"
    found = {what: pl.read_parquet(core / what).to_dicts() for what in ("recording", "rejected_recording")}
    # names that may be a person's are pseudonyms in the store: the content tells which file is meant
    yield {
        name: {
            "check": next(
                (row for row in json.loads(said.stdout)["files"] if row["file"] == f"devices/{name}"), None
            ),
            **{
                what: [row for row in rows if row["sha256"] == hashlib.sha256(content).hexdigest()]
                for what, rows in found.items()
            },
        }
        for name, content in contents.items()
    }
    shutil.rmtree(folder)


def of(outcome: dict[str, Any], person: str) -> dict[str, Any]:
    """Return the recording of a participant's left ankle."""
    (row,) = [
        row
        for name, told in outcome.items()
        if name.startswith(f"{person}/left")
        for row in told["recording"]
    ]
    return row


def test_every_file_has_one_outcome_that_check_told_before(outcome):
    for name, told in outcome.items():
        person = name.partition("/")[0]
        if person == "litter":
            assert told == {"check": None, "recording": [], "rejected_recording": []}
        elif person in WANTED:
            reason, words = WANTED[person]
            (rejected,) = told["rejected_recording"]
            assert (rejected["reason_code"], told["recording"]) == (reason, [])
            assert words in rejected["reason"]
            assert words in told["check"]["verdict"]
        elif person == "copied":  # of the same content
            assert [row["reason_code"] for row in told["rejected_recording"]] == ["duplicate_content"]
            assert [row["file_name"].rpartition("/")[2] for row in told["recording"]] == ["left_ankle.cwa"]
        else:
            assert (len(told["recording"]), told["rejected_recording"]) == (1, []), name
            assert told["check"]["format"] == told["recording"][0]["file_format"]


def test_check_tells_the_span_that_run_finds(outcome):
    for name, told in outcome.items():
        for row in told["recording"]:
            start = datetime.strptime(told["check"]["start"], "%Y-%m-%d %H:%M:%S %z")
            assert start == row["started_at"].replace(microsecond=0)
            hours = (row["ended_at"] - row["started_at"]) / timedelta(hours=1)
            # what a lost clock dates is left out at the end
            assert "lost" in name or float(told["check"]["hours"]) == pytest.approx(hours, abs=0.02), name


def test_what_was_found_in_each(outcome):
    gap = of(outcome, "gap")
    assert (gap["gap_count"], gap["started_at"].date()) == (1, WORN.date())
    assert gap["gap_s"] == pytest.approx(40 * 86_400 - 36, abs=0.1)
    assert of(outcome, "zeros")["gap_s"] == pytest.approx(8, abs=0.1)
    spring = of(outcome, "spring")
    assert (spring["gap_count"], spring["sample_count"]) == (0, 1500)
    assert of(outcome, "lost")["sample_count"] == 43 * 120
    assert of(outcome, "packed")["gap_s"] == pytest.approx(2 * 86_400 - 40, abs=0.1)
    assert of(outcome, "apart")["sample_count"] == 1500


def test_the_delivered_files(outcome, device_cases):
    assert {path.name for path in device_cases.iterdir()} == {"README.md", *CASES}
    repeated = of(outcome, "repeated_second.gt3x")
    assert (repeated["ended_at"] - repeated["started_at"]).total_seconds() == pytest.approx(120, abs=0.1)
    assert repeated["gap_count"] == 0
    assert of(outcome, "actilife_decimal_comma.csv")["sampling_rate_hz"] == 25
