"""Tables of samples as text: exports of OMGUI, GENEActiv's and ActiLife's software, Empatica's ACC.csv, any CSV."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from transforms.clock import SECOND_US, wall_clock_change_us
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.civil_time import earliest_us, plausible_us, text_us
from transforms.readers.clock_marks import UNKNOWN
from transforms.readers.column_map import ColumnMap
from transforms.readers.fault_log import FaultLog
from transforms.readers.pieces import HEAD_BYTES, UTF16_MARKS, Pieces, as_text, head_of, whole_lines
from transforms.readers.sample_rows import RowClock, Rows, not_dated, refuse_other_unit, spread, usual_rate_hz
from transforms.readers.text_layout import TextLayout, find_layout
from transforms.readers.written_times import US_PER_STAMP, stamps_us
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

BLOCK_BYTES = 8 << 20
MOST_G = 1_000.0
"""No sensor measures more; such a cell is damage."""
MOST_STORED = 1e30
"""What still is a number in float32, for the first look at rows whose unit is not known yet."""


TAIL_BYTES = 4096
_COUNT_ERROR_FRAC = 0.05


class TextTableReader:
    """Reads a table block by block; rows that cannot be read are counted and left out, all others are kept."""

    def __init__(
        self,
        pieces: Pieces,
        file_name: str,
        parameters: ReadingParameters,
        *,
        size_bytes: int,
        declared: ColumnMap | None = None,
        zone: str | None = None,
        tail: Callable[[int], bytes] | None = None,
    ) -> None:
        self._tail = tail
        self.companions: list[Companion] = []
        is_wide = head_of(pieces, 2).startswith(UTF16_MARKS)
        self._size_bytes = size_bytes // 2 if is_wide else size_bytes
        self._parameters = parameters
        self._log = FaultLog()
        self._rejected = 0
        self._undated = 0
        self._row = 0
        self._count_scale: float | None = None
        self._most_g = MOST_STORED
        self._pieces = as_text(pieces)
        head = head_of(self._pieces, HEAD_BYTES)
        self._layout = find_layout(head, file_name, declared)
        first = self._first_rows(head)
        refuse_other_unit(first, file_name, parameters)
        self._most_g = MOST_G
        rate_hz = self._layout.rate_hz
        if rate_hz is None and first.stamp_us is not None:
            rate_hz = usual_rate_hz(first.stamp_us)
        if rate_hz is None or not len(first):
            raise InputError(
                f"{file_name}: no rows from which a sampling rate follows; declare sampling_rate_hz or export the file "
                "again",
                reason_code="no_readable_block",
            )
        self._rate_hz = rate_hz
        is_counts = self._layout.file_format == "empatica_e4"
        self._count_scale = self._layout.g_per_unit if is_counts and _are_whole(first) else None
        self.header = self._header()
        self._zone = zone if self._layout.clock == "local" and first.stamp_us is not None else None
        self._earliest_us = earliest_us(self.header.file_format, parameters)
        self._coarse_us = 0.0
        if first.stamp_us is not None and len(first) > 2:
            steps_us = np.diff(first.stamp_us)
            if np.mean(steps_us == 0) > 0.2:
                self._coarse_us = float(np.median(steps_us[steps_us > 0])) if (steps_us > 0).any() else 1.0

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
            start_us=self._layout.start_us,
            zone=self._zone,
            coarse_us=self._coarse_us,
        )
        waiting: Rows | None = None
        is_first = True
        for block, is_last in _with_last(self._bodies()):
            rows = clock.in_order(self._dated(self._rows(block)))
            if self._coarse_us and rows.stamp_us is not None:
                rows, waiting = _without_last_stamp(rows, waiting, is_last=is_last)
                if len(rows) and rows.stamp_us is not None:
                    rows.stamp_us = spread(rows.stamp_us, SECOND_US / self._rate_hz, is_first=is_first)
                    is_first = False
            yield from clock.chunks(rows)
            self._take_companions(rows)
        if self._undated:
            self._log.add(not_dated(self._undated, self._rate_hz))
        if self._rejected:
            self._log.add(
                Fault(
                    cause="rejected_rows",
                    sample_count=self._rejected,
                    detail="rows that are cut, or hold a cell that is no number or no time",
                )
            )

    def scan(self) -> Scan:
        """Judge the file by its first rows, its size and, where it can be reached at once, its last row."""
        head = head_of(self._pieces, HEAD_BYTES)
        first = self._first_rows(head)
        start_us = self._layout.start_us if first.stamp_us is None else int(first.stamp_us[0])
        body_bytes = len(b"".join(head.splitlines(keepends=True)[self._layout.skip_lines :])) or 1
        lines = max(head.count(b"\n") - self._layout.skip_lines, 1)
        count = round(self._size_bytes / (body_bytes / lines))
        start_us = start_us or 0
        length_us = round(count / self._rate_hz * SECOND_US)
        end_us = start_us + length_us
        last_us = self._last_stamp_us()
        if last_us is None or last_us <= start_us:
            unseen = Fault(
                cause="length_by_size",
                detail="the last row is not looked at: gaps do not show before it is read",
            )
            is_seen = last_us is not None or self._layout.time is None
            faults = () if is_seen else (unseen,)
            return Scan(started_us=start_us, ended_us=end_us, sample_count=count, gap_s=0.0, faults=faults)
        if self._zone is not None:
            # a clock on the wall; whether the device's was one, the number of rows must tell
            change_us = wall_clock_change_us(start_us, last_us, self._zone)
            if abs(last_us - change_us - end_us) < abs(last_us - end_us):
                last_us -= change_us
        span_us = last_us - start_us
        # the number of rows is known by the length of the first ones, to some per cent
        gap_us = span_us - length_us if span_us > (1 + _COUNT_ERROR_FRAC) * length_us + SECOND_US else 0
        return Scan(
            started_us=start_us,
            ended_us=last_us + round(SECOND_US / self._rate_hz),
            sample_count=count,
            gap_s=gap_us / SECOND_US,
        )

    def _last_stamp_us(self) -> int | None:
        """Return the time of the last whole row; None where rows have none, or the content is packed."""
        if self._tail is None or self._layout.time is None:
            return None
        content = self._tail(TAIL_BYTES)
        if b"\0" in content:  # UTF-16
            return None
        lines = content.splitlines(keepends=True)[1:]
        rows = self._rows(b"".join(lines))
        self._row = self._rejected = 0
        return int(rows.stamp_us[-1]) if rows.stamp_us is not None and len(rows) else None

    def _dated(self, rows: Rows) -> Rows:
        """Leave out the rows whose date cannot be believed."""
        if rows.stamp_us is None:
            return rows
        is_dated = rows.stamp_us >= self._earliest_us
        self._undated += int((~is_dated).sum())
        return rows if is_dated.all() else rows.where(is_dated)

    def _header(self) -> DeviceHeader:
        layout = self._layout
        scale = None if self._count_scale is None else (self._count_scale,) * 3
        return DeviceHeader(
            file_format=layout.file_format,
            device_model=layout.device_model,
            serial_number=layout.serial_number,
            firmware=layout.firmware,
            sampling_rate_hz=self._rate_hz,
            range_g=layout.range_g,
            scale_g_per_count=scale,
            offset_g=None if scale is None else (0.0, 0.0, 0.0),
            clock=layout.clock,
            configured_time_zone=layout.configured_time_zone,
            clock_set_us=layout.clock_set_us,
        )

    def _first_rows(self, head: bytes) -> Rows:
        lines = head.splitlines(keepends=True)
        whole = lines if len(lines) == 1 or head.endswith(b"\n") else lines[:-1]
        rows = self._rows(b"".join(whole[self._layout.skip_lines :]))
        self._row = self._rejected = 0
        return rows

    def _bodies(self) -> Iterator[bytes]:
        """Yield blocks of whole rows, without the lines before the first row."""
        skip = self._layout.skip_lines
        for block in whole_lines(self._pieces, BLOCK_BYTES):
            body = block
            while skip and body:
                _line, newline, body = body.partition(b"\n")
                skip -= bool(newline)
            if body:
                yield body

    def _rows(self, block: bytes) -> Rows:
        if self._layout.skip_lines == 0 and self._row == 0:
            block = block.removeprefix(b"\xef\xbb\xbf")
        if not block.isascii():
            # damage: no number or time has such bytes, and the rows around them are whole
            block = block.decode("ascii", "replace").encode("ascii", "replace")
        block = _without_quotes(block, self._layout.separator)
        try:
            table, bad_lines = self._parsed(block, is_typed=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            table, bad_lines = self._parsed(block, is_typed=False)
        total = table.num_rows + len(bad_lines)
        number = np.arange(self._row, self._row + total)
        if bad_lines:
            if self._layout.time is None:
                # only without stamps does it matter which rows are missing
                table, bad_lines = self._parsed(block, is_typed=False, is_ordered=True)
            number = np.delete(
                number, np.array(bad_lines) if bad_lines[0] >= 0 else np.arange(table.num_rows, total)
            )
        self._row += total
        rows = self._from_table(table, number)
        self._rejected += total - len(rows)
        return rows

    def _parsed(
        self, block: bytes, *, is_typed: bool, is_ordered: bool = False
    ) -> tuple[pa.Table, list[int]]:
        layout = self._layout
        wanted = {*layout.xyz, *(layout.gyro or ()), *(column for _, column in layout.slow)}
        types: dict[str, Any] = {
            f"f{column}": pa.float64() if is_typed else pa.string() for column in sorted(wanted)
        }
        if layout.time is not None:
            types[f"f{layout.time}"] = _time_type(layout) if is_typed else pa.string()
        if layout.date is not None:
            types[f"f{layout.date}"] = pa.string()
        bad: list[int] = []

        def skip(row: Any) -> str:
            bad.append(row.number - 1)
            return "skip"

        table = pyarrow.csv.read_csv(
            io.BytesIO(block or b"\n"),  # of nothing at all Arrow says that it is no table
            read_options=pyarrow.csv.ReadOptions(
                column_names=[f"f{column}" for column in range(layout.column_count)],
                use_threads=False,
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.separator, quote_char=False, invalid_row_handler=skip
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                # a decimal comma between commas stands in quotes, and went with them
                decimal_point="," if layout.has_decimal_comma and layout.separator != "," else ".",
                timestamp_parsers=[pyarrow.csv.ISO8601],
            ),
        )
        return table, bad

    def _from_table(self, table: pa.Table, number: NDArray[np.int64]) -> Rows:
        layout = self._layout

        def numbers(column: int) -> NDArray[np.float64]:
            values = table[f"f{column}"]
            if pa.types.is_string(values.type):
                texts = pl.Series(values.to_pylist(), dtype=pl.String).str.strip_chars()
                if layout.has_decimal_comma:
                    texts = texts.str.replace(",", ".", literal=True)
                return texts.cast(pl.Float64, strict=False).to_numpy()
            return np.asarray(values.to_numpy(), np.float64)

        values = np.stack([numbers(column) for column in layout.xyz], axis=1)
        is_cell = np.isfinite(values) & (np.abs(values) * layout.g_per_unit <= self._most_g)
        good: NDArray[np.bool_] = np.asarray(is_cell.all(axis=1))
        values = np.where(is_cell, values, 0.0)
        stamp_us = None
        if layout.time is not None:
            stamp_us = plausible_us(_stamps_us(table, layout))
            good &= stamp_us != UNKNOWN
        count_scale = self._count_scale
        rows = Rows(
            number=number,
            stamp_us=stamp_us,
            acceleration_g=None if count_scale else np.asarray(values * layout.g_per_unit, np.float32),
            gyro_deg_per_s=(
                None
                if layout.gyro is None
                else np.stack([numbers(column) for column in layout.gyro], axis=1).astype(np.float32)
            ),
            slow={name: numbers(column).astype(np.float32) for name, column in layout.slow},
        )
        if count_scale:
            good &= (np.abs(values) <= 32_767).all(axis=1)
            rows.counts = np.where(good[:, None], values, 0).astype(np.int16)
        return rows if good.all() else rows.where(good)

    def _take_companions(self, rows: Rows) -> None:
        """Keep one value of each slow signal per second, and every press of the button."""
        if not rows.slow or not len(rows) or rows.stamp_us is None:
            return
        second = rows.stamp_us // SECOND_US
        first = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
        values = {name: column[first] for name, column in rows.slow.items()}
        if "is_button_pressed" in rows.slow:
            values["is_button_pressed"] = np.maximum.reduceat(rows.slow["is_button_pressed"], first)
        self.companions.append(Companion(times_us=rows.stamp_us[first], **values))


def _without_quotes(block: bytes, separator: str) -> bytes:
    """Take the quotes from around whole cells; one inside a number is damage, and its row cannot be read."""
    if b'"' not in block:
        return block
    edge = re.escape(separator.encode())
    quoted = rb'(^|%s)([ \t]*)"([^"\r\n]*)"(?=[ \t]*(?:%s|\r|$))' % (edge, edge)
    if separator != ",":
        return re.sub(quoted, rb"\1\2\3", block, flags=re.MULTILINE)
    return re.sub(
        quoted, lambda found: found[1] + found[2] + found[3].replace(b",", b"."), block, flags=re.MULTILINE
    )


def _are_whole(rows: Rows) -> bool:
    return rows.acceleration_g is not None and bool((rows.acceleration_g * 64 % 1 == 0).all())


def _time_type(layout: TextLayout) -> Any:
    if layout.stamp == "iso":
        return pa.timestamp("us")
    if layout.stamp == "iso_with_zone":
        return pa.timestamp("us", "UTC")
    if layout.stamp in {"epoch_us", "epoch_ns"}:
        return pa.int64()
    return pa.string() if layout.stamp == "colon_ms" or layout.written is not None else pa.float64()


def _stamps_us(table: pa.Table, layout: TextLayout) -> NDArray[np.int64]:
    column = table[f"f{layout.time}"]
    if pa.types.is_timestamp(column.type):
        # a null would turn into the smallest number, which is UNKNOWN
        return np.asarray(column.to_numpy().astype("datetime64[us]").astype(np.int64), np.int64)
    if layout.stamp == "colon_ms":
        texts = [text or "" for text in column.to_pylist()]
        fits = [text.encode() if len(text) == 23 else b"0000-00-00 00:00:00:000" for text in texts]
        return text_us(fits)
    if layout.written is not None:
        read = pl.Series(column.to_pylist(), dtype=pl.String).str.strip_chars()
        if layout.date is not None:
            date = pl.Series(table[f"f{layout.date}"].to_pylist(), dtype=pl.String).str.strip_chars()
            read = date + " " + read
        if "%.f" in layout.written:  # a decimal comma, or a colon before milliseconds
            read = read.str.replace(r"(:\d\d)(?:,(\d)|:(\d{3})$)", "$1.$2$3")
        moments = read.str.to_datetime(layout.written, time_unit="us", strict=False)
        return np.asarray(moments.to_physical().fill_null(UNKNOWN).to_numpy(), np.int64)
    if pa.types.is_string(column.type):
        return stamps_us(column.to_pylist(), layout.stamp)
    if pa.types.is_integer(column.type):
        values = column.fill_null(-1).to_numpy()
        stamps = values if layout.stamp == "epoch_us" else values // 1000
        return np.where(values > 0, stamps, UNKNOWN)
    seconds = column.to_numpy()
    is_time = np.isfinite(seconds) & (seconds > 0) & (seconds < 1e15)
    scaled = np.where(is_time, seconds, 0) * US_PER_STAMP[layout.stamp or "epoch_s"]
    return np.where(is_time & (scaled < 7.3e15), np.rint(scaled), UNKNOWN).astype(np.int64)


def _without_last_stamp(rows: Rows, waiting: Rows | None, *, is_last: bool) -> tuple[Rows, Rows | None]:
    """Hold back the rows of the last stamp: more of them may follow in the next block."""
    if waiting is not None and len(waiting):
        rows = waiting.followed_by(rows)
    if is_last or rows.stamp_us is None or not len(rows):
        return rows, None
    end = int(np.flatnonzero(np.diff(rows.stamp_us, prepend=rows.stamp_us[0] - 1))[-1])
    return rows.where(slice(0, end)), rows.where(slice(end, None))


def _with_last(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    previous = next(blocks, None)
    if previous is None:
        return
    for block in blocks:
        yield previous, False
        previous = block
    yield previous, True
