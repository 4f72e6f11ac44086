"""Axivity .cwa files of the AX3 and AX6."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

import transforms.readers.axivity_blocks as cwa
from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_stream import BlockStream, Slow
from transforms.readers.civil_time import earliest_us
from transforms.readers.clock_marks import UNKNOWN, Marks
from transforms.readers.fault_log import FaultLog
from transforms.readers.pieces import read_ahead
from transforms.readers.probing import judged, probe_positions
from transforms.recording import Chunk, Companion, Fault, Scan

WINDOW_BLOCKS = 8192
PROBED_BLOCKS = 256


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a .cwa file, even when its header is lost."""
    return head[:4] == b"MD\xfc\x03" or head[1024:1028] == cwa.BLOCK_MAGIC or head[:4] == cwa.BLOCK_MAGIC


class AxivityReader:
    """Reads the blocks window by window; unreadable blocks become faults, all others are kept.

    Deviations from other readers: blocks with a wrong checksum are left out (GGIRread fills them with
    repeated values, actfast refuses the file); times run evenly from mark to mark (actfast starts each block
    at its mark and runs at the nominal rate, which leaves jumps of 25 ms on devices that are 1 % slow).
    """

    def __init__(
        self, stream: BinaryIO, file_name: str, size_bytes: int, parameters: ReadingParameters
    ) -> None:
        self.companions: list[Companion] = []
        self._stream = stream
        self._size_bytes = size_bytes
        self._parameters = parameters
        self._log = FaultLog()
        self._last_numbers = np.empty(0, cwa.BLOCK)
        stream.seek(0)
        raw = stream.read(cwa.HEADER_BYTES).ljust(cwa.HEADER_BYTES, b"\0")
        self._data_start = 0 if raw[:4] == cwa.BLOCK_MAGIC else cwa.HEADER_BYTES
        self._gyro_code = cwa.header_gyro_code(raw)
        block, found = self._first_good_block(file_name)
        self._format = found
        self.header = cwa.device_header(raw, block, found)
        self._is_ax6 = self.header.device_model == "AX6"

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order, at most one window of blocks at a time.

        While one window is joined to the clock, the samples of the next are unpacked in a second thread.
        """
        stream = BlockStream(
            self._parameters, self._log, earliest_us=earliest_us(self.header.file_format, self._parameters)
        )
        stream.companions = self.companions
        lost = 0
        before: _Window | None = None
        with ThreadPoolExecutor(1) as second_thread:
            for window, is_last in self._windows():
                good = cwa.is_good(window, window.view(cwa.BLOCK)[:, 0], self._format)
                lost_before = _bad_before(good, lost)
                lost = int(len(good) - 1 - np.flatnonzero(good)[-1]) if good.any() else lost + len(good)
                whole = window if good.all() else window[good]
                blocks = whole.view(cwa.BLOCK)[:, 0]
                marks = self._marks(blocks, lost_before[good])
                numbers = self._numbers(blocks)
                unpacking = second_thread.submit(_unpacked, whole, self._format, marks.sample_count)
                if before is not None:
                    yield from before.pushed_to(stream)
                slow = {
                    "temperature_c": cwa.temperature_c(blocks),
                    "light_lux": cwa.light_lux(blocks, is_ax6=self._is_ax6),
                }
                before = _Window(marks=marks, number=numbers, samples=unpacking, slow=slow, is_last=is_last)
            if before is not None:
                yield from before.pushed_to(stream)
        stream.note_undated()
        if lost:
            self._log.add(
                Fault(
                    cause="bad_checksum",
                    started_us=stream.end_us,
                    block_count=lost,
                    detail="unreadable blocks at the end of the file",
                )
            )
        for fault in self._broken_promises(stream.end_us):
            self._log.add(fault)

    def scan(self) -> Scan:
        """Judge the file by its header and some hundred blocks spread over it."""
        total = max((self._size_bytes - self._data_start) // cwa.BLOCK_BYTES, 1)
        positions: list[int] = []
        raws: list[bytes] = []
        for position in probe_positions(total):
            self._stream.seek(self._data_start + int(position) * cwa.BLOCK_BYTES)
            raw = self._stream.read(cwa.BLOCK_BYTES)
            if len(raw) == cwa.BLOCK_BYTES:
                positions.append(int(position))
                raws.append(raw)
        words = np.frombuffer(b"".join(raws), "<u2").reshape(-1, 256)
        blocks = words.view(cwa.BLOCK)[:, 0]
        mark_us = cwa.start_us(blocks, cwa.sampling_rate_hz(blocks))
        good = cwa.is_good(words, blocks, self._format)
        is_usable = good & (mark_us != UNKNOWN)
        if not is_usable.any():
            raise InputError(
                "an Axivity file of which no probed block can be read", reason_code="no_readable_block"
            )
        scan = judged(
            np.array(positions)[is_usable],
            mark_us[is_usable],
            total=total,
            samples_per_block=self._format.samples_per_block,
            rate_hz=self.header.sampling_rate_hz,
            parameters=self._parameters,
        )
        faults = [*scan.faults, *self._broken_promises(scan.ended_us)]
        if (~good).any():
            bad = int((~good).sum())
            faults.append(
                Fault(cause="bad_checksum", block_count=bad, detail=f"of {len(good)} probed blocks")
            )
        return replace(scan, faults=tuple(faults))

    def _first_good_block(self, file_name: str) -> tuple[np.void, cwa.BlockFormat]:
        bad = 0
        with closing(self._windows(PROBED_BLOCKS)) as windows:
            for words, _is_last in windows:
                blocks = words.view(cwa.BLOCK)[:, 0]
                for index in np.flatnonzero(cwa.is_good(words, blocks, None)):
                    found = cwa.block_format(blocks[index], self._gyro_code)
                    if found is not None and blocks[index]["sample_count"]:
                        return blocks[index].copy(), found
                    if cwa.is_of_first_firmware(blocks[index]):
                        raise cwa.of_first_firmware(file_name)
                bad += len(blocks)
        raise cwa.no_good_block(file_name, self._size_bytes, bad)

    def _windows(
        self, block_count: int = WINDOW_BLOCKS
    ) -> Generator[tuple[NDArray[np.uint16], bool], None, None]:
        """Yield the blocks as 16-bit words (blocks, 256) and whether they are the last.

        Where blocks do not begin where they should (bytes were lost in copying), the next beginning is searched.
        """
        self._stream.seek(self._data_start)
        rest = b""
        for read in read_ahead(self._stream, block_count * cwa.BLOCK_BYTES):
            is_last = len(read) < block_count * cwa.BLOCK_BYTES
            data = rest + read if rest else read
            start = 0
            while (off_grid := self._off_grid(data, start)) is not None:
                end, found = off_grid
                self._log.add(
                    Fault(cause="unreadable_bytes", detail=f"{found - end} bytes between two blocks")
                )
                yield np.frombuffer(data, "<u2", (end - start) // 2, start).reshape(-1, 256), False
                start = found
            count = (len(data) - start) // cwa.BLOCK_BYTES
            rest = data[start + count * cwa.BLOCK_BYTES :]
            yield np.frombuffer(data, "<u2", count * 256, start).reshape(-1, 256), is_last

    @staticmethod
    def _off_grid(data: bytes, start: int) -> tuple[int, int] | None:
        """Return where the grid of blocks ends that begins at ``start``, and where the next one begins."""
        count = (len(data) - start) // cwa.BLOCK_BYTES
        magic = np.frombuffer(data, "<u4", count * 128, start).reshape(count, 128)[:, 0]
        is_wrong = magic != np.frombuffer(cwa.BLOCK_MAGIC, "<u4")[0]
        # lost bytes spoil the beginnings of all blocks after them: one wrong beginning alone is a bad block
        runs = np.flatnonzero(is_wrong & np.append(is_wrong[1:], True)[:count])
        checked = 0
        while (at := int(np.searchsorted(runs, checked))) < len(runs):
            end = start + int(runs[at]) * cwa.BLOCK_BYTES
            # where bytes were lost inside the block before, the next one begins before its end
            spoiled = (
                0 if runs[at] == 0 or _has_good_sum(data, end - cwa.BLOCK_BYTES) else cwa.BLOCK_BYTES - 1
            )
            found = data.find(cwa.BLOCK_MAGIC, end - spoiled)
            if found < 0:
                return None
            if (found - start) % cwa.BLOCK_BYTES:
                return end, found
            checked = (found - start) // cwa.BLOCK_BYTES
        return None

    def _marks(self, blocks: NDArray[np.void], lost_before: NDArray[np.int64]) -> Marks:
        rate = cwa.sampling_rate_hz(blocks)
        return Marks(
            mark_us=cwa.start_us(blocks, rate),
            sample_count=blocks["sample_count"].astype(np.int64),
            rate_hz=rate,
            is_joined=np.zeros(len(blocks), bool),  # the numbers tell
            lost_block_count=lost_before,
        )

    def _numbers(self, blocks: NDArray[np.void]) -> NDArray[np.int64]:
        """Return a number for each block that counts on within a session; tell of new sessions and restarts."""
        session, number, clock = (
            np.concatenate((self._last_numbers[name], blocks[name])).astype(np.int64)
            for name in ("session_id", "sequence_id", "clock")
        )
        known = len(session) - len(blocks)
        is_other = np.diff(session) != 0
        # a restart counts from zero again with a later clock; a block out of place has an earlier one
        is_restart = ~is_other & (np.diff(number) < 0) & (np.diff(clock) > 0)
        for cause, found in (("session_change", is_other), ("restart", is_restart)):
            for index in np.flatnonzero(found)[:100]:
                mark = cwa.clock_us(blocks["clock"][index + 1 - known : index + 2 - known])
                start = int(mark[0]) if mark[0] != UNKNOWN else None
                self._log.add(Fault(cause=cause, started_us=start, ended_us=start))
        if len(blocks):
            self._last_numbers = blocks[-1:].copy()
        return np.asarray((session[known:] & 0x7FFFFFFF) << 32 | number[known:], np.int64)

    def _broken_promises(self, end_us: int | None) -> Iterator[Fault]:
        rest = (self._size_bytes - self._data_start) % cwa.BLOCK_BYTES
        if rest:
            yield Fault(
                cause="truncated",
                started_us=end_us,
                detail=f"the file ends {rest} bytes into a block of 512: it was not copied whole",
            )
        promised_us = self.header.promised_end_us
        if end_us is not None and promised_us is not None and promised_us - end_us > 60 * SECOND_US:
            yield Fault(
                cause="truncated",
                started_us=end_us,
                ended_us=promised_us,
                detail="the device was set to record longer: cut file, empty battery or stopped early",
            )


@dataclass(frozen=True, kw_only=True)
class _Window:
    """Blocks in order, and their samples as they come from the second thread."""

    marks: Marks
    number: NDArray[np.int64]
    samples: Future[tuple[NDArray[np.int16], NDArray[np.int16] | None]]
    slow: Slow
    is_last: bool

    def pushed_to(self, stream: BlockStream) -> Iterator[Chunk]:
        """Join the samples to the clock."""
        acceleration, gyroscope = self.samples.result()
        return stream.push(
            self.marks,
            acceleration,
            gyro_counts=gyroscope,
            slow=self.slow,
            number=self.number,
            is_last=self.is_last,
        )


def _bad_before(good: NDArray[np.bool_], carried: int) -> NDArray[np.int64]:
    """Number of bad blocks directly before each block; ``carried`` are those at the end of the last window."""
    bad = np.cumsum(~good)
    previous = np.maximum.accumulate(np.where(good, np.arange(len(good)), -1))
    previous = np.concatenate(([-1], previous))[: len(good)]
    return np.asarray(bad - np.where(previous >= 0, bad[previous], -carried), np.int64)


def _has_good_sum(data: bytes, start: int) -> bool:
    return not np.frombuffer(data, "<u2", 256, start).sum(dtype=np.uint16)


def _unpacked(
    words: NDArray[np.uint16], found: cwa.BlockFormat, count: NDArray[np.int64]
) -> tuple[NDArray[np.int16], NDArray[np.int16] | None]:
    """Accelerometer and gyroscope, where there is one, each (3, samples): only the samples that each block holds."""
    acceleration, gyroscope = cwa.unpack(words, found)
    return _samples(acceleration, count), None if gyroscope is None else _samples(gyroscope, count)


def _samples(axes: NDArray[np.int16], count: NDArray[np.int64]) -> NDArray[np.int16]:
    """(3, blocks, width) to (3, samples): only the samples that each block holds."""
    width = axes.shape[2]
    if (count == width).all():
        return axes.reshape(3, -1)
    return axes[:, np.arange(width) < count[:, None]]
