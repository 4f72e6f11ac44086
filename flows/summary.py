"""What a person reads on the terminal when a run is done."""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from flows.settings import StudySettings
from flows.store.layout import FRONT_DOOR
from flows.store.waiting import Waiting
from flows.warehouse.published import open_warehouse


@dataclass(kw_only=True)
class StudyReport:
    """What a run did, for the summary on the terminal and for the exit code."""

    settings: StudySettings
    rejected_recordings: pl.DataFrame = field(default_factory=pl.DataFrame)
    rejected_entries: pl.DataFrame = field(default_factory=pl.DataFrame)
    waiting: tuple[Waiting, ...] = ()
    """What could not be taken now, and is tried at each run."""
    counts: dict[str, int] = field(default_factory=dict)
    """What was there and what was new: recordings, recordings_read, participants_scored, ..."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time of each stage [s]."""
    warehouse: Path | None = None
    quality: Path | None = None
    release: Path | None = None

    @property
    def rejected_count(self) -> int:
        """Number of device files and diary rows that were not taken."""
        return self.rejected_recordings.height + self.rejected_entries.height

    @property
    def told_counts(self) -> dict[str, int]:
        """What the ledger, the flow's state and its artifacts say of the run."""
        return self.counts | {
            "rejected_recordings": self.rejected_recordings.height,
            "rejected_entries": self.rejected_entries.height,
            "waiting": len(self.waiting),
        }


_QUESTIONS = {
    "participants": "select count(*) from participant",
    "recordings": "select count(*) from recording",
    "nights": "select count(*) from night",
    "eligible nights": "select count(*) filter (where is_eligible) from night",
    "jerks": "select sum(jerk_count) from analysis_night",
    "hypnic jerks": "select sum(hypnic_jerk_count) from analysis_night",
    "hours analysed": "select round(sum(analysed_h), 1) from analysis_night",
}


_SURVEY = """
    select
        exposure,
        per_what,
        max(smaller_model_odds_ratio) filter (where model = 'demographic') as crude,
        max(odds_ratio) filter (where model = 'full') as full,
        max(ci_low) filter (where model = 'full') as low,
        max(ci_high) filter (where model = 'full') as high,
        max(odds_ratio) filter (where model = 'full_and_mood') as mood
    from survey_association
    where outcome = 'leg_jerk_often'
    group by exposure, per_what
    order by min(rowid)
"""

_CYCLES = """
    select
        coalesce(cycle, 'no known cycle') as cycle,
        count(*),
        count(leg_jerk_frequency),
        count(*) filter (where exam_represented_count is not null and stratum_number is not null)
    from survey_person
    group by cycle
    order by cycle
"""


