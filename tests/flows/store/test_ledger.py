"""A unit is done once, and again when anything that made it changed."""

from pathlib import Path

import pytest

from flows.store.ledger import Ledger, fingerprint


def finished(store: Path) -> Ledger:
    (store / "raw").mkdir()
    ledger = Ledger(store, "ingest")
    ledger.record("abc", "f1", [store / "raw"], outcome="read")
    return ledger


def test_unit_is_current_after_it_was_recorded(tmp_path: Path) -> None:
    ledger = finished(tmp_path)
    assert ledger.is_current("abc", "f1")
    assert ledger.read("abc") == {"fingerprint": "f1", "outputs": ["raw"], "outcome": "read"}
    assert ledger.units() == ["abc"]


@pytest.mark.parametrize("change", ["fingerprint", "output", "half_entry", "unknown"])
def test_unit_is_done_again_when_something_is_not_as_it_was(tmp_path: Path, change: str) -> None:
    ledger = finished(tmp_path)
    unit, wanted = "abc", "f1"
    if change == "fingerprint":
        wanted = "f2"
    elif change == "output":
        (tmp_path / "raw").rmdir()
    elif change == "half_entry":
        (tmp_path / "ledger" / "ingest" / "abc.json").write_text('{"fingerprint": "f1", "outp')
    else:
        unit = "xyz"
    assert not ledger.is_current(unit, wanted)


def test_fingerprint_sees_every_part_and_no_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}, "x") == fingerprint({"b": 2, "a": 1}, "x")
    assert len({fingerprint(1, 2), fingerprint(12), fingerprint("1", 2), fingerprint(2, 1)}) == 4


def test_a_unit_that_is_removed_takes_its_files_along_and_no_others(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "detect")
    files = [tmp_path / name for name in ("own", "lost", "other")]
    for file in files:
        file.touch()
    ledger.record("abc", "f1", files[:2])
    ledger.record("xyz", "f1", files[2:])
    files[1].unlink()
    ledger.remove("abc")
    ledger.remove("never recorded")
    assert [file.exists() for file in files] == [False, False, True]
    assert ledger.units() == ["xyz"]
