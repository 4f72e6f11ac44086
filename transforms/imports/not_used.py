"""Exports of known makers that hold nothing of use: each is told as what it is, with what to export instead.

An account's archive has hundreds of them (a file of heart rates for each day); those of one archive and one kind are told
in one line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from transforms.imports.files import Imported, refused
from transforms.imports.records import records_in

_NIGHTS = "write the nights into diary/sleep.csv"


@dataclass(frozen=True, kw_only=True)
class NotUsed:
    """One kind of such files."""

    what: str
    """What it is and what to do, in one sentence."""
    table: Callable[[frozenset[str]], bool] = lambda _header: False
    """Tells it by the header of a table."""
    record: Callable[[frozenset[str]], bool] = lambda _keys: False
    """Tells it by the keys of its first record (JSON)."""


KINDS: Sequence[NotUsed] = (
    NotUsed(
        what="the profile of an account: it names a person and is not read; delete it",
        table=lambda header: bool({"full_name", "display_name", "email_address"} & header and {"date_of_birth", "id"} & header),
        record=lambda keys: {"firstName", "lastName"} <= keys or {"emailAddress", "birthDate"} <= keys or {"email", "biological_sex"} <= keys,
    ),
    NotUsed(
        what="a series of an account's archive (steps, heart rate, scores, stages): nothing of it is used",
        table=lambda header: {"sleep_log_entry_id", "overall_score"} <= header
        or {"sleep_id", "sleep_stage_type"} <= header
        or {"sleep_id", "overall_score"} <= header
        or ("timestamp" in header and bool({"data_source", "rmssd", "beats_per_minute", "oxygen_saturation", "average_value"} & header)),
        record=lambda keys: {"dateTime", "value"} <= keys,
    ),
    NotUsed(
        what="Oura's daily scores hold no times of sleep: nothing of it is used; export the sleep periods (sleep)",
        record=lambda keys: {"contributors", "day"} <= keys or {"optimal_bedtime", "day"} <= keys or {"bpm", "timestamp", "source"} <= keys,
        table=lambda header: {"day", "contributors"} <= header or {"date", "sleep_score", "readiness_score"} <= header,
    ),
    NotUsed(
        what="Garmin's table of weeks tells no single night: nothing of it is used; export four weeks (with bedtimes), or the account's archive",
        table=lambda header: {"avg_score", "avg_duration"} <= header,
    ),
    NotUsed(
        what="Cronometer's notes and biometrics: nothing of it is used",
        table=lambda header: {"day", "group", "note"} <= header or {"day", "group", "metric", "amount"} <= header or {"day", "metric", "unit", "amount"} <= header,
    ),
    NotUsed(
        what="ASA24's food records are not read, its recalls are: write each day into diary/nutrients.csv and its doses into diary/caffeine.csv",
        table=lambda header: "recorddaystatus" in header,
    ),
    NotUsed(
        what="ASA24's selections and responses hold no nutrients: nothing of it is used; INF, INS, TN, TS and TNS are read",
        table=lambda header: {"username", "recallrecid"} <= header,
    ),
    NotUsed(
        what=f"Samsung Health's export is not read: {_NIGHTS}",
        table=lambda header: any(name.startswith("com.samsung.") for name in header),
    ),
    NotUsed(
        what=f"Withings' export is not read: {_NIGHTS}",
        table=lambda header: {"from", "to"} <= header and any(name.startswith(("light_(s)", "deep_(s)", "durée", "type_d'activité", "activity_type")) for name in header),
    ),
    NotUsed(
        what=f"Whoop's export is not read: {_NIGHTS}",
        table=lambda header: {"cycle_start_time", "sleep_onset", "wake_onset"} <= header,
    ),
    NotUsed(
        what=f"the export of Sleep as Android is not read: {_NIGHTS}",
        table=lambda header: {"id", "tz", "from", "to", "sched"} <= header,
    ),
    NotUsed(
        what=f"Sleep Cycle's export is not read: {_NIGHTS}",
        table=lambda header: {"start", "end", "sleep_quality"} <= header,
    ),
)  # fmt: skip


def not_used(header: frozenset[str], content: Any = None) -> str | None:
    """Say what an export is of which nothing is used; None where it is no such.

    Args:
        header: the names of a table's columns, after ``plain_name``; empty for JSON.
        content: of a JSON file.
    """
    records = records_in(content, "data") or [] if content is not None else []
    keys = frozenset(records[0]) if records else frozenset()
    found = (kind.what for kind in KINDS if kind.table(header) or (keys and kind.record(keys)))
    return next(found, None)


def refusals_of(unused: Sequence[tuple[str, str]], archives: Sequence[str]) -> list[Imported]:
    """Tell of files by name and reason; those of one archive that are of one kind share a line.

    Args:
        unused: name and reason of each file.
        archives: names of the files below ``imports/`` that hold others.
    """
    if not unused:
        return []
    inside = {
        name: next((archive for archive in archives if name.startswith(f"{archive}/")), name)
        for name, _ in unused
    }
    frame = pl.DataFrame(
        [(inside[name], reason) for name, reason in unused],
        schema={"file_name": pl.String, "reason": pl.String},
        orient="row",
    )
    summed = frame.group_by("file_name", "reason", maintain_order=True).len()
    return [
        refused(
            name,
            reason
            if count == 1 and name in dict(unused)
            else f"{'one' if count == 1 else count} of its files: {reason}",
        )
        for name, reason, count in summed.iter_rows()
    ]
