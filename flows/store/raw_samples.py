"""samples.parquet of one recording: every sample with its instant, and which of them follow one another."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from transforms.clock import SECOND_US, clock_offset, offset_text
from transforms.recording import Chunk, Companion, DeviceHeader
from transforms.schema import COMPANION, INSTANT, SEGMENT

ROTATION_FILE = "gyroscope.parquet"
METADATA_KEY = "legjumps"
UTC_CLOCK = "UTC time stamps of the device"
ROWS_PER_WRITE = 1 << 20
LEAST_ROWS_PER_GROUP = 1 << 17


@dataclass(kw_only=True)
class Segment:
    """Samples that follow one another, while they are being written."""

    index: int
    first_row: int
    sampling_rate_hz: float
    first_us: int
    last_us: int = 0
    sample_count: int = 0

    @property
    def measured_hz(self) -> float:
        """Sampling rate between the first and the last sample."""
        if self.sample_count < 2:
            return self.sampling_rate_hz
        return (self.sample_count - 1) * SECOND_US / (self.last_us - self.first_us)


class SampleWriter:
    """Writes samples.parquet in row groups of about an hour and keeps book of the segments."""

    def __init__(self, path: Path, header: DeviceHeader, zone: str) -> None:
        self.segments: list[Segment] = []
        self.companions: list[Companion] = []
        self.sample_count = 0
        self.clock_rule = UTC_CLOCK
        self.utc_offset_us = 0
        self.first_device_us = 0
        """Time of the first sample by the device's own clock."""
        self._path = path
        self._header = header
        self._zone = zone
        self._writer: pq.ParquetWriter | None = None
        self._rotation_writer: pq.ParquetWriter | None = None
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self._waiting_count = 0
        hour = round(header.sampling_rate_hz * 3600)
        self._rows_per_group = min(max(hour, LEAST_ROWS_PER_GROUP), ROWS_PER_WRITE)

    def __enter__(self) -> "SampleWriter":
        return self

    def __exit__(self, *exception: object) -> None:
        for writer in (self._writer, self._rotation_writer):
            if writer is not None:
                writer.close()

    def keep(self, companions: Iterable[Companion]) -> None:
        """Keep slow signals for the end, and write rotation at a rate of its own at once: it may be as much as the samples."""
        for companion in companions:
            rotation = companion.rotation_deg_per_s
            if rotation is None:
                self.companions.append(companion)
                continue
            columns: dict[str, NDArray[Any]] = {"sampled_at": companion.times_us + self.utc_offset_us}
            columns |= {f"gyro_{axis}_deg_per_s": rotation[:, index] for index, axis in enumerate("xyz")}
            table = pa.table({name: _arrow(name, values) for name, values in columns.items()})
            if self._rotation_writer is None:
                self._rotation_writer = pq.ParquetWriter(
                    self._path.with_name(ROTATION_FILE), table.schema, compression="zstd", compression_level=1
                )
            self._rotation_writer.write_table(table)

    def write(self, chunk: Chunk) -> None:
        """Append one chunk."""
        if not len(chunk):
            return
        if not self.segments:
            self._set_clock(int(chunk.times_us[0]))
        times_us = chunk.times_us + self.utc_offset_us if self.utc_offset_us else chunk.times_us
        self._keep_book(chunk, times_us)
        self._waiting.append({"sampled_at": times_us, **_columns(chunk)})
        self._waiting_count += len(chunk)
        if self._waiting_count >= ROWS_PER_WRITE:
            self._flush(self._waiting_count // self._rows_per_group * self._rows_per_group)

    def finish(self, facts: str) -> None:
        """Write the rest, and ``facts`` into the file's metadata."""
        self._flush(self._waiting_count)
        if self._writer is not None:
            self._writer.add_key_value_metadata({METADATA_KEY: facts})

    def segment_frame(self) -> pl.DataFrame:
        """Return the segments as SEGMENT."""
        return pl.DataFrame(
            {
                "segment_index": range(len(self.segments)),
                "first_row": [segment.first_row for segment in self.segments],
                "sample_count": [segment.sample_count for segment in self.segments],
                "started_at": [segment.first_us for segment in self.segments],
                "ended_at": [s.last_us + round(SECOND_US / s.measured_hz) for s in self.segments],
                "sampling_rate_hz": [segment.measured_hz for segment in self.segments],
            },
            schema={**SEGMENT, "started_at": pl.Int64, "ended_at": pl.Int64},
        ).with_columns(pl.col("started_at", "ended_at").cast(INSTANT))

    def companion_frame(self) -> pl.DataFrame:
        """Return the companion signals as COMPANION, in time order; not measured is null."""
        unfinished: dict[str, Any] = {**COMPANION, "sampled_at": pl.Int64, "is_button_pressed": pl.Float32}
        frames = [
            pl.DataFrame(
                {
                    "sampled_at": companion.times_us + self.utc_offset_us,
                    "temperature_c": companion.temperature_c,
                    "light_lux": companion.light_lux,
                    "heart_rate_bpm": companion.heart_rate_bpm,
                    "is_button_pressed": companion.is_button_pressed,
                },
                schema=unfinished,
            )
            for companion in self.companions
        ]
        return (
            pl.concat([pl.DataFrame(schema=unfinished), *frames])
            .with_columns(pl.col("sampled_at").cast(INSTANT), pl.col(pl.Float32).fill_nan(None))
            .with_columns(pl.col("is_button_pressed").cast(pl.Boolean))
            .sort("sampled_at", maintain_order=True)
        )

    def _set_clock(self, first_us: int) -> None:
        self.first_device_us = first_us
        self.utc_offset_us, self.clock_rule = clock_of(self._header, self._zone, first_us)

    def _keep_book(self, chunk: Chunk, times_us: NDArray[np.int64]) -> None:
        if not self.segments or self.segments[-1].index != chunk.segment_index:
            self.segments.append(
                Segment(
                    index=chunk.segment_index,
                    first_row=self.sample_count,
                    sampling_rate_hz=chunk.sampling_rate_hz,
                    first_us=int(times_us[0]),
                )
            )
        segment = self.segments[-1]
        segment.last_us = int(times_us[-1])
        segment.sample_count += len(chunk)
        self.sample_count += len(chunk)

    def _flush(self, row_count: int) -> None:
        if not row_count:
            return
        # parts are handed on as they are: what the writer joins need not be joined before
        written: list[dict[str, NDArray[Any]]] = []
        wanted = row_count
        while wanted:
            part = self._waiting.pop(0)
            count = len(part["sampled_at"])
            if count > wanted:
                self._waiting.insert(0, {name: values[wanted:].copy() for name, values in part.items()})
                part = {name: values[:wanted] for name, values in part.items()}
            written.append(part)
            wanted -= min(count, wanted)
        self._waiting_count -= row_count
        table = pa.table(
            {name: pa.chunked_array([_arrow(name, part[name]) for part in written]) for name in written[0]}
        )
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._path,
                table.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=False,
                write_statistics=["sampled_at"],
                column_encoding={
                    field.name: "BYTE_STREAM_SPLIT"
                    if pa.types.is_floating(field.type)
                    else "DELTA_BINARY_PACKED"
                    for field in table.schema
                },
            )
        self._writer.write_table(table, row_group_size=self._rows_per_group)


