"""The units of a stage, done here or wherever workers are: the stage's own function is the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from flows.crew import Outcome
from flows.orchestration import map_units
from flows.settings import StudySettings
from flows.store.jobs import Job, do_job

Unit = TypeVar("Unit")


def map_stage(
    work: Callable[..., dict[str, Any]],
    units: Sequence[Unit],
    *,
    stage: str,
    settings: StudySettings,
    name_of: Callable[[Unit], str],
    wanted: Mapping[str, str],
    made_from: Callable[[Unit], Sequence[str]],
    record: Callable[[Outcome[Any]], None],
    is_here: bool = False,
    **shared: Any,
) -> list[Outcome[Any]]:
    """Do ``work(unit, settings=settings, **shared)`` for each unit of a stage.

    Where the store lies elsewhere, each unit is done in a room of its own, into which what it is ``made_from`` is brought, by
    keys of the store, and from which its outputs are put before its mark. ``is_here`` keeps from workers on other machines what
    only this one can read.
    """
    if settings.address is None:
        return map_units(
            work,
            units,
            label=stage,
            worker_count=settings.worker_count,
            record=record,
            is_here=is_here,
            settings=settings,
            **shared,
        )
    jobs = [Job(unit, stage, name_of(unit), wanted[name_of(unit)], tuple(made_from(unit))) for unit in units]

    def as_unit(outcome: Outcome[Job]) -> None:
        record(replace(outcome, unit=outcome.unit.unit))

    return map_units(
        do_job,
        jobs,
        label=stage,
        worker_count=settings.worker_count,
        record=as_unit,
        is_here=is_here,
        work_of_unit=work,
        settings=settings,
        **shared,
    )
