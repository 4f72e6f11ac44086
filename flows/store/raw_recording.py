"""One device file becomes one raw dataset: samples, segments, faults and companion signals as Parquet.

    samples.parquet    sampled_at, x_count y_count z_count (or x_g y_g z_g), gyroscope where the device has one
    segments.parquet   SEGMENT: which rows follow one another without a gap
    faults.parquet     FAULT
    companion.parquet  COMPANION
    gyroscope.parquet  sampled_at, gyro_x_deg_per_s ...: only where the gyroscope is read at a rate of its own

The key ``legjumps`` in the metadata of samples.parquet holds the device facts as JSON (RawHeader).
"""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flows.store.atomic import atomic_folder
from flows.store.beginning import Beginning
from flows.store.raw_samples import METADATA_KEY, SampleWriter
from flows.store.watched import Watcher, watched_chunks
from transforms.clock import SECOND_US, offset_text
from transforms.errors import ContractError, InputError
from transforms.parameters.reading import LENIENT_READING, ReadingParameters
from transforms.readers import ColumnMap, open_bundle, open_reader, parse_column_map
from transforms.readers.civil_time import earliest_us
from transforms.readers.screening import SignalScreen
from transforms.readers.units import remedy
from transforms.recording import (
    DeviceHeader,
    Fault,
    RawSignal,
    Reader,
    RecordingHeader,
    Triple,
)
from transforms.schema import FAULT, INSTANT, RECORDING

