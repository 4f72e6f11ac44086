"""Device files that once failed, all in one study: what ``check`` says of each, ``run`` finds too."""

import gzip
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
    yield {
        "contents": contents,
        "check": {row["file"]: row for row in json.loads(said.stdout)["files"]},
        **{
            what: {row["file_name"]: row for row in pl.read_parquet(core / what).to_dicts()}
            for what in ("recording", "rejected_recording")
        },
        "people": set(pl.read_parquet(core / "participant")["participant_id"]),
    }
    shutil.rmtree(folder)


def of(outcome: dict[str, Any], what: str, person: str) -> dict[str, Any]:
    """Return the one row of a participant's left ankle."""
    (row,) = [row for name, row in outcome[what].items() if name.startswith(f"devices/{person}/left")]
    return row


def test_every_file_has_one_outcome_that_check_told_before(outcome):
    for name in outcome["contents"]:
        person, full = name.partition("/")[0], f"devices/{name}"
        if person == "litter":
            assert not any(full in outcome[what] for what in ("check", "recording", "rejected_recording"))
            continue
        verdict = outcome["check"][full]["verdict"]
        if person in WANTED:
            reason, words = WANTED[person]
            assert outcome["rejected_recording"][full]["reason_code"] == reason
            assert words in outcome["rejected_recording"][full]["reason"]
            assert verdict not in {"ok", ""}
            assert full not in outcome["recording"]
        elif "copy" in name:
            assert outcome["rejected_recording"][full]["reason_code"] == "duplicate_content"
        elif person not in {"set", "nobody"}:  # their names may be people's: the store has pseudonyms
            assert unicodedata.normalize("NFC", full) in outcome["recording"]
    read = len(outcome["contents"]) - len(outcome["rejected_recording"]) - 1
    assert len(outcome["recording"]) == read


def test_check_tells_the_span_that_run_finds(outcome):
    check = {unicodedata.normalize("NFC", name): row for name, row in outcome["check"].items()}
    assert len(outcome["recording"].keys() - check.keys()) == 2  # those of pseudonyms
    for name, row in outcome["recording"].items():
        if (seen := check.get(name)) is None:
            continue
        assert datetime.strptime(seen["start"], "%Y-%m-%d %H:%M:%S %z") == row["started_at"].replace(
            microsecond=0
        )
        if "lost" not in name:  # what is left out is at its end
            assert float(seen["hours"]) == pytest.approx(
                (row["ended_at"] - row["started_at"]).total_seconds() / 3600, abs=0.02
            )


def test_what_was_found_in_each(outcome):
    gap = of(outcome, "recording", "gap")
    assert (gap["gap_count"], gap["started_at"].date()) == (1, WORN.date())
    assert gap["gap_s"] == pytest.approx(40 * 86_400 - 36, abs=0.1)
    assert of(outcome, "recording", "zeros")["gap_s"] == pytest.approx(8, abs=0.1)
    spring = of(outcome, "recording", "spring")
    assert (spring["gap_count"], spring["sample_count"]) == (0, 1500)
    assert of(outcome, "recording", "lost")["sample_count"] == 43 * 120
    assert of(outcome, "recording", "packed")["gap_s"] == pytest.approx(2 * 86_400 - 40, abs=0.1)
    assert of(outcome, "recording", "apart")["sample_count"] == 1500
    assert "Müller" in outcome["people"]


def test_the_delivered_files(outcome, device_cases):
    repeated = of(outcome, "recording", "repeated_second.gt3x")
    span_s = (repeated["ended_at"] - repeated["started_at"]).total_seconds()
    assert span_s == pytest.approx(120, abs=0.1)
    assert repeated["gap_count"] == 0
    assert of(outcome, "recording", "actilife_decimal_comma.csv")["sampling_rate_hz"] == 25
    assert device_cases.is_dir()
