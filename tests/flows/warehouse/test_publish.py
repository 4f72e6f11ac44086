"""A warehouse is built when what it is made of changed or it is broken, and not otherwise; a full disk publishes nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.settings import StudySettings
from flows.store.datasets import write_frame
from flows.store.layout import core_file
from flows.store.ledger import Ledger
from flows.store.machine import as_machine_error
from flows.store.opening import opened_store
from flows.warehouse import publish as publish_module
from flows.warehouse.build import BuiltWarehouse
from flows.warehouse.publish import publish_warehouse
from tests.small_study import make_study


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudySettings:
    numbers = iter(range(100))

    def build(store: Path, *_: Any, **__: Any) -> BuiltWarehouse:
        folder = store / ".tmp" / f"build{next(numbers)}"
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            connection.execute("create table run as select 1 as x")
        pl.DataFrame({"x": [1]}).write_parquet(folder / "run.parquet")
        return BuiltWarehouse(folder / "warehouse.duckdb", folder.name)

    def validate(path: Path, store: Path, run_id: str) -> Path:
        page = store / "quality" / run_id / "index.html"
        page.parent.mkdir(parents=True)
        page.touch()
        return page

    monkeypatch.setattr(publish_module, "build_warehouse", build)
    monkeypatch.setattr(publish_module, "validate_warehouse", validate)
    monkeypatch.setattr(publish_module, "code_of", lambda function: "code")
    monkeypatch.setattr(publish_module, "preload", lambda: None)
    settings = make_study(tmp_path)
    with opened_store(settings.store):
        add(settings, "P1")
        assert publish_warehouse(settings).is_new
    return settings


def add(settings: StudySettings, person: str) -> Path:
    file = write_frame(core_file(settings.store, "night", person), pl.DataFrame({"participant_id": [person]}))
    Ledger(settings.store, "score").record(person, "f", [file])
    return file


def is_built_again(settings: StudySettings) -> bool:
    with opened_store(settings.store):
        return publish_warehouse(settings).is_new


def test_nothing_new_builds_nothing(settings: StudySettings) -> None:
    assert not is_built_again(settings)


@pytest.mark.parametrize("damage", ["gone", "cut", "same_size", "no_page"])
def test_a_warehouse_that_does_not_open_is_built_again(settings: StudySettings, damage: str) -> None:
    warehouse = settings.store / "warehouse.duckdb"
    if damage == "gone":
        warehouse.unlink()
    elif damage == "cut":
        warehouse.write_bytes(warehouse.read_bytes()[:5000])
    elif damage == "same_size":
        warehouse.write_bytes(bytes(warehouse.stat().st_size))
    else:
        next((settings.store / "quality").rglob("index.html")).unlink()
    assert is_built_again(settings)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.sql("from run").fetchall() == [(1,)]
    assert not is_built_again(settings)


def test_what_it_is_made_of_builds_it_again(settings: StudySettings) -> None:
    with opened_store(settings.store):
        add(settings, "P2")
        assert publish_warehouse(settings).is_new
    limit = replace(settings.parameters.release, kept_warehouse_count=1)
    changed = replace(settings, parameters=replace(settings.parameters, release=limit))
    assert is_built_again(changed)
    assert not is_built_again(changed)
    with opened_store(settings.store):
        Ledger(settings.store, "score").remove("P2")
    assert is_built_again(changed)


def test_a_disk_that_is_full_at_the_build_publishes_nothing_and_costs_nothing(
    settings: StudySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (settings.store / "warehouse.duckdb").read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise duckdb.IOException('Could not write file "warehouse.duckdb": No space left on device')

    with monkeypatch.context() as patch, opened_store(settings.store):
        patch.setattr(publish_module, "build_warehouse", full)
        add(settings, "P2")
        with pytest.raises(duckdb.IOException) as caught:
            publish_warehouse(settings)
    told = as_machine_error(caught.value)
    assert told is not None and "disk is full" in str(told)
    assert (settings.store / "warehouse.duckdb").read_bytes() == before
    assert is_built_again(settings)
