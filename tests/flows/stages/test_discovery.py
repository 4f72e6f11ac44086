"""Device files are found, linked by the list or by their place, and hashed once."""

from pathlib import Path

import pytest

from flows.settings import StudySettings, load_settings
from flows.stages.contents import with_hashes
from flows.stages.discovery import DeviceFile, discover


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text('[study]\nid = "s"\ntime_zone = "Europe/Berlin"\n')
    return tmp_path


def put(study: Path, *names: str) -> StudySettings:
    for name in names:
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_bytes(name.encode())
    return load_settings(study)


def linked(files: list[DeviceFile]) -> dict[str, tuple[str | None, str, str, str]]:
    return {f.file_name: (f.participant_id, f.body_site, f.time_zone, f.config_time_zone) for f in files}


def test_place_says_participant_and_site(study: Path) -> None:
    settings = put(
        study,
        "devices/P1/left_ankle_2024.CWA",
        "devices/P1/right_wrist.gt3x",
        "devices/P2/band.bin",
        "devices/lost.cwa",
    )
    berlin = "Europe/Berlin"
    assert linked(discover(settings).device_files) == {
        "devices/P1/left_ankle_2024.CWA": ("P1", "left_ankle", berlin, berlin),
        "devices/P1/right_wrist.gt3x": ("P1", "right_wrist", berlin, berlin),
        "devices/P2/band.bin": ("P2", "other", berlin, berlin),
        "devices/lost.cwa": (None, "other", berlin, berlin),
    }


def test_the_list_wins_and_zones_fall_back_from_file_to_participant_to_study(study: Path) -> None:
    (study / "participants.csv").write_text("participant_id,time_zone\n007,Asia/Tokyo\nP2,\n")
    (study / "recordings.csv").write_text(
        "file,participant_id,body_site,time_zone,config_time_zone\n"
        "devices/a.cwa,7,left_foot,,\n"
        "devices/b.cwa,P2,right_foot,America/Lima,UTC\n"
        "devices/gone.cwa,P2,left_foot,,\n"
    )
    contents = discover(put(study, "devices/a.cwa", "devices/b.cwa"))
    assert linked(contents.device_files) == {
        "devices/a.cwa": (
            "007",
            "left_foot",
            "Asia/Tokyo",
            "Asia/Tokyo",
        ),  # 007 is what a spreadsheet makes 7
        "devices/b.cwa": ("P2", "right_foot", "America/Lima", "UTC"),
    }
    assert [file.file_name for file in contents.missing_files] == ["devices/gone.cwa"]


def test_a_folder_with_acc_csv_is_one_recording(study: Path) -> None:
    contents = discover(put(study, "devices/P1/left_wrist_e4/ACC.csv", "devices/P1/left_wrist_e4/TEMP.csv"))
    assert [file.file_name for file in contents.device_files] == ["devices/P1/left_wrist_e4"]


def test_content_decides_identity_and_an_unchanged_file_is_not_read_again(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = put(study, "devices/P1/left_ankle.cwa", "devices/P1/right_ankle.cwa")
    first = with_hashes(settings, discover(settings)).device_files
    assert len({file.recording_id for file in first}) == 2
    assert all(file.sha256.startswith(file.recording_id) for file in first)

    monkeypatch.setattr("flows.stages.contents._sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert with_hashes(settings, discover(settings)).device_files == first

    monkeypatch.undo()
    (study / "devices/P1/left_ankle.cwa").write_bytes(b"replaced by another recording")
    again = with_hashes(settings, discover(settings)).device_files
    assert [a.sha256 == b.sha256 for a, b in zip(first, again, strict=True)] == [False, True]
