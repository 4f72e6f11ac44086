"""A person who withdraws is gone from the store, stays out, and nobody else loses anything; a kill on the way is made good."""

from pathlib import Path

import polars as pl
import pytest

from flows.commands.left_behind import require_nothing_left
from flows.commands.verify import verify_store
from flows.commands.withdraw import erase_participant
from flows.settings import StudySettings
from flows.store.health import read_health
from flows.store.layout import core_table
from flows.store.ledger import open_book
from flows.store.recordings_on_record import read_recordings_on_record
from tests.small_study import make_study
from tests.without_prefect import leave_prefect_out
from transforms.errors import ContractError, SettingsError

pytestmark = pytest.mark.xdist_group("study")

LEAVER = "LEAVER01"


def run(settings: StudySettings, *, is_whole: bool = False) -> None:
    """Run the study; only as far as detection where the warehouse would tell nothing more."""
    from flows import study

    rest = [study._warehouse, study._release] if is_whole else []
    study.run_stages(settings, [study._ingest, study._detect, *rest])


def killed_here(*_: object, **__: object) -> None:
    raise InterruptedError


def people(settings: StudySettings) -> set[str]:
    return set(pl.read_parquet(core_table(settings.store, "participant"))["participant_id"])


def test_a_person_who_withdraws_is_gone_and_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_prefect_out(monkeypatch)
    settings = make_study(tmp_path)
    (tmp_path / "devices" / "P2").rename(tmp_path / "devices" / LEAVER)
    for name in ("participants.csv", "diary/sleep.csv", "diary/caffeine.csv"):
        file = tmp_path / name
        file.write_text(file.read_text().replace("P2,", f"{LEAVER},"))
    with (tmp_path / "diary" / "caffeine.csv").open("a") as stream:
        stream.write(f"{LEAVER},2026-03-01T15:00,80\n{LEAVER},nonsense,80\nP1,never,80\n")
    run(settings, is_whole=True)
    assert people(settings) == {"P1", LEAVER}
    front_door = settings.store / "index.html"
    assert LEAVER in front_door.read_text()
    words = [
        LEAVER,
        *(
            o.recording_id
            for o in open_book(settings.store).recordings.values()
            if o.participant_id == LEAVER
        ),
    ]
    with pytest.raises(ContractError, match="still name the person"):
        require_nothing_left(settings.store, words)  # the search finds what is there
    before = pl.read_parquet(sorted((settings.store / "core" / "movement").rglob("*.parquet"))[-1])

    with pytest.raises(SettingsError, match="knows no participant"):
        erase_participant(settings, "NOBODY")
    with monkeypatch.context() as killed:
        killed.setattr("flows.store.ledger.Book.put_recordings", killed_here)
        with pytest.raises(InterruptedError):
            erase_participant(settings, LEAVER)
    erased = erase_participant(settings, LEAVER)
    assert erase_participant(settings, LEAVER) == [
        LEAVER
    ]  # once more: a tombstone is known, and nothing is left
    assert set(words) <= set(erased)
    assert require_nothing_left(settings.store, erased) > 0
    run(settings, is_whole=True)  # device files, list and diaries still hold them
    assert people(settings) == {"P1"}
    assert "P1" in front_door.read_text()
    assert require_nothing_left(settings.store, erased) > 0
    after = pl.read_parquet(sorted((settings.store / "core" / "movement").rglob("*.parquet"))[-1])
    assert after.equals(before)

    (tmp_path / "devices" / LEAVER / "left_ankle.cwa").rename(tmp_path / "devices" / "P1" / "left_foot.cwa")
    run(settings)  # the same content under another name
    assert read_recordings_on_record(settings.store).height == 2

    # what the store holds now is whole, until somebody touches it
    assert not verify_store(settings)
    file = next((settings.store / "core" / "epoch").rglob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    assert verify_store(settings)
    assert file.relative_to(settings.store).as_posix() in capsys.readouterr().out
    run(settings)
    assert not verify_store(settings)

    the_health_of_the_store_says_so(tmp_path, settings)


def the_health_of_the_store_says_so(folder: Path, settings: StudySettings) -> None:
    health = read_health(settings, silent_days=None)
    assert health.is_well, health.why_not
    assert health.recording_states == {"read": 2}
    assert [one.state for one in health.runs][:2] == ["completed", "completed"]
    (folder / "devices" / "P1" / "right_foot.cwa").symlink_to("nowhere")
    run(settings)
    health = read_health(settings, silent_days=None)
    assert (health.is_well, [one.file_name for one in health.waiting]) == (
        False,
        ["devices/P1/right_foot.cwa"],
    )
