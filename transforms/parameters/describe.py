"""How a number with a meaning is declared: its unit, its range, how it is compared, where it comes from."""

import math
from collections.abc import Iterator
from dataclasses import field, fields, is_dataclass
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

_HIGHEST = {"frac": 1.0, "pct": 100.0, "%": 100.0}
"""Upper end of what has one by its unit."""


def quantity(
    meaning: str,
    *,
    unit: str,
    source: str,
    compared: str = "",
    low: float = 0.0,
    high: float | None = None,
    fixed: bool = False,
) -> Any:
    """Declare a field of a frozen parameter class.

    ``compared`` tells the direction in words (">= counts", "< breaks"), ``unit`` is "1" for a bare number,
    ``source`` names paper, table or "engineering choice" with the reason. A value lies between ``low`` and ``high``, both
    included; a share ends at 1 and a percentage at 100. What is ``fixed`` has its published value and no other, because
    a name, a stored grid or a paper's table holds it: it is told, but not set. There are no defaults: a published set of
    values is a named instance.
    """
    return field(
        metadata={
            "meaning": meaning,
            "unit": unit,
            "compared": compared,
            "source": source,
            "low": low,
            "high": _HIGHEST.get(unit, math.inf) if high is None else high,
            "fixed": fixed,
        }
    )


class ParameterRow(NamedTuple):
    """One row of the table ``study_parameter``."""

    name: str
    value: float | str | bool
    unit: str
    compared: str
    source: str
    meaning: str


def rows(parameters: Any, prefix: str = "") -> Iterator[ParameterRow]:
    """Flatten nested parameter classes into rows named ``group.field``."""
    for entry in fields(parameters):
        value = getattr(parameters, entry.name)
        name = f"{prefix}{entry.name}"
        if is_dataclass(value):
            yield from rows(value, f"{name}.")
        else:
            note = entry.metadata
            yield ParameterRow(name, value, note["unit"], note["compared"], note["source"], note["meaning"])


def problem_with(group: Any, name: str, value: Any) -> str | None:
    """Tell in words what is wanted where ``value`` cannot be the field ``name`` of ``group``; None where it can."""
    note = next(entry.metadata for entry in fields(group) if entry.name == name)
    published = getattr(group, name)
    if note["fixed"]:
        return (
            None
            if value == published
            else f"{published!r} and nothing else: it is held by what is stored or named"
        )
    kind = get_type_hints(type(group))[name]
    if get_origin(kind) is tuple:
        if not isinstance(value, tuple) or len(value) != len(published):
            return f"{len(published)} numbers, such as the published {list(published)!r}"
        told = (_problem_with_one(get_args(kind)[0], part, note) for part in value)
        return next((problem for problem in told if problem), None)
    problem = _problem_with_one(kind, value, note)
    return f"{problem}, such as the published {published!r}" if problem else None


def _problem_with_one(kind: Any, value: Any, note: Any) -> str | None:
    if get_origin(kind) is Literal:
        wanted, is_right = " or ".join(get_args(kind)), value in get_args(kind)
    elif kind is bool:
        wanted, is_right = "true or false", isinstance(value, bool)
    elif kind is str:
        wanted, is_right = "text", isinstance(value, str)
    elif isinstance(value, bool) or not isinstance(value, int if kind is int else int | float):
        wanted, is_right = "a whole number" if kind is int else "a number", False
    elif not math.isfinite(value):
        wanted, is_right = "a number", False
    elif value < note["low"]:
        wanted, is_right = f"at least {note['low']:g} {note['unit']}", False
    else:
        wanted, is_right = f"at most {note['high']:g} {note['unit']}", value <= note["high"]
    return None if is_right else wanted