FORMAT_VERSION = 1
READ_AHEAD = 2
PIECE_BYTES = 4 << 20
UNREADABLE = {"bad_checksum", "unreadable_block"}
"""Faults whose blocks were in the file and could not be read."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class RawHeader(RecordingHeader):
    """Facts about one raw dataset, as kept in the metadata of its samples."""

    format_version: int
    file_format: str
    device_model: str
    firmware: str | None
    range_g: float | None
    gyro_scale_deg_per_s_per_count: Triple | None
    config_time_zone: str
    clock_rule: str
    sample_count: int
    segment_count: int
    fault_count: int
    reading: dict[str, float]
    """The parameters with which the file was read."""
    code_version: str
    beginning: str | None = None
    """What a longer export of the same recording begins with, too; see flows.store.beginning."""


COLUMNS_SUFFIX = ".columns.toml"
COLUMNS_FILE = "columns.toml"


def _columns_file(path: Path) -> Path | None:
    near = (
        path.with_name(path.name + COLUMNS_SUFFIX),
        *(folder / COLUMNS_FILE for folder in path.parents[:3]),
    )
    return next((file for file in near if file.is_file()), None)


def declared_columns_text(path: Path) -> str:
    """Return what the study declares about a table of samples, empty where nothing is declared.

    ``<file>.columns.toml`` speaks of one file, ``columns.toml`` of all in its folder and the two levels below it.
    """
    file = _columns_file(path)
    return "" if file is None else file.read_text(encoding="utf-8")


def _declared_columns(path: Path) -> ColumnMap | None:
    file = _columns_file(path)
    return None if file is None else parse_column_map(file.read_text(encoding="utf-8"), file.name)


@contextmanager
def open_recording(
    path: Path,
    file_name: str,
    parameters: ReadingParameters = LENIENT_READING,
    zone: str | None = None,
    member: str | None = None,
) -> Iterator[Reader]:
    """Open a device file, or a folder that is one recording, for reading; raises InputError when it is none.

    ``zone`` is the IANA zone in which the device's clock was set, ``member`` one of several recordings of an archive.
    """
    if path.is_dir():
        members = {member.name.lower(): _pieces_of(member) for member in path.iterdir() if member.is_file()}
        yield open_bundle(members, file_name, parameters)
        return
    with path.open("rb") as stream:
        yield open_reader(
            stream,
            file_name,
            path.stat().st_size,
            parameters=parameters,
            columns=_declared_columns(path),
            zone=zone,
            member=member,
        )


def _pieces_of(path: Path) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        with path.open("rb") as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece

    return pieces


def store_recording(
    path: Path,
    *,
    folder: Path,
    recording_id: str,
    sha256: str,
    file_name: str,
    participant_id: str,
    body_site: str,
    time_zone: str,
    config_time_zone: str | None,
    pseudonym_key: bytes,
    code_version: str,
    parameters: ReadingParameters = LENIENT_READING,
    member: str | None = None,
    watcher: Watcher | None = None,
) -> pl.DataFrame:
    """Read a device file and write its raw dataset into ``folder``, whole or not at all.

    Reading, and whatever else looks at the samples, runs ahead of writing in a second thread; at most a few chunks are in
    memory at a time.

    Args:
        path: the device file, or the folder where a recording is one.
        folder: where the dataset goes; an older one is replaced.
        recording_id: of the store.
        sha256: of the content.
        file_name: relative to the study folder; for messages and the table.
        participant_id: who wore the device.
        body_site: where.
        time_zone: IANA zone in which the device was worn.
        config_time_zone: IANA zone in which its clock was set; None means ``time_zone``.
        pseudonym_key: the study's secret; the device's serial number is stored as its keyed hash only.
        code_version: written beside the data.
        parameters: when clocks jump and files are refused.
        member: which of several recordings of an archive.
        watcher: sees every chunk while it is in memory.

    Returns:
        One row of RECORDING; the columns of calibration and wear are null.

    Raises:
        InputError: the file holds nothing that can be believed; nothing is written.

    """
    zone = config_time_zone or time_zone
    with open_recording(path, file_name, parameters, zone, member) as reader, atomic_folder(folder) as aside:
        header = reader.header
        screen = SignalScreen(header, parameters)
        beginning = Beginning()
        with SampleWriter(aside / "samples.parquet", header, zone) as writer:
            for chunk, companions in _Ahead(watched_chunks(reader, zone, [screen, beginning], watcher)):
                writer.write(chunk)
                writer.keep(companions)
            writer.keep(reader.companions)
            _refuse_unbelievable(reader, writer, screen, file_name, parameters)
            faults = [
                *reader.faults,
                *screen.faults(),
                *_clock_faults(header, writer),
                *_faults_of_the_future(writer),
            ]
            facts = RawHeader(
                format_version=FORMAT_VERSION,
                recording_id=recording_id,
                participant_id=participant_id,
                body_site=body_site,
                file_format=header.file_format,
                device_model=header.device_model,
                firmware=header.firmware,
                sampling_rate_hz=header.sampling_rate_hz,
                range_g=header.range_g,
                scale_g_per_count=header.scale_g_per_count,
                offset_g=header.offset_g,
                gyro_scale_deg_per_s_per_count=header.gyro_scale_deg_per_s_per_count,
                time_zone=time_zone,
                config_time_zone=zone,
                clock_rule=writer.clock_rule,
                sample_count=writer.sample_count,
                segment_count=len(writer.segments),
                fault_count=len(faults),
                reading=asdict(parameters),
                code_version=code_version,
                beginning=beginning.digest(header),
            )
            writer.finish(json.dumps(asdict(facts)))
        segments = writer.segment_frame()
        fault_frame = _fault_frame(faults, recording_id, writer.utc_offset_us)
        segments.write_parquet(aside / "segments.parquet")
        fault_frame.write_parquet(aside / "faults.parquet")
        writer.companion_frame().write_parquet(aside / "companion.parquet")
        gaps = _gaps(segments, fault_frame)
        row = {
            **dict.fromkeys(RECORDING),
            "recording_id": recording_id,
            "participant_id": participant_id,
            "body_site": body_site,
            "file_name": file_name,
            "sha256": sha256,
            "file_format": header.file_format,
            "device_model": header.device_model,
            "device_pseudonym": _pseudonym(header.serial_number, pseudonym_key),
            "firmware": header.firmware,
            "sampling_rate_hz": header.sampling_rate_hz,
            "range_g": header.range_g,
            "started_at": segments["started_at"].min(),
            "ended_at": segments["ended_at"].max(),
            "time_zone": time_zone,
            "config_time_zone": zone,
            "clock_rule": writer.clock_rule,
            "sample_count": writer.sample_count,
            "segment_count": len(segments),
            **gaps,
            "faulty_block_count": sum(f.block_count for f in faults if f.cause in UNREADABLE),
            "is_truncated": any(fault.cause == "truncated" for fault in faults),
            "gravity_median_g": screen.gravity_median_g(),
        }
        return pl.DataFrame([row], schema=RECORDING)


def read_raw_header(folder: Path, link: Mapping[str, Any] | None = None) -> RawHeader:
    """Return the facts about the raw dataset in ``folder``; reads only the file's footer.

    ``link`` says whose recording it is now; without it, the recording is whose it was when it was read.
    """
    metadata = pq.read_metadata(folder / "samples.parquet").metadata or {}
    raw = metadata.get(METADATA_KEY.encode())
    if raw is None:
        raise ContractError(f"{folder}: samples.parquet carries no {METADATA_KEY!r} metadata; ingest again")
    facts = json.loads(raw)
    for name in ("scale_g_per_count", "offset_g", "gyro_scale_deg_per_s_per_count"):
        if facts[name] is not None:
            facts[name] = tuple(facts[name])
    if link is not None:
        facts |= {name: link[name] for name in ("participant_id", "body_site", "time_zone")}
    return RawHeader(**facts)


def read_raw_signal(folder: Path, link: Mapping[str, Any] | None = None) -> RawSignal:
    """Open the raw dataset in ``folder``; the samples are read when they are asked for. ``link`` as for its header."""
    return RawSignal(
        header=read_raw_header(folder, link),
        samples=pl.scan_parquet(folder / "samples.parquet"),
        segments=pl.read_parquet(folder / "segments.parquet"),
        companion=pl.read_parquet(folder / "companion.parquet"),
    )


class _Ahead(Generic[_Item]):
    """Iterates in a thread of its own, a few items ahead of the consumer."""

    def __init__(self, items: Iterator[_Item]) -> None:
        self._items = items
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue(READ_AHEAD)
        self._is_stopped = threading.Event()

    def __iter__(self) -> Iterator[_Item]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            while True:
                kind, item = self._queue.get()
                if kind == "end":
                    return
                if kind == "error":
                    raise item
                yield cast(_Item, item)
        finally:
            self._is_stopped.set()
            while thread.is_alive():
                try:
                    self._queue.get(timeout=0.05)
                except queue.Empty:
                    continue
            thread.join()

    def _run(self) -> None:
        try:
            for item in self._items:
                self._queue.put(("item", item))
                if self._is_stopped.is_set():
                    return
            self._queue.put(("end", None))
        except BaseException as error:  # noqa: BLE001 - raised again in the consuming thread
            self._queue.put(("error", error))


def _refuse_unbelievable(
    reader: Reader,
    writer: SampleWriter,
    screen: SignalScreen,
    file_name: str,
    parameters: ReadingParameters,
) -> None:
    header = reader.header
    undated = [fault for fault in reader.faults if fault.cause == "clock_not_set"]
    earliest = earliest_us(header.file_format, parameters)
    if (undated and not writer.segments) or (writer.segments and writer.first_device_us < earliest):
        raise InputError(
            f"{file_name}: holds no sample that can be read with its date: its clock was not set, and shows dates before "
            f"{instant_text(earliest)[:4]}, when no such device was made; set the clock when the device is configured, and "
            "leave this file out",
            reason_code="implausible_clock",
        )
    if not writer.segments:
        raise InputError(
            f"{file_name}: the file holds no sample that can be read; copy it from the device again",
            reason_code="no_readable_block",
        )
    recorded_s = sum(segment.sample_count / segment.measured_hz for segment in writer.segments)
    if recorded_s < parameters.min_recording_s:
        raise InputError(
            f"{file_name}: holds {recorded_s:.2f} s of samples, at least {parameters.min_recording_s:g} s are needed",
            reason_code="too_short",
        )
    span_d = (writer.segments[-1].last_us - writer.segments[0].first_us) / SECOND_US / 86_400
    if span_d > parameters.max_recording_d:
        raise InputError(
            f"{file_name}: its clock runs over {span_d:.0f} days, at most {parameters.max_recording_d:g} are believed; "
            "the clock of the device was not set",
            reason_code="implausible_clock",
        )
    shown_g = screen.implausible_g()
    if shown_g is not None:
        is_table = header.scale_g_per_count is None
        what = (
            remedy(shown_g, file_name)
            if is_table
            else "the scale of the file is wrong or the sensor is broken"
        )
        raise InputError(
            f"{file_name}: at rest the sensor shows {shown_g:.3f} g, wanted {parameters.min_gravity_g} to "
            f"{parameters.max_gravity_g} g; {what}",
            reason_code="implausible_gravity",
        )


def _clock_faults(header: DeviceHeader, writer: SampleWriter) -> list[Fault]:
    """Tell where the header names another offset from UTC than the one that was used."""
    stated = header.configured_time_zone
    if header.clock == "utc" or stated is None:
        return []
    used = offset_text(-writer.utc_offset_us // SECOND_US)
    if stated == used:
        return []
    return [
        Fault(
            cause="time_zone_disagrees",
            detail=(
                f"the header states {stated} from UTC, the study's zone gives {used}, which was used; where the clock was "
                "set elsewhere, or runs in UTC, name that zone as config_time_zone in recordings.csv"
            ),
        )
    ]


def _faults_of_the_future(writer: SampleWriter) -> list[Fault]:
    """Tell of samples after now. Nothing is refused for it: the clock that is wrong may be this machine's."""
    if not is_ahead(writer.segments[-1].last_us):
        return []
    detail = (
        "samples are later than the clock of the machine that read them: one of the two clocks was set wrong"
    )
    return [Fault(cause="clock_ahead", started_us=writer.first_device_us, detail=detail)]


