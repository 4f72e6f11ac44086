"""Let a run die at any of its durable steps, and see that the next run finishes as if nothing had happened.

A durable step is each mkdir, rename, link, unlink and rmdir below the store, and each commit of the ledger; the interpreter tells
them (audit events), so that none is forgotten. Runs go without Prefect, each in a process of its own.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows.settings import load_settings
from flows.store.ledger import Book
from flows.store.secret import store_secret
from tests.without_prefect import PlainTask

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link"}
KILLED = 137
LONGEST_S = 900
_SLOW_IMPORTS = [
    "prefect",
    "prefect.task_runners",
    "great_expectations",
    "statsmodels.api",
    "duckdb",
    "pyarrow.parquet",
]
"""Loaded once, before the children fork; nothing that starts polars' threads, which a fork would lose."""


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_SLOW_IMPORTS)
    return context


def _count(store: Path, step: Callable[[str], None]) -> None:
    """Have ``step`` called before every durable step below the store."""
    prefix = str(store)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in STEPS and any(
            isinstance(one, str | os.PathLike) and prefix in os.fspath(one) for one in arguments
        ):
            step(event)

    sys.addaudithook(hook)
    commit = Book._commit

    def counted(book: Book) -> None:
        step("commit")
        commit(book)

    Book._commit = counted  # type: ignore[method-assign]


def _run(folder: Path, told: Path, die_at: int | None) -> None:
    """Run the study in this process; write what was done to ``told``, and die before step ``die_at``."""
    from flows import orchestration, study

    orchestration._as_task = lambda function, label: PlainTask(function)  # type: ignore[assignment]
    settings = load_settings(folder, worker_count=1)
    done: list[list[str]] = []
    steps = 0
    record = Book.record

    def noted(book: Book, stage: str, unit: str, *arguments: Any) -> None:
        done.append([stage, unit, arguments[0]])
        record(book, stage, unit, *arguments)

    Book.record = noted  # type: ignore[method-assign, assignment]

    def step(event: str) -> None:
        nonlocal steps
        steps += 1
        if steps == die_at:
            os._exit(KILLED)

    _count(settings.store, step)
    study.run_stages(settings, [study._ingest, study._detect, study._warehouse, study._release])
    told.write_text(json.dumps({"steps": steps, "done": done}))
    os._exit(0)


def run_in_child(folder: Path, die_at: int | None = None) -> tuple[int, dict[str, Any]]:
    """Run the study in a child process; return its exit code and what it told."""
    told = folder / "told.json"
    told.unlink(missing_ok=True)
    child = _context().Process(target=_run, args=(folder, told, die_at))
    child.start()
    child.join(LONGEST_S)
    if child.exitcode is None:
        child.kill()
        child.join()
    return child.exitcode, json.loads(told.read_text()) if told.exists() else {}


def tables_of(folder: Path) -> dict[str, str]:
    """Return a hash of the rows of every table, but for the times at which runs began and ended."""
    hashes = {}
    with duckdb.connect(str(folder / "store" / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.sql("select table_name from duckdb_tables() order by 1").fetchall()
        for (name,) in names:
            columns = "* exclude (started_at, ended_at)" if name == "run" else "*"
            rows = sorted(repr(row) for row in connection.sql(f"select {columns} from {name}").fetchall())
            hashes[str(name)] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return hashes


def recorded_units(folder: Path) -> set[tuple[str, str, str]]:
    """Return the units that the ledger says are done."""
    book = Book(folder / "store")
    units = {
        (stage, unit, entry.fingerprint)
        for stage, entries in book.units.items()
        for unit, entry in entries.items()
    }
    book.close()
    return units


def fresh_copy(original: Path, folder: Path) -> Path:
    """Copy a study with the secret of its store and nothing else of it."""
    shutil.copytree(
        original, folder, copy_function=shutil.copy2, ignore=shutil.ignore_patterns("store", "told.json")
    )
    (folder / "store").mkdir()
    shutil.copy2(original / "store" / ".pseudonym_key", folder / "store")
    return folder


def die_and_finish(original: Path, place: Path, step: int, wanted: dict[str, str]) -> str | None:
    """Let a copy of the study die before one step and finish it; return what went wrong."""
    folder = fresh_copy(original, place / f"death_{step}")
    try:
        code, _ = run_in_child(folder, step)
        if code != KILLED:
            return f"step {step}: ended with {code} in place of dying"
        before = recorded_units(folder)
        code, told = run_in_child(folder)
        if code != 0:
            return f"step {step}: the next run ended with {code}"
        twice = [unit for unit in map(tuple, told["done"]) if unit in before]
        if twice:
            return f"step {step}: done twice: {twice}"
        found = tables_of(folder)
        differ = [name for name in wanted if found.get(name) != wanted[name]]
        if differ or found.keys() != wanted.keys():
            return f"step {step}: tables differ: {differ}"
        left = [path for path in (folder / "store" / ".tmp").rglob("*") if path.is_file()]
        if left:
            return f"step {step}: left behind: {left}"
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def undisturbed(folder: Path) -> tuple[int, dict[str, str]]:
    """Run a study once; return how many durable steps it took, and its tables."""
    store_secret(
        load_settings(folder).store
    )  # pseudonyms and noise are drawn from it: the copies have the same
    code, told = run_in_child(folder)
    if code != 0:
        raise RuntimeError(f"the undisturbed run ended with {code}")
    return int(told["steps"]), tables_of(folder)


def deaths(original: Path, place: Path, steps: Sequence[int], wanted: dict[str, str]) -> list[str]:
    """Return what went wrong at any of the steps."""
    faults = [die_and_finish(original, place, step, wanted) for step in steps]
    return [fault for fault in faults if fault is not None]
