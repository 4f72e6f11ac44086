"""One unit of work in a room of its own, for whoever shares no disk with the store: fetch, work, put, mark.

The room is a small store of the unit alone, in which the stage's function works as it would in the real one. Whatever happens
to the worker, the store holds all of the unit, mark included, or nothing that anybody looks at.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flows.store.journal import Mark, key_of, read_mark, write_mark
from flows.store.ledger import Output, describe_output
from flows.store.storage import open_storage

_AT_A_TIME = 8


@dataclass(frozen=True)
class Job:
    """A unit, and what its worker must know of it."""

    unit: Any
    stage: str
    name: str
    """Of the unit, for the ledger."""
    fingerprint: str
    keys: tuple[str, ...]
    """What it is made from, of what lies in the store."""


def do_job(job: Job, *, work_of_unit: Callable[..., Any], settings: Any, **shared: Any) -> dict[str, Any]:
    """Do a unit whose inputs and outputs lie in a store elsewhere; return what is to be recorded of it.

    One that was finished with the same fingerprint is not done again.
    """
    storage = open_storage(settings.address)
    mark = read_mark(storage, key_of(job.stage, job.name))
    if mark is not None and mark.fingerprint == job.fingerprint:
        return {**mark.facts, "outputs": list(mark.outputs)}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="legjumps_") as place:
        room = Path(place)
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(lambda key: storage.get(key, room / key), job.keys))
        result = dict(
            work_of_unit(
                job.unit,
                settings=replace(settings, store=room, address=None, part=None, cluster=None),
                **shared,
            )
        )
        outputs = [_described(room, output) for output in result.pop("outputs")]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(lambda one: storage.put(room / one.path, one.path), outputs[:-1]))
        for last in outputs[-1:]:  # of a recording, what makes it whole
            storage.put(room / last.path, last.path)
    if result.get("outcome") != "waiting":
        write_mark(
            storage,
            Mark(
                stage=job.stage,
                unit=job.name,
                fingerprint=job.fingerprint,
                outputs=tuple(outputs),
                facts=result,
                seconds=time.perf_counter() - started,
            ),
        )
    return {**result, "outputs": outputs}


def _described(room: Path, output: Path | Output) -> Output:
    return output if isinstance(output, Output) else describe_output(room, output)


def keys_of(outputs: Sequence[Output], names: Sequence[str] = ("",)) -> tuple[str, ...]:
    """Return the paths of outputs in which one of the names stands."""
    return tuple(one.path for one in outputs if any(name in one.path for name in names))