def is_ahead(instant_us: int) -> bool:
    """Tell whether an instant [us, UTC] lies in the future, whatever zone it was taken for."""
    return instant_us > (datetime.now(UTC) + timedelta(days=1)).timestamp() * SECOND_US


def instant_text(device_us: int) -> str:
    """Write a time of a device's clock, microseconds since 1970, as a date and a time without a zone."""
    moment = datetime(1970, 1, 1) + timedelta(microseconds=device_us)  # noqa: DTZ001 - naive is meant
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _fault_frame(faults: list[Fault], recording_id: str, utc_offset_us: int) -> pl.DataFrame:
    def instants(values: list[int | None]) -> list[int | None]:
        return [None if value is None else value + utc_offset_us for value in values]

    return (
        pl.DataFrame(
            {
                "recording_id": [recording_id] * len(faults),
                "started_at": instants([fault.started_us for fault in faults]),
                "ended_at": instants([fault.ended_us for fault in faults]),
                "cause": [fault.cause for fault in faults],
                "block_count": [fault.block_count for fault in faults],
                "sample_count": [fault.sample_count for fault in faults],
                "detail": [fault.detail for fault in faults],
            },
            schema={**FAULT, "started_at": pl.Int64, "ended_at": pl.Int64},
        )
        .with_columns(pl.col("started_at", "ended_at").cast(INSTANT))
        .sort("started_at", "cause", maintain_order=True)
    )


