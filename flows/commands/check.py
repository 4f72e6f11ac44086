"""``legjumps check``: what a study folder holds and what links, from headers and block marks only; writes nothing."""

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import polars as pl
from rich.console import Console
from rich.table import Table

from flows.commands.check_psg import COLUMNS, look_at_polysomnography
from flows.progress import progress_bar
from flows.settings import StudySettings
from flows.stages.diaries import names_of_entries, read_entries, with_wearers
from flows.stages.discovery import DeviceFile, StudyContents, discover
from flows.store.raw_recording import open_recording
from transforms.diaries import linking_report
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_study(settings: StudySettings) -> bool:
    """Print one line per device file and the linking report to standard output.

    Returns whether anything would be rejected or does not link.
    """
    contents = discover(settings)
    with (
        progress_bar("check", len(contents.device_files)) as advance,
        ThreadPoolExecutor(settings.worker_count) as pool,
    ):

        def look(file: DeviceFile) -> dict[str, str]:
            row = _look(file, settings.parameters.reading)
            advance()
            return row

        rows = list(pool.map(look, contents.device_files))
    rows += [
        {"file": file.file_name, "verdict": "missing: named in recordings.csv, not there"}
        for file in contents.missing_files
    ]
    laboratory, scored_spans = look_at_polysomnography(settings, contents.participants)
    findings, entry_files = _linking(settings, contents, rows, scored_spans)
    _print(
        rows,
        ["file", "participant", "site", "format", "device", "start", "hours", "rate_hz", "faults", "verdict"],
    )
    if laboratory:
        _print(laboratory, COLUMNS)
    if entry_files:
        _print(entry_files, list(entry_files[0]))
    if findings.height:
        texts = findings.select(pl.all().cast(pl.String).fill_null(""))
        _print(texts.to_dicts(), texts.columns)
    is_clean = (
        all(row["verdict"] == "ok" for row in [*rows, *laboratory])
        and all(row.get("not taken", "0") == "0" for row in laboratory)
        and all(row["not taken"] == "0" for row in entry_files)
        and findings.is_empty()
    )
    sys.stdout.write(
        "everything links\n" if is_clean else "see above for what does not link or cannot be read\n"
    )
    return not is_clean


def _look(file: DeviceFile, parameters: ReadingParameters) -> dict[str, str]:
    row = {"file": file.file_name, "participant": file.participant_id or "", "site": file.body_site}
    try:
        with open_recording(file.path, file.file_name, parameters) as reader:
            header, scan = reader.header, reader.scan()
    except (InputError, OSError) as error:
        return {**row, "verdict": str(error)}
    start = _EPOCH + timedelta(microseconds=scan.started_us)
    verdict = "ok" if file.participant_id else "belongs to no participant"
    return {
        **row,
        "format": header.file_format,
        "device": header.device_model,
        "start": f"{start:%Y-%m-%d %H:%M:%S}",
        "hours": f"{(scan.ended_us - scan.started_us) / 3.6e9:.2f}",
        "rate_hz": f"{header.sampling_rate_hz:g}",
        "faults": ", ".join(sorted({fault.cause for fault in scan.faults})),
        "verdict": verdict,
        "started_us": str(scan.started_us),
        "ended_us": str(scan.ended_us),
    }


def _linking(
    settings: StudySettings, contents: StudyContents, rows: list[dict[str, str]], scored: pl.DataFrame
) -> tuple[pl.DataFrame, list[dict[str, str]]]:
    """Return the linking report, and one line per diary and export: its kind, and what the store calls it."""
    spans = pl.DataFrame(
        [
            (row["participant"], int(row["started_us"]), int(row["ended_us"]))
            for row in rows
            if row.get("started_us") and row["participant"]
        ],
        schema={"participant_id": pl.String, "started_at": pl.Int64, "ended_at": pl.Int64},
        orient="row",
    ).with_columns(pl.col("started_at", "ended_at").cast(pl.Datetime("us", "UTC")))
    spans = pl.concat([spans, scored])
    participants = with_wearers(contents.participants, spans)
    diaries, imports = read_entries(settings, participants)
    called = names_of_entries(settings, participants, diaries, imports)
    rejected = pl.concat([contents.rejected_entries, diaries.rejected_entry])
    return linking_report(participants, spans, diaries), _entry_files(called, imports.recognised, rejected)


def _entry_files(
    called: Mapping[str, str], recognised: pl.DataFrame, rejected: pl.DataFrame
) -> list[dict[str, str]]:
    """Tell of each diary and export what it is, what the store calls it, and how much of it cannot be used.

    Lists, and exports as a whole ("imports": what several tell of), have a line where something of them is not taken.
    """
    kinds = dict(recognised.iter_rows())
    counts = dict(rejected.group_by("file_name").len().iter_rows())

    def kind(name: str) -> str:
        if name in kinds:
            return str(kinds[name])
        if any(other.startswith(f"{name}/") for other in called):
            return "archive" if name != "imports" else ""
        return {"diary": "diary", "imports": "not known"}.get(name.partition("/")[0], "")

    return [
        {
            "diary, list or export": name,
            "kind": kind(name),
            "in the store": called.get(name, name),
            "not taken": str(counts.get(name, 0)),
        }
        for name in sorted({*called, *counts})
    ]


def _print(rows: list[dict[str, str]], columns: list[str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(row.get(column, "") for column in columns))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
