"""What a release is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from flows.settings import Registration


@dataclass(frozen=True)
class Source:
    """What is read from the warehouse."""

    summary: pl.DataFrame
    associations: pl.DataFrame
    dictionary: pl.DataFrame
    parameters: pl.DataFrame
    run: dict[str, Any]
    planned: str
    """What the report calls the main questions."""
    survey: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables of a survey by name; none where the study holds no survey."""
    survey_attrition: pl.DataFrame = field(default_factory=pl.DataFrame)


def planned_title(registration: Registration | None, first_night: date | None) -> str:
    """Return what the report calls the main questions: planned only where a registration before the first night says so."""
    if registration is None:
        return "Main questions (no registration named: not known to be planned before the data were seen)"
    told = f"{registration.name}, {registration.registered_on:%Y-%m-%d}"
    if registration.is_before(first_night):
        return f"Planned before the data were seen ({told})"
    return f"Main questions (registered after the first night: {told})"


def minimum_participant_count(source: Source) -> int:
    """Return the limit that the study set."""
    named = source.parameters.filter(pl.col("name") == "release.minimum_participant_count")
    return int(named.item(0, "value_number"))