def _gaps(segments: pl.DataFrame, faults: pl.DataFrame) -> dict[str, float | int]:
    """Count and add up what lies between segments; idle sleep of the device is told apart."""
    microseconds = pl.col("started_at", "ended_at").dt.epoch("us")
    spans = segments.select(microseconds)
    start = spans["ended_at"].to_numpy()[:-1]
    end = np.maximum(spans["started_at"].to_numpy()[1:], start)
    idle = faults.filter(pl.col("cause") == "idle_sleep").drop_nulls(["started_at", "ended_at"])
    idle_spans = idle.select(microseconds)
    idle_start, idle_end = idle_spans["started_at"].to_numpy(), idle_spans["ended_at"].to_numpy()
    filled_us = _overlap(start, end, idle_start, idle_end)
    gap_us = end - start - filled_us
    period_us = SECOND_US / segments["sampling_rate_hz"].to_numpy()[:-1]
    is_gap = gap_us > period_us
    return {
        "gap_count": int(is_gap.sum()),
        "gap_s": float(gap_us[is_gap].sum() / SECOND_US),
        "filled_s": float(filled_us.sum() / SECOND_US),
    }


def _overlap(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    other_start: NDArray[np.int64],
    other_end: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Time of each [start, end) that the other, sorted and disjoint, intervals cover."""
    length = np.concatenate(([0], np.cumsum(other_end - other_start)))

    def covered(until: NDArray[np.int64]) -> NDArray[np.int64]:
        index = np.searchsorted(other_start, until)
        partial = (
            np.where(
                index > 0,
                np.minimum(until - other_start[index - 1], other_end[index - 1] - other_start[index - 1]),
                0,
            )
            if len(other_start)
            else np.zeros(len(until), np.int64)
        )
        return np.asarray(length[np.maximum(index - 1, 0)] + partial, np.int64)

    return covered(end) - covered(start)


def _pseudonym(serial_number: str | None, key: bytes) -> str | None:
    if serial_number is None:
        return None
    return hmac.new(key, serial_number.encode(), hashlib.sha256).hexdigest()[:16]
