"""What a release is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Source:
    """What is read from the warehouse."""

    summary: pl.DataFrame
    associations: pl.DataFrame
    dictionary: pl.DataFrame
    parameters: pl.DataFrame
    run: dict[str, Any]
    survey: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables of a survey by name; none where the study holds no survey."""
    survey_attrition: pl.DataFrame = field(default_factory=pl.DataFrame)


def minimum_participant_count(source: Source) -> int:
    """Return the limit that the study set."""
    named = source.parameters.filter(pl.col("name") == "release.minimum_participant_count")
    return int(named.item(0, "value_number"))
