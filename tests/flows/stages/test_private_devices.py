"""Nothing that identifies a person gets from a device, a recording of a laboratory or a folder into the store, or to Prefect."""

import io
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import edfio
import numpy as np
import polars as pl
import pytest

from flows.orchestration import TemporaryServer
from flows.settings import load_settings
from tests.flows.stages.identifiers import BORN, FIRST, IP, LAST, MAIL, PHONE, PLANTED, TEXT, identified
from tests.flows.stages.test_private_entries import EVERY, EVERY_HEADER
from tests.transforms.readers import cwa_blocks, geneactiv_pages, gt3x_records

pytestmark = pytest.mark.xdist_group("study")

NAME = f"{FIRST} {LAST}"
AS_NAMES = tuple(cell.replace("/", "-").strip() for cell in PLANTED)
"""What people call files and folders."""


def axivity(block_count: int, note: str) -> bytes:
    annotation = f"_c={note}&_s={LAST}&_so={FIRST}&_n={MAIL}".encode()[:448]
    blocks = cwa_blocks.still_blocks(block_count)
    end = cwa_blocks.START + timedelta(seconds=block_count * 1.2)
    return cwa_blocks.header(annotation=annotation, end=end) + b"".join(blocks)


def geneactiv() -> bytes:
    pages, _ = geneactiv_pages.pages(20, is_worn=True, seed=7)
    head = geneactiv_pages.header(pages=20).decode()
    for field, cell in (
        ("Subject Code:Jane Doe", NAME),
        ("Date of Birth:1970-1-1", BORN),
        ("Subject Notes:lives at 1 Example Street", TEXT),
        ("Study Centre:", MAIL),
        ("Config Operator ID:", LAST),
        ("Config Notes:", PHONE),
        ("Extract Notes:", IP),
    ):
        head = head.replace(field, f"{field.split(':')[0]}:{cell}")
    return head.encode() + b"".join(pages)


def actigraph() -> bytes:
    records, _ = gt3x_records.seconds(60, is_worn=True, seed=3)
    facts = {"Subject Name": NAME, "Race": TEXT, "Limb": MAIL, "Side": PHONE, "Dominance": LAST}
    facts |= {"Sex": FIRST, "Height": BORN, "Age": IP}
    log = b"".join(records)
    info = b"\r\n".join(
        [
            gt3x_records.info().replace(b"Jane Doe", NAME.encode()),
            *(f"{key}: {value}".encode() for key, value in facts.items()),
        ]
    )
    return gt3x_records.archive({"log.bin": log, "info.txt": info})


def table(seed: int) -> bytes:
    """A table with a column of notes, and rows that are damaged by them."""
    values = np.tile([0.1, 0.2, 0.97], (600, 1)) + np.random.default_rng(seed).normal(0, 0.004, (600, 3))
    rows = [f'2026-03-02T22:00:{index / 50:06.3f},{x:.4f},{y:.4f},{z:.4f},"{TEXT}"' for index, (x, y, z) in enumerate(values)]  # fmt: skip
    damaged = [f"{cell},{cell},{cell},{cell},{cell}" for cell in AS_NAMES]
    return "\n".join(["time,x (g),y (g),z (g),notes", *rows, *damaged]).encode()


def polysomnography(start: date) -> bytes:
    buffer = io.BytesIO()
    signal = np.random.default_rng(1).normal(0, 5, 256 * 60)
    edfio.Edf(
        [edfio.EdfSignal(signal, 256, label="EMG LAT", physical_dimension="uV")],
        patient=edfio.Patient(name=NAME.replace(" ", "_"), birthdate=date(1986, 1, 29), code=LAST),
        recording=edfio.Recording(
            startdate=start, hospital_administration_code=LAST, investigator_technician_code=FIRST
        ),
        starttime=time(22),
        annotations=[
            edfio.EdfAnnotation(0, 30, "Sleep stage N2"),
            *(edfio.EdfAnnotation(3 + place, 1, cell) for place, cell in enumerate(PLANTED)),
        ],
    ).write(buffer)
    return buffer.getvalue()


def write_study(folder: Path) -> None:
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    (folder / "participants.csv").write_text(
        f"participant_id,sex,birth_year,{EVERY_HEADER}\nP01,female,1986,{EVERY}\nP02,male,1970,{EVERY}\n"
    )
    contents = {
        f"devices/P01/left_ankle {NAME}.cwa": axivity(60, TEXT),
        f"devices/P01/{BORN} right_ankle.gt3x": actigraph(),
        f"devices/{NAME}/left_ankle.bin": geneactiv(),
        f"devices/{LAST}/right_ankle.csv": table(1),
        f"devices/P02/left_ankle {MAIL}/x.csv": table(2),
        f"devices/{LAST} lies nowhere.cwa": axivity(61, LAST),
        f"psg/P02/{NAME}.edf": polysomnography(date(2026, 3, 2)),
        f"psg/{NAME}/{LAST}.edf": polysomnography(date(2026, 3, 3)),
        f"psg/{LAST}.edf": polysomnography(date(2026, 3, 4)),
        "psg/scored_events.csv": (
            f"participant_id,onset_at,duration_s,event,side,scorer,{EVERY_HEADER}\n"
            + "".join(
                f'P02,2026-03-02T22:{minute:02}:00,2,leg_movement,left,"{NAME}",{EVERY}\n' for minute in range(10)
            )
            + "".join(
                f'"{cell}",2026-03-02T22:00:00,2,leg_movement,left,"{cell}",{EVERY}\n' for cell in PLANTED
            )
            + "".join(f'P02,"{cell}","{cell}","{cell}","{cell}","{cell}",{EVERY}\n' for cell in PLANTED)
        ).encode(),
    }  # fmt: skip
    # every mark in every place that takes a name: files that are none, files of the laboratory, folders
    for place, cell in enumerate(AS_NAMES):
        contents[f"devices/P01/left_ankle {cell}.gt3x"] = b"PK\x03\x04" + bytes([place]) * 40
        contents[f"devices/{cell}/left_foot.csv"] = b"time,x,y,z\n" + bytes([65 + place]) * 9
        contents[f"psg/P01/{cell}.rml"] = b"<x/>" + bytes([65 + place])
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "prefect"


@pytest.fixture
def server(home: Path) -> Iterator[TemporaryServer]:
    home.mkdir()
    yield TemporaryServer(home)


def test_no_marker_of_a_device_or_laboratory_in_any_byte(
    tmp_path: Path, home: Path, server: TemporaryServer
) -> None:
    """A whole run: ledger, raw and core datasets, data docs and their pictures, warehouse, release, and Prefect's database."""
    from flows.study import run

    folder = tmp_path / "study"
    folder.mkdir()
    write_study(folder)
    report = run("study", load_settings(folder), server)
    assert report.release is not None
    store = folder / "store"
    raw = list(store.glob("raw/**/*.parquet"))
    assert len({path.parent for path in raw}) >= 5  # what can be read was read, or nothing could leak
    people = pl.read_parquet(store / "core" / "participant" / "part.parquet")["participant_id"].to_list()
    assert {"P01", "P02"} < set(people)
    assert all(person in {"P01", "P02"} or person.startswith("person_") for person in people)
    suffixes = {path.suffix for path in store.rglob("*") if path.is_file()}
    assert {".sqlite", ".duckdb", ".parquet", ".html"} <= suffixes
    assert not identified(store)
    assert not identified(home)