def clock_of(header: DeviceHeader, zone: str, first_us: int) -> tuple[int, str]:
    """Return what turns a device's clock into UTC [us], from the time of its first sample, and the rule in words."""
    if header.clock == "utc":
        return 0, UTC_CLOCK
    offset_s, source = clock_offset(
        first_us, zone, set_us=header.clock_set_us, stated=header.configured_time_zone
    )
    rule = f"local clock of {zone}: the offset of {source}, {offset_text(offset_s)}, holds throughout"
    return -offset_s * SECOND_US, rule


def _columns(chunk: Chunk) -> dict[str, NDArray[Any]]:
    unit = "g" if chunk.counts is None else "count"
    columns = {f"{axis}_{unit}": chunk.values[:, index] for index, axis in enumerate("xyz")}
    for gyroscope, gyro_unit in ((chunk.gyro_counts, "count"), (chunk.gyro_deg_per_s, "deg_per_s")):
        if gyroscope is not None:
            columns |= {f"gyro_{axis}_{gyro_unit}": gyroscope[:, index] for index, axis in enumerate("xyz")}
    return columns


def _arrow(name: str, values: NDArray[Any]) -> pa.Array:
    if name == "sampled_at":
        return pa.Array.from_buffers(pa.timestamp("us", "UTC"), len(values), [None, pa.py_buffer(values)])
    return pa.array(values)
