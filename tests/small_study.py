"""A study of four recordings of a few minutes: enough for every stage, done in seconds."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from flows.settings import StudySettings, load_settings
from transforms.simulation.axivity_cwa import CwaDevice, data_blocks, header

START = datetime.fromisoformat("2026-03-01T23:00:00")
SITES = ("left_ankle", "right_ankle")
PEOPLE = ("P1", "P2")


def recording(number: int, *, minutes: float = 6.0) -> bytes:
    """Return an AX3 file; a longer one of the same number begins with the same samples."""
    device = CwaDevice(
        hardware="AX3",
        is_packed=False,
        device_number=1000 + number,
        session_number=10 + number,
        rate_hz=25.0,
        range_g=8,
        annotation="",
    )
    size = device.samples_per_block
    block_count = int(minutes * 60 * device.rate_hz) // size
    rng = np.random.default_rng(number)
    values = np.rint(rng.normal(0.0, 3.0, (block_count, size, 3)))
    values[:, :, 2] += 256
    started_s = (START - datetime.fromisoformat("1970-01-01")).total_seconds()
    stamps = started_s + np.arange(block_count) * size / device.rate_hz
    body = data_blocks(
        device,
        values.reshape(-1, 3).astype(np.int16),
        stamps,
        np.full(block_count, 30.0),
        np.full(block_count, 1.0),
        4.1,
        0,
    )
    # the header tells the planned end, which an earlier export has too
    return header(device, START, START + timedelta(days=7)) + body


def make_study(folder: Path) -> StudySettings:
    """Write the study: two people, two ankles each, diaries of sleep and caffeine."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text('[study]\nid = "small"\ntime_zone = "UTC"\n')
    (folder / "participants.csv").write_text(
        "participant_id,sex,birth_year,weight_kg\nP1,female,1980,60\nP2,male,1970,80\n"
    )
    for number, (person, site) in enumerate((person, site) for person in PEOPLE for site in SITES):
        file = folder / "devices" / person / f"{site}.cwa"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(recording(number))
    diary = folder / "diary"
    diary.mkdir(exist_ok=True)
    (diary / "sleep.csv").write_text(
        "participant_id,night_date,lights_off,sleep_onset,sleep_end,lights_on\n"
        + "".join(f"{person},2026-03-01,2026-03-01T22:30,,,2026-03-02T06:30\n" for person in PEOPLE)
    )
    (diary / "caffeine.csv").write_text("participant_id,taken_at,caffeine_mg\nP1,2026-03-01T15:00,100\n")
    return load_settings(folder, worker_count=1)
