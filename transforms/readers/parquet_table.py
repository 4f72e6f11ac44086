"""Raw samples as Parquet: a time column and three axes, by declared or by known names."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.civil_time import earliest_us, plausible_us
from transforms.readers.clock_marks import UNKNOWN
from transforms.readers.column_map import ColumnMap
from transforms.readers.fault_log import FaultLog
from transforms.readers.sample_rows import RowClock, Rows, not_dated, refuse_other_unit, usual_rate_hz
from transforms.readers.text_table import MOST_G, MOST_STORED
from transforms.readers.written_times import (
    LOCAL_STAMPS,
    US_PER_STAMP,
    Stamp,
    stamp_of,
    stamps_us,
    written_as,
)
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

ROWS_PER_BATCH = 1 << 18
KNOWN_NAMES = (
    ("x_g", "y_g", "z_g", "g"),
    ("x_mg", "y_mg", "z_mg", "mg"),
    ("x_m_s2", "y_m_s2", "z_m_s2", "m/s2"),
)
KNOWN_TIMES = ("sampled_at", "timestamp", "time", "datetime")


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a Parquet file."""
    return head[:4] == b"PAR1"


class ParquetReader:
    """Reads batch by batch; rows with an empty cell or a value beyond any sensor are counted and left out."""

    def __init__(
        self,
        stream: BinaryIO,
        file_name: str,
        parameters: ReadingParameters,
        declared: ColumnMap | None = None,
        *,
        zone: str | None = None,
    ) -> None:
        self.companions: list[Companion] = []
        self._parameters = parameters
        self._zone = zone
        self._log = FaultLog()
        try:
            stream.seek(0)
            self._file = pq.ParquetFile(stream)
            schema = self._file.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise InputError(
                f"{file_name}: a Parquet file whose footer cannot be read; copy it again ({type(error).__name__})",
                reason_code="no_readable_block",
            ) from None
        self._map = declared if declared is not None else _known(schema, file_name)
        for column in self._columns():
            if column not in schema.names:
                raise InputError(
                    f"{file_name}: has no column {column!r}, which its columns.toml names",
                    reason_code="undeclared_columns",
                )
        self._stamp, self._written = self._how_written(schema)
        # a time that tells its zone is an instant, whatever is declared; numbers count from 1970 in UTC
        told = "local" if self._stamp in LOCAL_STAMPS else "utc"
        self._is_utc = self._stamp == "iso_with_zone" or (self._map.clock or told) == "utc"
        self._most_g = MOST_STORED
        first = next(self._batches(file_name), None)
        if first is not None:
            refuse_other_unit(first, file_name, parameters)
        self._most_g = MOST_G
        rate_hz = self._map.sampling_rate_hz
        if rate_hz is None and first is not None and first.stamp_us is not None:
            rate_hz = usual_rate_hz(first.stamp_us)
        if rate_hz is None or first is None:
            raise InputError(
                f"{file_name}: no rows from which a sampling rate follows; declare sampling_rate_hz",
                reason_code="no_readable_block",
            )
        self._rate_hz = rate_hz
        self._first_us = int(first.stamp_us[0]) if first.stamp_us is not None else self._map.start_us or 0
        self._file_name = file_name
        self.header = DeviceHeader(
            file_format="parquet",
            device_model="unknown",
            sampling_rate_hz=rate_hz,
            range_g=self._map.range_g,
            clock="utc" if self._is_utc else "local",
        )

    def _how_written(self, schema: Any) -> tuple[Stamp | None, str | None]:
        """Return how the times are written, as ``stamp_of`` and ``written_as`` tell it of texts; None where rows have none."""
        if self._map.time is None:
            return None, None
        kind = schema.field(self._map.time).type
        if pa.types.is_timestamp(kind):
            return ("iso" if kind.tz is None else "iso_with_zone"), None
        declared: Stamp = self._map.time_format  # type: ignore[assignment]
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            return (declared if declared in US_PER_STAMP else "epoch_s"), None
        try:
            batches = self._file.iter_batches(1000, columns=[str(self._map.time)], use_threads=False)
            texts = next(batches)[0].drop_null().slice(0, 1).to_pylist()
        except (pa.ArrowException, OSError, ValueError, StopIteration):
            return "iso", None  # told where the rows are read
        first = texts[0].strip() if texts else ""
        stamp = stamp_of(first) if declared == "iso" else declared
        return stamp, written_as(first, stamp)

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        clock = RowClock(
            self._parameters,
            self._log,
            rate_hz=self._rate_hz,
            start_us=self._map.start_us,
            zone=None if self._is_utc else self._zone,
        )
        earliest = earliest_us(self.header.file_format, self._parameters)
        given = undated = 0
        for batch in self._batches(self._file_name):
            given += len(batch)
            rows = batch
            if batch.stamp_us is not None and bool((batch.stamp_us < earliest).any()):
                rows = batch.where(batch.stamp_us >= earliest)
                undated += len(batch) - len(rows)
            yield from clock.chunks(clock.in_order(rows))
        if undated:
            self._log.add(not_dated(undated, self._rate_hz))
        rejected = self._file.metadata.num_rows - given
        if rejected > 0:
            self._log.add(
                Fault(
                    cause="rejected_rows",
                    sample_count=rejected,
                    detail="rows with an empty or impossible cell",
                )
            )

    def scan(self) -> Scan:
        """Judge the file by its footer and first rows."""
        count = self._file.metadata.num_rows
        return Scan(
            started_us=self._first_us,
            ended_us=self._first_us + round(count / self._rate_hz * SECOND_US),
            sample_count=count,
            gap_s=0.0,
        )

    def _columns(self) -> list[str]:
        columns = [
            self._map.x,
            self._map.y,
            self._map.z,
            *([] if self._map.time is None else [self._map.time]),
        ]
        return [str(column) for column in columns]

    def _batches(self, file_name: str) -> Iterator[Rows]:
        start = 0
        batches = self._file.iter_batches(
            batch_size=ROWS_PER_BATCH, columns=self._columns(), use_threads=False
        )
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError) as error:
                self._log.add(
                    Fault(
                        cause="unreadable_block",
                        block_count=1,
                        detail=f"the rest of the file: {type(error).__name__}",
                    )
                )
                return
            if batch is None:
                return
            rows = self._rows(batch, start)
            start += batch.num_rows
            if len(rows):
                yield rows

    def _rows(self, batch: pa.RecordBatch, start: int) -> Rows:
        values = np.stack(
            [_numbers(batch[str(name)]) for name in (self._map.x, self._map.y, self._map.z)], axis=1
        )
        with np.errstate(over="ignore", invalid="ignore"):  # damaged numbers are judged below
            values *= self._map.g_per_unit
        is_cell = np.isfinite(values) & (np.abs(values) <= self._most_g)
        values = np.where(is_cell, values, 0.0)
        good: NDArray[np.bool_] = np.asarray(is_cell.all(axis=1))
        stamp_us = None
        if self._map.time is not None:
            stamp_us = plausible_us(self._stamps_us(batch[str(self._map.time)]))
            good &= stamp_us != UNKNOWN
        rows = Rows(
            number=np.arange(start, start + batch.num_rows),
            stamp_us=stamp_us,
            acceleration_g=values.astype(np.float32),
        )
        return rows if good.all() else rows.where(good)

    def _stamps_us(self, column: Any) -> NDArray[np.int64]:
        series = pl.Series(pa.chunked_array([column]))
        if isinstance(series.dtype, pl.Datetime):
            return series.dt.epoch("us").fill_null(UNKNOWN).to_numpy()
        if series.dtype == pl.String:
            if self._written is not None:
                moments = series.str.to_datetime(self._written, time_unit="us", strict=False)
                return moments.dt.epoch("us").fill_null(UNKNOWN).to_numpy()
            try:
                kind = pa.timestamp("us", "UTC" if self._stamp == "iso_with_zone" else None)
                return pl.Series(column.cast(kind)).dt.epoch("us").fill_null(UNKNOWN).to_numpy()
            except pa.ArrowInvalid:
                return stamps_us(series.to_list(), self._stamp)
        numbers = _numbers(column)
        factor = US_PER_STAMP.get(self._map.time_format, 1e6)
        is_time = np.isfinite(numbers) & (numbers > 0) & (numbers * factor < 7.3e15)
        return np.where(is_time, np.rint(np.where(is_time, numbers, 0) * factor), UNKNOWN).astype(np.int64)


def _known(schema: Any, file_name: str) -> ColumnMap:
    time = next((name for name in KNOWN_TIMES if name in schema.names), None)
    for x, y, z, unit in KNOWN_NAMES:
        if {x, y, z} <= set(schema.names) and time is not None:
            return ColumnMap(x=x, y=y, z=z, unit=unit, time=time)
    raise InputError(
        f"{file_name}: a Parquet file without sampled_at, x_g, y_g, z_g; declare its columns in "
        f"{file_name.rpartition('/')[2]}.columns.toml beside it",
        reason_code="undeclared_columns",
    )


def _numbers(column: Any) -> NDArray[np.float64]:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.full(len(column), np.nan)
    with np.errstate(invalid="ignore"):  # damaged numbers that are none
        return np.array(column.to_numpy(zero_copy_only=False), np.float64)
