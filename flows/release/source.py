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
    tables: Mapping[str, pl.DataFrame]
    """Tables of models, of agreement and of evidence, by name."""
    dictionary: pl.DataFrame
    parameters: pl.DataFrame
    run: dict[str, Any]
    planned: str
    """What the report calls the main questions."""
    survey: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables of a survey by name; none where the study holds no survey."""
    figures: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables behind the figures of the report by name."""
    survey_attrition: pl.DataFrame = field(default_factory=pl.DataFrame)
    reference: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Tables that tell of nobody: limits of levels, and allowances."""
    last_month: date | None = None
    """First day of the month of the last night."""

    @property
    def associations(self) -> pl.DataFrame:
        """Rate ratios."""
        return self.tables["association"]

    @property
    def leaving(self) -> dict[str, pl.DataFrame]:
        """Every table that leaves, by name, in the order in which they are to be read."""
        is_course = pl.col("family") == "course"
        course = self.summary.filter(is_course).select(
            (pl.col("level_number") - 1).alias("hour_number"),
            *(name for name in self.summary.columns if name in NIGHT_COURSE),
        )
        return {
            "cohort_summary": self.summary.filter(~is_course),
            "night_course": course,
            **self.tables,
            **self.survey,
            **self.reference,
        }


NIGHT_COURSE = (
    *("is_suppressed", "participant_count", "night_count", "jerk_count", "analysed_h"),
    *("jerk_rate_per_h", "ci_low_per_h", "ci_high_per_h", "hypnic_jerk_count", "hypnic_jerk_rate_per_h"),
)
"""What is told of an hour of the night."""


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
