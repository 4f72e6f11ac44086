"""GENEActiv .bin: a text header, then pages of 300 samples written as hexadecimal digits.

Layout after the maker's "GENEActiv instruction manual" and real files. There is no checksum: a page is good when it
has its lines and 3600 digits.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.errors import InputError
from transforms.parameters.reading import ReadingParameters
from transforms.readers.block_stream import BlockStream
from transforms.readers.civil_time import earliest_us, moment_us, offset_text, text_us
from transforms.readers.clock_marks import UNKNOWN, Marks
from transforms.readers.fault_log import FaultLog
from transforms.readers.pieces import read_ahead
from transforms.readers.probing import judged, probe_positions
from transforms.recording import Chunk, Companion, DeviceHeader, Fault, Scan

SAMPLES_PER_PAGE = 300
DIGITS_PER_SAMPLE = 12
DIGITS_PER_PAGE = SAMPLES_PER_PAGE * DIGITS_PER_SAMPLE
PAGE_START = b"Recorded Data"
LINE_ENDS = {b"\r", b"\n", b""}
WINDOW_BYTES = 4 << 20
HEADER_BYTES = 1 << 16
LARGEST_PAGE_BYTES = 1 << 16
PAGE_BYTES = 3830  # about; only for looking around in a file

_PAGE = re.compile(
    rb"Recorded Data\r?\n"
    rb"Device Unique Serial Code:[^\r\n]*\r?\n"
    rb"Sequence Number:(\d{1,9})\r?\n"
    rb"Page Time:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3})\r?\n"
    rb"Unassigned:[^\r\n]*\r?\n"
    rb"Temperature:(-?\d{1,3}[.,]?\d{0,4})\r?\n"
    rb"Battery voltage:[^\r\n]*\r?\n"
    rb"Device Status:[^\r\n]*\r?\n"
    rb"Measurement Frequency:(\d{1,4}[.,]?\d{0,3})\r?\n"
)
_LINE = re.compile(
    rb"^(Sequence Number|Page Time|Temperature|Measurement Frequency):([^\r\n]*)\r?$", re.MULTILINE
)
_DIGITS = re.compile(rb"^[0-9A-Fa-f]{3600}\r?$", re.MULTILINE)
_TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}")


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of a GENEActiv .bin file."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15] == b"Device Identity" or head.startswith(
        PAGE_START
    )


class _Page(NamedTuple):
    """One page: where its digits stand, and what its lines say."""

    digits_start: int
    sample_count: int
    number: int
    time: bytes | None
    temperature_c: float
    rate_hz: float


class GeneactivReader:
    """Reads the pages window by window.

    Page times are exact to half a second and the sampling clock keeps to them, so half a second too much between
    two pages is a gap (scikit-digital-health's sample file holds one). A page that was cut at the end of the file
    gives the samples that are whole; GGIRread and actipy leave it out.
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
        head = stream.read(HEADER_BYTES)
        self._data_start = head.find(PAGE_START)
        if self._data_start < 0:
            raise InputError(
                f"{file_name}: a GENEActiv header of {size_bytes} bytes without a page of data; copy it from the "
                "device again",
                reason_code="no_readable_block",
            )
        facts = _header_facts(head[: self._data_start])
        self._lux_per_count = _number(facts.get("Lux")) / (_number(facts.get("Volts")) or np.nan)
        self._promised_pages = int(_number(facts.get("Number of Pages"), 0))
        self.header = _device_header(facts, _first_rate_hz(head[self._data_start :]), file_name)

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        return self._log.listing()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        stream = BlockStream(
            self._parameters,
            self._log,
            earliest_us=earliest_us(self.header.file_format, self._parameters),
            largest_tolerance_us=250_000,
            lost_cause="unreadable_block",
        )
        stream.companions = self.companions
        last_number, last_us = -1, 0
        page_count = lost = 0
        for window, end, is_last in self._windows():
            pages, lost_before, lost = self._pages(window, end, lost, is_last=is_last)
            page_count += len(pages) + sum(lost_before)
            view = memoryview(window)
            try:
                raw = binascii.unhexlify(b"".join([_digits(view, page) for page in pages]))
            except binascii.Error:
                pages, lost_before, lost = _with_digits_only(view, pages, lost_before, lost)
                raw = binascii.unhexlify(b"".join([_digits(view, page) for page in pages]))
            counts, light, button = _unpack(raw)
            count = np.array([page.sample_count for page in pages], np.int64)
            number = self._numbers(pages, last_number, last_us)
            yield from stream.push(
                Marks(
                    mark_us=_times_us(pages),
                    sample_count=count,
                    rate_hz=np.array([page.rate_hz for page in pages], np.float64),
                    is_joined=np.zeros(len(pages), bool),  # the numbers tell
                    lost_block_count=np.array(lost_before, np.int64),
                ),
                counts,
                slow={
                    "temperature_c": np.array([page.temperature_c for page in pages], np.float32),
                    "light_lux": (_means(light, count) * self._lux_per_count).astype(np.float32),
                    "is_button_pressed": (_means(button, count) > 0).astype(np.float32),
                },
                number=number,
                is_last=is_last,
            )
            if pages:
                last_number, last_us = int(number[-1]), int(_times_us(pages)[-1])
        stream.note_undated()
        if lost:
            self._log.add(
                Fault(
                    cause="unreadable_block",
                    started_us=stream.end_us,
                    block_count=lost,
                    detail="unreadable pages at the end of the file",
                )
            )
        if page_count + lost < self._promised_pages:
            self._log.add(
                Fault(
                    cause="truncated",
                    started_us=stream.end_us,
                    block_count=self._promised_pages - page_count - lost,
                    detail=f"the header promises {self._promised_pages} pages, {page_count + lost} are there",
                )
            )

    def scan(self) -> Scan:
        """Judge the file by its header and some hundred pages spread over it."""
        length = self._size_bytes - self._data_start
        numbers: list[int] = []
        times: list[bytes] = []
        for position in probe_positions(max(length // PAGE_BYTES, 1)):
            last_chance = max(length - 2 * PAGE_BYTES, 0)
            self._stream.seek(self._data_start + min(int(position) * PAGE_BYTES, last_chance))
            for found in _PAGE.finditer(self._stream.read(2 * PAGE_BYTES)):
                if not numbers or int(found[1]) > numbers[-1]:
                    numbers.append(int(found[1]))
                    times.append(found[2])
        mark_us = text_us(times) if times else np.empty(0, np.int64)
        is_known = mark_us != UNKNOWN
        if not is_known.any():
            raise InputError(
                "a GENEActiv file of which no probed page can be read", reason_code="no_readable_block"
            )
        number = np.array(numbers)[is_known] - numbers[0]
        scan = judged(
            number,
            mark_us[is_known],
            total=int(number[-1]) + 1,
            samples_per_block=SAMPLES_PER_PAGE,
            rate_hz=self.header.sampling_rate_hz,
            parameters=self._parameters,
        )
        if scan.sample_count < (self._promised_pages - 1) * SAMPLES_PER_PAGE:
            cut = Fault(cause="truncated", detail=f"the header promises {self._promised_pages} pages")
            return replace(scan, faults=(*scan.faults, cut))
        return scan

    def _windows(self) -> Iterator[tuple[bytes, int, bool]]:
        """Yield bytes, where the whole pages in them end, and whether they are the last."""
        self._stream.seek(self._data_start)
        rest = b""
        for read in read_ahead(self._stream, WINDOW_BYTES):
            is_last = len(read) < WINDOW_BYTES
            data = rest + read
            end = len(data) if is_last else data.rfind(PAGE_START)
            if end <= 0 and not is_last:
                if end < 0 or len(data) > LARGEST_PAGE_BYTES:
                    # nothing here can belong to a page
                    self._log.add(Fault(cause="unreadable_bytes", detail=f"{len(data)} bytes without a page"))
                    data = data[1 - len(PAGE_START) :]
                rest = data
                continue
            rest = data[end:]
            yield data, end, is_last

    def _pages(
        self, window: bytes, end: int, lost: int, *, is_last: bool
    ) -> tuple[list[_Page], list[int], int]:
        """Return the readable pages, the unreadable ones before each of them, and those after the last."""
        pages: list[_Page] = []
        lost_before: list[int] = []
        position = window.find(PAGE_START, 0, end)
        while position >= 0:
            found = _PAGE.match(window, position, end)
            page = None
            if found is not None:
                digits_end = found.end() + DIGITS_PER_PAGE
                following = window.find(PAGE_START, digits_end, end)
                if window[digits_end : digits_end + 1] in LINE_ENDS and digits_end <= end:
                    page = self._page(found, SAMPLES_PER_PAGE)
                else:
                    following = window.find(PAGE_START, found.end(), end)
                    if is_last and following < 0:
                        page = self._cut_page(window, found)
            else:
                following = window.find(PAGE_START, position + len(PAGE_START), end)
                page = self._loose_page(window[position : following if following >= 0 else end], position)
            if page is not None:
                pages.append(page)
                lost_before.append(lost)
                lost = 0
            else:
                lost += 1
            position = following
        return pages, lost_before, lost

    def _page(self, found: re.Match[bytes], samples: int) -> _Page:
        number, time, temperature, rate = found.groups()
        rate_hz = _decimal(rate)
        return _Page(
            digits_start=found.end(),
            sample_count=samples,
            number=int(number),
            time=time,
            temperature_c=_decimal(temperature),
            rate_hz=rate_hz if 1 <= rate_hz <= 1000 else self.header.sampling_rate_hz,
        )

    def _cut_page(self, window: bytes, found: re.Match[bytes]) -> _Page | None:
        line = window[found.end() :].split(b"\n", 1)[0].rstrip(b"\r")
        samples = len(line) // DIGITS_PER_SAMPLE
        if samples > SAMPLES_PER_PAGE:
            return None
        self._log.add(
            Fault(cause="truncated", detail=f"the last page holds {samples} of {SAMPLES_PER_PAGE} samples")
        )
        return self._page(found, samples) if samples else None

    def _loose_page(self, text: bytes, position: int) -> _Page | None:
        """Read a page of which a line is damaged; what is missing follows from its neighbours."""
        digits = _DIGITS.search(text)
        if digits is None:
            return None
        lines = dict(_LINE.findall(text))
        number = lines.get(b"Sequence Number", b"").strip()
        time = lines.get(b"Page Time", b"").strip()
        rate_hz = _number(lines.get(b"Measurement Frequency", b"").decode("latin-1"))
        return _Page(
            digits_start=position + digits.start(),
            sample_count=SAMPLES_PER_PAGE,
            number=int(number) if number.isdigit() and len(number) < 10 else -1,
            time=time if _TIME.fullmatch(time) else None,
            temperature_c=_number(lines.get(b"Temperature", b"").decode("latin-1")),
            rate_hz=rate_hz if 1 <= rate_hz <= 1000 else self.header.sampling_rate_hz,
        )

    def _numbers(self, pages: list[_Page], last_number: int, last_us: int) -> NDArray[np.int64]:
        """Return the numbers of the pages, lost ones from the page before; tell of numbers that begin again."""
        number = np.array([page.number for page in pages], np.int64)
        unnumbered = number < 0
        for index in np.flatnonzero(unnumbered):
            number[index] = (number[index - 1] if index else last_number) + 1
        is_back = bool((np.diff(number, prepend=last_number) <= 0).any())
        if is_back and not unnumbered.any() and bool((np.diff(_times_us(pages), prepend=last_us) > 0).all()):
            self._log.add(Fault(cause="restart", detail="page numbers begin again"))
        return number


def _header_facts(text: bytes) -> dict[str, str]:
    """Return the header's lines ``key:value``; of keys that occur twice, the first."""
    facts: dict[str, str] = {}
    for line in text.decode("latin-1").splitlines():
        key, separator, value = line.partition(":")
        if separator:
            facts.setdefault(key.strip(), value.strip(" \0\t"))
    return facts


def _device_header(facts: dict[str, str], page_rate_hz: float, file_name: str) -> DeviceHeader:
    rate_hz = _number(facts.get("Measurement Frequency", "").replace("Hz", ""))
    if not 1 <= rate_hz <= 1000:
        rate_hz = page_rate_hz
    gains = [_number(facts.get(f"{axis} gain")) for axis in "xyz"]
    offsets = [_number(facts.get(f"{axis} offset")) for axis in "xyz"]
    if (
        not (1 <= rate_hz <= 1000)
        or not all(1_000 <= gain <= 1_000_000 for gain in gains)
        or np.isnan(offsets).any()
    ):
        raise InputError(
            f"{file_name}: the GENEActiv header lacks its calibration (x gain ... z offset) or sampling rate; copy "
            "the file from the device again",
            reason_code="damaged_header",
        )
    range_text = facts.get("Accelerometer Range", "")
    return DeviceHeader(
        file_format="geneactiv_bin",
        device_model=" ".join(
            filter(None, (facts.get("Device Type") or "GENEActiv", facts.get("Device Model")))
        ),
        serial_number=facts.get("Device Unique Serial Code") or None,
        firmware=facts.get("Device Firmware Version") or None,
        sampling_rate_hz=rate_hz,
        range_g=_number(range_text.rpartition("to")[2]) if "to" in range_text else None,
        # the maker's rule: g = (100 count - offset) / gain
        scale_g_per_count=(100 / gains[0], 100 / gains[1], 100 / gains[2]),
        offset_g=(-offsets[0] / gains[0], -offsets[1] / gains[1], -offsets[2] / gains[2]),
        configured_time_zone=offset_text(facts.get("Time Zone", "")),
        clock_set_us=moment_us(facts.get("Config Time", "")),
        promised_sample_count=int(_number(facts.get("Number of Pages"), 0)) * SAMPLES_PER_PAGE or None,
    )


def _first_rate_hz(pages: bytes) -> float:
    found = _PAGE.search(pages)
    return np.nan if found is None else _number(found[4].decode("ascii"))


def _number(text: str | None, default: float = np.nan) -> float:
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return default
    return value if abs(value) < 1e12 else default


@lru_cache(4096)
def _decimal(text: bytes) -> float:
    """Return a number of a page; the same few return all the time."""
    return float(text.replace(b",", b"."))


def _digits(window: memoryview, page: _Page) -> memoryview:
    return window[page.digits_start : page.digits_start + page.sample_count * DIGITS_PER_SAMPLE]


def _with_digits_only(
    window: memoryview, pages: list[_Page], lost_before: list[int], lost: int
) -> tuple[list[_Page], list[int], int]:
    """Leave out the pages that hold something else than hexadecimal digits; count them as unreadable."""
    kept: list[_Page] = []
    before: list[int] = []
    bad = 0
    for page, already in zip(pages, lost_before, strict=True):
        try:
            binascii.unhexlify(_digits(window, page))
        except binascii.Error:
            bad += 1 + already
            continue
        kept.append(page)
        before.append(already + bad)
        bad = 0
    return kept, before, lost + bad


def _times_us(pages: list[_Page]) -> NDArray[np.int64]:
    if not pages:
        return np.empty(0, np.int64)
    return text_us([page.time or b"0000-00-00 00:00:00:000" for page in pages])


def _unpack(raw: bytes) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """Samples of 48 bits: x, y, z of 12 bits with sign, light of 10, button, one bit unused.

    Returns counts (3, samples), light and button (samples,).
    """
    words = np.frombuffer(raw, ">u2").reshape(-1, 3)
    first, second, third = (words[:, index].astype(np.uint16) for index in range(3))
    counts = np.empty((3, len(words)), np.int16)
    # each axis is moved to the top of 16 bits, and back with its sign
    np.right_shift(first.view(np.int16), 4, out=counts[0])
    np.right_shift(((first << 12) | (second >> 4)).view(np.int16), 4, out=counts[1])
    np.right_shift(((second << 8) | (third >> 8)).view(np.int16), 4, out=counts[2])
    return counts, ((third >> 2) & 0x3FF).view(np.int16), ((third >> 1) & 1).view(np.int16)


def _means(values: NDArray[np.int16], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of the values of each page."""
    if not len(count):
        return np.empty(0)
    if (count == SAMPLES_PER_PAGE).all():
        return np.asarray(values.reshape(-1, SAMPLES_PER_PAGE).sum(axis=1, dtype=np.int32) / SAMPLES_PER_PAGE)
    sums = np.add.reduceat(values.astype(np.float64), np.cumsum(count) - count)
    return np.asarray(sums / count)