def print_nhanes(report: StudyReport) -> None:
    """Write the answer of a survey to standard output: odds ratios of leg jerks often or almost always."""
    with open_warehouse(report.settings.store) as connection:
        rows = connection.sql(_SURVEY).pl().to_dicts()
        cycles = connection.sql(_CYCLES).fetchall()
    lines = []
    if report.rejected_entries.height:
        lines.append("of the survey's files not read as they are:")
        lines += _entry_lines(report.rejected_entries, 20)
    lines += [
        f"respondents of {cycle}: {count}, of whom {answered} answered; {weighted} with a weight and a stratum"
        for cycle, count, answered, weighted in cycles
    ]
    lines += [
        "odds ratios of leg jerks often or almost always (adults, weighted; a research result, no diagnosis):"
    ]
    lines.append(
        f"  {'exposure':24} {'step':16} {'crude':>6} {'full':>6}   {'95 % interval':16} {'and mood':>8}"
    )
    for row in rows:
        told = {
            key: "-" if row[key] is None else f"{row[key]:.2f}"
            for key in ("crude", "full", "low", "high", "mood")
        }
        interval = f"{told['low']} to {told['high']}"
        lines.append(
            f"  {row['exposure']:24} {row['per_what']:16} {told['crude']:>6} {told['full']:>6}   {interval:16} "
            f"{told['mood']:>8}"
        )
    lines += [
        f"warehouse: {report.warehouse}",
        f"the page:  {report.release and report.release / 'survey.html'}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def print_summary(report: StudyReport) -> None:
    """Write the result of a run to standard output."""
    sys.stdout.write("\n".join(_lines(report)) + "\n")


def _lines(report: StudyReport) -> list[str]:
    lines = [f"study {report.settings.study_id}"]
    lines += [f"  {name.replace('_', ' ')}: {count}" for name, count in report.counts.items()]
    if report.rejected_recordings.height:
        lines.append("device files not taken:")
        lines += [
            f"  {row['reason_code']}: {row['reason']}"
            for row in report.rejected_recordings.iter_rows(named=True)
        ]
    if report.waiting:
        lines += ["waiting, tried at each run:", *(f"  {entry.reason}" for entry in report.waiting)]
    if report.rejected_entries.height:
        lines.append(f"diary rows not taken: {report.rejected_entries.height}")
        lines += _entry_lines(report.rejected_entries, 5)
    if report.warehouse is not None and report.warehouse.exists():
        lines += _warehouse_lines(report.settings.store)
    places = {
        "warehouse": report.warehouse,
        "data docs": report.quality,
        "cohort release": report.release,
        "front door": report.settings.store / FRONT_DOOR,
    }
    lines += [f"{name + ':':<16}{place}" for name, place in places.items() if place is not None]
    if report.warehouse is not None:
        query = '"select * from jerk_rate_by_caffeine order by exposure, lower"'
        commands = (report.settings.command("sql", query), report.settings.command("explain", "PARTICIPANT"))
        lines += ["next:", *(f"  {command}" for command in commands)]
    return lines


def _entry_lines(entries: pl.DataFrame, most: int) -> list[str]:
    lines = [_entry_line(row) for row in entries.head(most).iter_rows(named=True)]
    return [*lines, "  ... all in table rejected_entry"] if entries.height > most else lines


def _entry_line(row: dict[str, Any]) -> str:
    cell = f", {row['column_name']} = {row['value']!r}" if row["column_name"] else ""
    line = f" line {row['line_number']}" if row["line_number"] is not None else ""
    return f"  {row['file_name']}{line}{cell}: {row['reason']}"


def _warehouse_lines(store: Path) -> list[str]:
    with open_warehouse(store) as connection:
        facts = {name: connection.sql(query).fetchall()[0][0] for name, query in _QUESTIONS.items()}
        bands = connection.sql(
            "select level, lower, upper, night_count, analysed_h, jerk_count, jerk_rate_per_h, ci_low_per_h, ci_high_per_h "
            "from jerk_rate_by_caffeine where exposure = 'caffeine_after_14h_mg' order by lower, upper"
        ).fetchall()
    lines = [", ".join(f"{value if value is not None else 0} {name}" for name, value in facts.items())]
    lines += ["jerks per hour in bed by caffeine after 14:00 (research index, exploratory):"]
    lines.append(f"  {'dose':<28}{'nights':>7}{'hours':>9}{'jerks':>7}{'per h':>8}   95 % interval")
    for level, lower, upper, nights, hours, jerks, rate, low, high in bands:
        per_h = "-" if rate is None else f"{rate:.2f}"
        numbers = f"{nights:>7}{hours or 0:>9.1f}{jerks or 0:>7}{per_h:>8}"
        interval = f"   {low:.2f} to {high:.2f}" if low is not None and high is not None else ""
        lines.append(f"  {_band(level, lower, upper):<28}{numbers}{interval}")
    return lines


def _band(level: str, lower: float | None, upper: float | None) -> str:
    if upper is None:
        return f"{level}: above {lower:.0f} mg"
    return f"{level}: {lower or 0:.0f} to {upper:.0f} mg" if upper > 0 else f"{level}: 0 mg"
