"""``legjumps check``: what a study folder holds and what links, from headers and block marks only; writes nothing."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.commands.check_entries import entry_files, unread_columns, what_to_do, who_is_who
from flows.commands.check_psg import COLUMNS, look_at_polysomnography
from flows.progress import progress_bar
from flows.settings import StudySettings
from flows.stages.diaries import names_of_entries, read_entries, with_wearers
from flows.stages.discovery import DeviceFile, StudyContents, discover
from flows.store.raw_recording import is_ahead, open_recording
from transforms.clock import SECOND_US, clock_offset, nights_between, with_night_window
from transforms.diaries import linking_report
from transforms.errors import InputError
from transforms.parameters import StudyParameters
from transforms.readers.civil_time import earliest_us
from transforms.recording import DeviceHeader, Scan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FILE_COLUMNS = [
    "file",
    "participant",
    "site",
    "format",
    "device",
    "rate_hz",
    "start",
    "zone",
    "hours",
    "nights",
    "faults",
    "verdict",
]
MEANINGS = {
    "participant_without_diary": "participants without any diary",
    "participant_without_recording": "participants without any recording",
    "diary_without_participant": "ids in diaries that participants.csv does not list",
    "outside_any_recording": "diary days away from every recording of their participant",
    "shifted_by_a_day": "diary nights whose date and times disagree by a day",
}


def check_study(settings: StudySettings, *, as_json: bool = False, with_all: bool = False) -> bool:
    """Print one line per device file and the linking report to standard output.

    Args:
        settings: of the study.
        as_json: print one JSON document instead of tables.
        with_all: print every finding; otherwise one line a kind, with counts and an example.

    Returns whether anything would be rejected or does not link.
    """
    contents = discover(settings)
    listed = set(contents.participants["participant_id"])
    with (
        progress_bar("check", len(contents.device_files)) as advance,
        ThreadPoolExecutor(settings.worker_count) as pool,
    ):

        def look(file: DeviceFile) -> dict[str, Any]:
            row = _look(file, settings.parameters, listed)
            advance()
            return row

        rows = list(pool.map(look, contents.device_files))
    rows += [
        {"file": file.file_name, "verdict": "missing: named in recordings.csv, not there"}
        for file in contents.missing_files
    ]
    rows += [{"file": entry.file_name, "verdict": entry.reason} for entry in contents.waiting]
    laboratory, scored_spans = look_at_polysomnography(settings, contents.participants)
    pseudonyms = who_is_who(
        settings, [*contents.participants["participant_id"], *(row.get("participant", "") for row in rows)]
    )
    findings, entries, unread, to_do = _linking(
        settings, contents, rows, scored_spans, with_all=with_all or as_json
    )
    is_clean = (
        all(row["verdict"] == "ok" for row in [*rows, *laboratory])
        and all(row.get("not taken", "0") == "0" for row in laboratory)
        and all(row["not taken"] == "0" for row in entries)
        and findings.is_empty()
    )
    if as_json:
        shown = [{key: value for key, value in row.items() if key != "span"} for row in rows]
        document = {
            "files": shown,
            "polysomnography": laboratory,
            "entries": entries,
            "columns_not_read": unread,
            "pseudonyms": pseudonyms,
            "to_do": to_do,
            "findings": findings.to_dicts(),
            "is_clean": is_clean,
        }
        sys.stdout.write(json.dumps(document, default=str, ensure_ascii=False, indent=1) + "\n")
        return not is_clean
    if rows:
        _print(rows, FILE_COLUMNS)
    if laboratory:
        _print(laboratory, COLUMNS)
    for lines in (entries, unread, pseudonyms, to_do):
        if lines:
            _print(lines, list(lines[0]))
    if findings.height:
        lines = (
            findings.select(pl.all().cast(pl.String).fill_null("")).to_dicts()
            if with_all
            else _summed(findings)
        )
        _print(lines, list(lines[0]))
        if not with_all and findings.height > len(lines):
            sys.stdout.write(f"{findings.height} findings in all; --all shows each\n")
    sys.stdout.write(
        "everything links\n" if is_clean else "see above for what does not link or cannot be read\n"
    )
    return not is_clean


def _look(file: DeviceFile, parameters: StudyParameters, listed: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": file.file_name,
        "participant": file.participant_id or "",
        "site": file.body_site,
        "zone": file.time_zone,
    }
    try:
        with open_recording(
            file.path, file.file_name, parameters.reading, file.config_time_zone, file.member
        ) as reader:
            header, scan = reader.header, reader.scan()
    except (InputError, OSError) as error:
        return {**row, "verdict": str(error)}
    start, end = _span(header, scan, file)
    problems = _problems(header, scan, parameters)
    if not file.participant_id:
        problems.append("belongs to no participant")
    elif listed and file.participant_id not in listed:
        problems.append(f"participants.csv does not list {file.participant_id}")
    return {
        **row,
        "format": header.file_format,
        "device": header.device_model,
        "rate_hz": f"{header.sampling_rate_hz:g}",
        "start": f"{start.astimezone(ZoneInfo(file.time_zone)):%Y-%m-%d %H:%M:%S %z}",
        "hours": f"{(end - start).total_seconds() / 3600:.2f}",
        "nights": str(_night_count(start, end, file.time_zone, parameters.nights.min_analysed_h)),
        "faults": ", ".join(sorted({fault.cause for fault in scan.faults})),
        "verdict": "; ".join(problems) or "ok",
        "span": (start, end),
    }


def _span(header: DeviceHeader, scan: Scan, file: DeviceFile) -> tuple[datetime, datetime]:
    offset_s = 0
    if header.clock == "local":
        offset_s, _ = clock_offset(
            scan.started_us,
            file.config_time_zone,
            set_us=header.clock_set_us,
            stated=header.configured_time_zone,
        )
    start, end = (
        _EPOCH + timedelta(microseconds=us - offset_s * SECOND_US) for us in (scan.started_us, scan.ended_us)
    )
    return start, end


def _problems(header: DeviceHeader, scan: Scan, parameters: StudyParameters) -> list[str]:
    """Tell what of a recording cannot be: a date before the device was made, a length that no battery lasts."""
    reading = parameters.reading
    length_s = (scan.ended_us - scan.started_us) / SECOND_US
    problems = []
    if scan.started_us < earliest_us(header.file_format, reading):
        problems.append("its clock was not set: a date before such devices were made")
    elif is_ahead(scan.ended_us):
        problems.append("its clock, or this machine's, was set wrong: it ends in the future")
    elif length_s > reading.max_recording_d * 86_400:
        problems.append(f"runs over {length_s / 86_400:.0f} days: a clock that was not set?")
    elif length_s < reading.min_recording_s:
        problems.append(f"holds {length_s:.1f} s only")
    elif scan.gap_s > length_s / 2:
        problems.append(f"ok, but {scan.gap_s / 3600:.1f} h of it are gaps: two recordings in one file?")
    return problems


def _night_count(start: datetime, end: datetime, zone: str, least_h: float) -> int:
    """Count the nights, noon to noon, of which the recording holds at least as much as an analysis needs."""
    if not timedelta() < end - start < timedelta(days=4000):
        return 0
    bounds = pl.DataFrame(
        {"start": [start], "end": [end]},
        schema_overrides={"start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC")},
    )
    nights = bounds.select(
        nights_between(pl.col("start"), pl.col("end"), zone).alias("night_date"), "start", "end"
    )
    windows = with_night_window(nights.explode("night_date"), zone)
    held = pl.min_horizontal("end", "window_end_at") - pl.max_horizontal("start", "window_start_at")
    return windows.filter(held >= timedelta(hours=least_h)).height


def _summed(findings: pl.DataFrame) -> list[dict[str, str]]:
    """One line a kind of finding: of how many participants and days or rows, and the first of them."""
    lines = []
    for (finding,), rows in findings.group_by("finding", maintain_order=True):
        first = rows.row(0, named=True)
        example = [first["participant_id"], first["dataset"], first["first_date"]]
        lines.append(
            {
                "finding": MEANINGS.get(str(finding), str(finding)),
                "participants": str(rows["participant_id"].n_unique()),
                "count": str(rows["count"].sum()),
                "for example": ", ".join(str(part) for part in example if part is not None),
            }
        )
    return lines


def _linking(
    settings: StudySettings,
    contents: StudyContents,
    rows: list[dict[str, Any]],
    scored: pl.DataFrame,
    *,
    with_all: bool,
) -> tuple[pl.DataFrame, list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    """Return the linking report, a line for each file, for the unread columns of each kind, and for what is told."""
    spans = pl.DataFrame(
        [(row["participant"], *row["span"]) for row in rows if "span" in row and row["participant"]],
        schema={
            "participant_id": pl.String,
            "started_at": pl.Datetime("us", "UTC"),
            "ended_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    spans = pl.concat([spans, scored])
    participants = with_wearers(contents.participants, spans)
    diaries, imports = read_entries(settings, participants)
    called = names_of_entries(settings, participants, diaries, imports)
    rejected = pl.concat([contents.rejected_entries, diaries.rejected_entry])
    files = entry_files(called, imports.recognised, diaries, rejected)
    unread = unread_columns(imports.recognised, diaries, with_all=with_all)
    return linking_report(participants, spans, diaries), files, unread, what_to_do(rejected)


def _print(rows: list[dict[str, Any]], columns: list[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # names are printed as they are: [brackets] in them are no markup
        table.add_row(*(Text(str(row.get(column, ""))) for column in columns))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
