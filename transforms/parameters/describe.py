"""How a number with a meaning is declared: its unit, how it is compared, where it comes from."""

from collections.abc import Iterator
from dataclasses import field, fields, is_dataclass
from typing import Any, NamedTuple


def quantity(meaning: str, *, unit: str, source: str, compared: str = "") -> Any:
    """Declare a field of a frozen parameter class.

    ``compared`` tells the direction in words (">= counts", "< breaks"), ``unit`` is "1" for a bare number,
    ``source`` names paper, table or "engineering choice" with the reason. There are no defaults: a
    published set of values is a named instance.
    """
    return field(metadata={"meaning": meaning, "unit": unit, "compared": compared, "source": source})


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
