"""Axivity .cwa files of the AX3 and AX6."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

import transforms.readers.axivity_blocks as cwa
from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_stream import BlockStream, Slow
from transforms.readers.clock_marks import UNKNOWN, Marks
from transforms.readers.fault_log import FaultLog
from transforms.readers.pieces import read_ahead
from transforms.readers.probing import judged, probe_positions
from transforms.recording import MICROSECONDS, Chunk, Companion, Fault, Scan

WINDOW_BLOCKS = 8192
PROBED_BLOCKS = 256


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a .cwa file, even when its header is lost."""
    return head[:4] == b"MD\xfc\x03" or head[1024:1028] == cwa.BLOCK_MAGIC or head[:4] == cwa.BLOCK_MAGIC


class AxivityReader:
    """Reads the blocks window by window; unreadable blocks become faults, all others are kept.

    Blocks that stand in the wrong order within a window are put right by their numbers, repeated ones are read
    once. Deviations from other readers: blocks with a wrong checksum are left out (GGIRread fills them with
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
        order = _BlockOrder(self._log)
        stream = BlockStream(self._parameters, self._log)
        stream.companions = self.companions
        lost = 0
        before: _Window | None = None
        with ThreadPoolExecutor(1) as second_thread:
            for window, is_last in self._windows():
                good = cwa.is_good(window, window.view(cwa.BLOCK)[:, 0], self._format)
                lost_before = _bad_before(good, lost)
                lost = int(len(good) - 1 - np.flatnonzero(good)[-1]) if good.any() else lost + len(good)
                whole = window if good.all() else window[good]
                words, joined, lost_before = order.put_right(whole, lost_before[good])
                blocks = words.view(cwa.BLOCK)[:, 0]
                marks = self._marks(blocks, joined, lost_before)
                unpacking = second_thread.submit(_unpacked, words, self._format, marks.sample_count)
                if before is not None:
                    yield from before.pushed_to(stream)
                slow = {
                    "temperature_c": cwa.temperature_c(blocks),
                    "light_lux": cwa.light_lux(blocks, is_ax6=self._is_ax6),
                }
                before = _Window(marks=marks, samples=unpacking, slow=slow, is_last=is_last)
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

    def _marks(
        self, blocks: NDArray[np.void], joined: NDArray[np.bool_], lost_before: NDArray[np.int64]
    ) -> Marks:
        rate = cwa.sampling_rate_hz(blocks)
        return Marks(
            mark_us=cwa.start_us(blocks, rate),
            sample_count=blocks["sample_count"].astype(np.int64),
            rate_hz=rate,
            is_joined=joined,
            lost_block_count=lost_before,
        )

    def _broken_promises(self, end_us: int | None) -> Iterator[Fault]:
        rest = (self._size_bytes - self._data_start) % cwa.BLOCK_BYTES
        if rest:
            yield Fault(
                cause="truncated",
                started_us=end_us,
                detail=f"the file ends {rest} bytes into a block of 512: it was not copied whole",
            )
        promised_us = self.header.promised_end_us
        if end_us is not None and promised_us is not None and promised_us - end_us > 60 * MICROSECONDS:
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
    samples: Future[tuple[NDArray[np.int16], NDArray[np.int16] | None]]
    slow: Slow
    is_last: bool

    def pushed_to(self, stream: BlockStream) -> Iterator[Chunk]:
        """Join the samples to the clock."""
        acceleration, gyroscope = self.samples.result()
        return stream.push(
            self.marks, acceleration, gyro_counts=gyroscope, slow=self.slow, is_last=self.is_last
        )


class _BlockOrder:
    """Puts blocks of a window into the order of their numbers and tells which ones follow directly."""

    def __init__(self, log: FaultLog) -> None:
        self._log = log
        self._last: tuple[int, int, int] | None = None  # session, number, clock of the last block given out

    def put_right(
        self, words: NDArray[np.uint16], lost_before: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint16], NDArray[np.bool_], NDArray[np.int64]]:
        """Return the blocks in order without repetitions, whether each is joined, and the lost ones before it."""
        if not len(words):
            return words, np.empty(0, bool), lost_before
        session, number, clock = _numbers(words, self._last)
        known = 0 if self._last is None else 1
        if self._is_mixed_up(session, number, clock):
            keep = self._sorted(session, number, clock, known)
            words, lost_before = words[keep - known], lost_before[keep - known]
            if not len(words):
                return words, np.empty(0, bool), lost_before
            session, number, clock = _numbers(words, self._last)
        joined = np.concatenate(([False], (np.diff(number) == 1) & (np.diff(session) == 0)))[known:]
        self._note_sessions(session, number, words, known)
        self._last = (int(session[-1]), int(number[-1]), int(clock[-1]))
        return words, joined, lost_before

    @staticmethod
    def _is_mixed_up(session: NDArray[np.int64], number: NDArray[np.int64], clock: NDArray[np.int64]) -> bool:
        # a restart counts from zero again with a later clock; a block out of place has an earlier one
        same = np.diff(session) == 0
        return bool((same & (np.diff(number) <= 0) & (np.diff(clock) <= 0)).any())

    def _sorted(
        self, session: NDArray[np.int64], number: NDArray[np.int64], clock: NDArray[np.int64], known: int
    ) -> NDArray[np.int64]:
        order = np.lexsort((number, clock))
        repeated = np.concatenate(
            (
                [False],
                (np.diff(number[order]) == 0) & (np.diff(clock[order]) == 0) & (np.diff(session[order]) == 0),
            )
        )
        if repeated.any():
            self._log.add(Fault(cause="repeated_block", block_count=int(repeated.sum()), detail="read once"))
        order = order[~repeated]
        if known:
            place = int(np.flatnonzero(order == 0)[0]) if (order == 0).any() else -1
            late = order[:place] if place > 0 else order[:0]
            if len(late):
                self._log.add(
                    Fault(
                        cause="misplaced_block",
                        block_count=len(late),
                        detail="blocks that stand far behind their place are left out",
                    )
                )
            order = order[place + 1 :]
        return np.asarray(order, np.int64)

    def _note_sessions(
        self, session: NDArray[np.int64], number: NDArray[np.int64], words: NDArray[np.uint16], known: int
    ) -> None:
        changes = np.flatnonzero(np.diff(session) != 0)
        restarts = np.flatnonzero((np.diff(session) == 0) & (np.diff(number) < 0))
        blocks = words.view(cwa.BLOCK)[:, 0]
        for cause, found in (("session_change", changes), ("restart", restarts)):
            for index in found[:100]:
                mark = cwa.clock_us(blocks["clock"][index + 1 - known : index + 2 - known])
                start = int(mark[0]) if mark[0] != UNKNOWN else None
                self._log.add(Fault(cause=cause, started_us=start, ended_us=start))


def _numbers(
    words: NDArray[np.uint16], last: tuple[int, int, int] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    blocks = words.view(cwa.BLOCK)[:, 0]
    columns = [blocks[name].astype(np.int64) for name in ("session_id", "sequence_id", "clock")]
    if last is not None:
        columns = [np.concatenate(([value], column)) for value, column in zip(last, columns, strict=True)]
    return columns[0], columns[1], columns[2]


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
