"""``legjumps check``: what is seen, by one line a file and one line a kind of finding."""

import hashlib
import importlib.util
import io
import json
import time
import unicodedata
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import load_settings
from flows.stages.contents import with_hashes
from flows.stages.discovery import discover
from flows.stages.links import link_files

READERS = Path(__file__).parents[2] / "transforms" / "readers"


def _writer(name: str):
    spec = importlib.util.spec_from_file_location(name, READERS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cwa, gt3x = _writer("cwa_blocks"), _writer("gt3x_records")


def recording(start: str = "2024-03-04T20:00:00", hours: float = 12, seed: int = 1) -> bytes:
    """Write a recording of which most blocks are left out: its marks tell its length all the same."""
    first, _ = cwa.packed_blocks(5, start=datetime.fromisoformat(start), seed=seed)
    later = datetime.fromisoformat(start) + timedelta(hours=hours)
    last, _ = cwa.packed_blocks(5, start=later, first_number=99, seed=seed + 1)
    return cwa.header() + b"".join(first + last)


def study(folder: Path, files: dict[str, bytes], participants: str = "participant_id\nP1\n") -> Path:
    (folder / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    (folder / "participants.csv").write_text(participants, encoding="utf-8")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def checked(folder: Path) -> dict[str, dict]:
    result = CliRunner().invoke(app, ["check", str(folder), "--json"])
    return {row["file"]: row for row in json.loads(result.stdout)["files"]}


def contiguous(start: str, blocks: int = 40) -> bytes:
    return cwa.header() + b"".join(cwa.packed_blocks(blocks, start=datetime.fromisoformat(start))[0])


def test_one_line_a_file(tmp_path):
    study(tmp_path, {"devices/P1/left_ankle.cwa": contiguous("2024-07-04T20:00:00")})
    row = checked(tmp_path)["devices/P1/left_ankle.cwa"]
    assert row == {
        "file": "devices/P1/left_ankle.cwa",
        "participant": "P1",
        "site": "left_ankle",
        "zone": "Europe/Berlin",
        "format": "axivity_cwa",
        "device": "AX3",
        "rate_hz": "100",
        "start": "2024-07-04 20:00:00 +0200",
        "hours": "0.01",
        "nights": "0",
        "faults": "",
        "verdict": "ok",
    }


@pytest.mark.parametrize(
    ("start", "hours", "told"),
    [
        ("2000-01-01T00:00:30", 12, "its clock was not set"),
        ("2024-03-04T20:00:00", 24 * 500, "runs over 500 days"),
        ("2024-03-04T20:00:00", 24 * 40, "gaps: two recordings in one file?"),
        ("2062-01-01T20:00:00", 12, "it ends in the future"),
    ],
)
def test_absurd_durations_are_flagged(tmp_path, start, hours, told):
    study(tmp_path, {"devices/P1/left_ankle.cwa": recording(start, hours)})
    assert told in checked(tmp_path)["devices/P1/left_ankle.cwa"]["verdict"]


def test_nights_are_those_that_can_be_analysed(tmp_path):
    study(tmp_path, {"devices/P1/left_ankle.cwa": recording("2024-03-04T20:00:00", 60)})
    assert checked(tmp_path)["devices/P1/left_ankle.cwa"]["nights"] == "3"


def test_names_with_brackets_are_printed_as_they_are(tmp_path):
    name = "devices/P1/left_ankle [old] [/red].cwa"
    study(tmp_path, {"devices/P1/left_ankle [old] [/red].cwa": contiguous("2024-07-04T20:00:00")})
    assert name in CliRunner().invoke(app, ["check", str(tmp_path)]).stdout


@pytest.mark.parametrize("listed", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_two_spellings_of_an_accent_are_one_participant(tmp_path, listed, written):
    on_list, on_disk = unicodedata.normalize(listed, "Müller1"), unicodedata.normalize(written, "Müller1")
    study(
        tmp_path,
        {f"devices/{on_disk}/left_ankle.cwa": contiguous("2024-07-04T20:00:00")},
        f"participant_id\n{on_list}\n",
    )
    (file,) = discover(load_settings(tmp_path)).device_files
    assert file.participant_id == on_list


def test_a_recording_list_may_spell_the_name_either_way(tmp_path):
    content = contiguous("2024-07-04T20:00:00")
    study(tmp_path, {"devices/P1/" + unicodedata.normalize("NFD", "fußgelenkä.cwa"): content})
    (tmp_path / "recordings.csv").write_text(
        "file,participant_id,body_site\ndevices/P1/fußgelenkä.cwa,P1,right_ankle\n", encoding="utf-8"
    )
    contents = discover(load_settings(tmp_path))
    assert [file.body_site for file in contents.device_files] == ["right_ankle"]
    assert contents.missing_files == []


def test_linked_folders_are_followed_once(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "right_ankle.cwa").write_bytes(contiguous("2024-07-04T20:00:00"))
    folder = tmp_path / "study"
    folder.mkdir()
    study(folder, {"devices/P1/left_ankle.cwa": contiguous("2024-07-05T20:00:00")})
    (folder / "devices" / "P2").symlink_to(elsewhere)
    (folder / "devices" / "P1" / "again").symlink_to(folder / "devices")
    (folder / "devices" / "P3").symlink_to(elsewhere)
    names = [file.file_name for file in discover(load_settings(folder)).device_files]
    assert names == ["devices/P1/left_ankle.cwa", "devices/P2/right_ankle.cwa"]


def test_a_folder_of_nobody_on_the_list_is_told(tmp_path):
    study(tmp_path, {"devices/P9/left_ankle.cwa": contiguous("2024-07-04T20:00:00")})
    row = checked(tmp_path)["devices/P9/left_ankle.cwa"]
    assert row["verdict"] == "participants.csv does not list P9"


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("devices/P1/left_ankle/x.cwa", "left_ankle"),
        ("devices/P1/2024/Right_Foot/A001.cwa", "right_foot"),
        ("devices/P1/left_ankle/right_ankle.cwa", "right_ankle"),
        ("devices/P1/x.cwa", "other"),
    ],
)
def test_the_site_may_be_a_folder(tmp_path, name, site):
    study(tmp_path, {name: contiguous("2024-07-04T20:00:00")})
    (file,) = discover(load_settings(tmp_path)).device_files
    assert (file.participant_id, file.body_site) == ("P1", site)


@pytest.mark.parametrize(
    "copy", ["left_ankle copy.cwa", "left_ankle (1).cwa", "Copy of left_ankle.cwa", "left_ankle - Kopie.cwa"]
)
def test_a_copy_never_wins_over_the_plain_name(tmp_path, copy):
    content = contiguous("2024-07-04T20:00:00")
    study(tmp_path, {f"devices/P1/{copy}": content, "devices/P1/left_ankle.cwa": content})
    contents = with_hashes(load_settings(tmp_path), discover(load_settings(tmp_path)))
    linked = link_files(contents, {})
    assert [file.file_name for file in linked.files] == ["devices/P1/left_ankle.cwa"]
    assert [(row["file_name"], row["reason_code"]) for row in linked.rejects] == [
        (f"devices/P1/{copy}", "duplicate_content")
    ]


def test_litter_of_operating_systems_is_no_input(tmp_path):
    litter = ["Thumbs.db", "desktop.ini", ".DS_Store", "._left_ankle.cwa", "~$diary.xlsx"]
    study(tmp_path, {f"devices/P1/{name}": b"?" for name in litter})
    assert discover(load_settings(tmp_path)).device_files == []


def test_idle_sleep_mode_is_named(tmp_path):
    records, _ = gt3x.seconds(60, is_worn=True)
    features = gt3x.record(
        21, gt3x.START_S, (1).to_bytes(2, "little") + (2).to_bytes(2, "little") + bytes([132, 1, 0, 0])
    )
    content = gt3x.gt3x(features + b"".join(records), last_s=gt3x.START_S + 60)
    study(tmp_path, {"devices/P1/left_ankle.gt3x": content})
    row = checked(tmp_path)["devices/P1/left_ankle.gt3x"]
    assert row["faults"] == "idle_sleep"


def test_findings_are_summed_and_shown_in_full_on_request(tmp_path):
    people = "participant_id\n" + "".join(f"P{index}\n" for index in range(1, 31))
    study(tmp_path, {}, people)
    for index in range(1, 31):
        path = tmp_path / "devices" / f"P{index}" / "left_ankle.cwa"
        path.parent.mkdir(parents=True)
        path.write_bytes(contiguous("2024-07-04T20:00:00", 5))
    summed = CliRunner().invoke(app, ["check", str(tmp_path)]).stdout
    line = next(line for line in summed.splitlines() if "participants without any diary" in line)
    assert line.split()[-1] == "P1"
    assert "30 findings in all; --all shows each" in summed
    full = CliRunner().invoke(app, ["check", str(tmp_path), "--all"]).stdout
    assert full.count("participant_without_diary") == 30


def test_twenty_files_take_little_time(tmp_path):
    files = {
        f"devices/P1/left_ankle_{index}.cwa": contiguous("2024-07-04T20:00:00", 400 + index)
        for index in range(20)
    }
    study(tmp_path, files)
    CliRunner().invoke(app, ["check", str(tmp_path)])  # modules are loaded
    start = time.perf_counter()
    CliRunner().invoke(app, ["check", str(tmp_path)])
    assert time.perf_counter() - start < 5  # 0.3 s on a machine that is idle


def test_several_recordings_of_one_archive_are_files_of_their_own(tmp_path):
    left, right = contiguous("2024-07-04T20:00:00", 20), contiguous("2024-07-05T20:00:00", 30)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("left_ankle.cwa", left)
        archive.writestr("right_ankle.cwa", right)
        archive.writestr("__MACOSX/._left_ankle.cwa", b"?")
    study(tmp_path, {"devices/P1/both.zip": buffer.getvalue(), "devices/P1/again/left_ankle.cwa": left})
    rows = checked(tmp_path)
    assert {name: (row["participant"], row["site"], row["verdict"]) for name, row in rows.items()} == {
        "devices/P1/again/left_ankle.cwa": ("P1", "left_ankle", "ok"),
        "devices/P1/both.zip/left_ankle.cwa": ("P1", "left_ankle", "ok"),
        "devices/P1/both.zip/right_ankle.cwa": ("P1", "right_ankle", "ok"),
    }
    settings = load_settings(tmp_path)
    linked = link_files(with_hashes(settings, discover(settings)), {})
    assert [file.sha256 for file in linked.files] == [
        hashlib.sha256(content).hexdigest() for content in (left, right)
    ]
    assert [row["reason_code"] for row in linked.rejects] == ["duplicate_content"]
