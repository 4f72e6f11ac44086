"""Marks of finished units, for the ledger to take over: written by whoever may not write the ledger itself.

A mark is the last object of a unit: with it, the unit is whole. Workers on other machines and slices leave one for each; a run that
holds the store takes them into its ledger and sweeps them when it has ended well. A mark that is found by the worker who
gets the same unit once more, because another was killed before it could tell, spares the work.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from flows.store.ledger import Book, Output
from flows.store.storage import Storage

FOLDER = "journal/"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One finished unit."""

    stage: str
    unit: str
    fingerprint: str
    outputs: tuple[Output, ...]
    facts: Mapping[str, Any]
    seconds: float


def key_of(stage: str, unit: str) -> str:
    """Return where the mark of a unit lies."""
    return f"{FOLDER}{stage}/{quote(unit, safe='')}.json"


def read_mark(storage: Storage, key: str) -> Mark | None:
    """Return a mark, None where there is none."""
    found = storage.read(key)
    if found is None:
        return None
    told = json.loads(found[0])
    return Mark(**told | {"outputs": tuple(Output(**output) for output in told["outputs"])})


def write_mark(storage: Storage, mark: Mark) -> None:
    """Write a mark, after every output of its unit."""
    storage.write(key_of(mark.stage, mark.unit), json.dumps(asdict(mark)).encode())


def adopt_marks(book: Book, storage: Storage, *, is_alone: bool = True) -> None:
    """Take over every mark whose outputs are there and whose unit the ledger does not know as it is.

    A mark whose outputs are not all there any more goes, where ``is_alone``: nobody may be spared the work by it.
    """
    with ThreadPoolExecutor(16) as pool:
        marks = [one for one in pool.map(lambda key: read_mark(storage, key), storage.list(FOLDER)) if one]
    sizes = book.sizes or {}
    for mark in marks:
        is_whole = all(sizes.get(one.path) == one.size_bytes for one in mark.outputs)
        if not is_whole:
            if is_alone:
                storage.delete([key_of(mark.stage, mark.unit)])
            continue
        known = book.units.get(mark.stage, {}).get(mark.unit)
        is_known = (
            known is not None and known.fingerprint == mark.fingerprint and known.outputs == mark.outputs
        )
        if not is_known:
            book.record(mark.stage, mark.unit, mark.fingerprint, mark.outputs, mark.seconds, dict(mark.facts))


def has_marks(storage: Storage) -> bool:
    """Tell whether anything waits to be taken over."""
    return bool(storage.list(FOLDER))


def sweep_marks(storage: Storage) -> None:
    """Delete every mark; what they tell is in the ledger."""
    storage.delete(list(storage.list(FOLDER)))
