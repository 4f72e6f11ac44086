"""Files are whole or not there."""

from pathlib import Path

import pytest

from flows.store.atomic import atomic_file, atomic_folder, write_text


def test_file_appears_only_when_the_block_succeeds(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.txt"
    with atomic_file(target) as aside:
        aside.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"


def test_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    write_text(target, "old")
    with pytest.raises(RuntimeError, match="power cut"), atomic_file(target) as aside:
        aside.write_text("half of the n")
        raise RuntimeError("power cut")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_folder_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    with atomic_folder(target) as aside:
        (aside / "old").write_text("1")
    with atomic_folder(target) as aside:
        (aside / "new").write_text("2")
    assert [path.name for path in target.iterdir()] == ["new"]
    with pytest.raises(RuntimeError), atomic_folder(target) as aside:
        (aside / "half").write_text("3")
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
