"""What a device file gives: header facts, samples in bounded chunks, faults and slow companion signals.

Times are microseconds since 1970-01-01 of the device's own clock (naive local time, or UTC where
``DeviceHeader.clock`` says so). The flow that stores a recording turns them into UTC. Intervals are
``[started, ended)``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.errors import ContractError

Triple = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class DeviceHeader:
    """Facts that a file states about the device and its settings.

    Names, dates of birth and notes of the header never enter this class. ``serial_number`` is there to be
    hashed with the study's key; it is never written as it is.
    """

    file_format: str
    device_model: str
    sampling_rate_hz: float
    serial_number: str | None = field(default=None, repr=False)
    firmware: str | None = None
    range_g: float | None = None
    scale_g_per_count: Triple | None = None
    """g = counts * scale + offset; None where the file holds g."""
    offset_g: Triple | None = None
    gyro_scale_deg_per_s_per_count: Triple | None = None
    clock: Literal["local", "utc"] = "local"
    configured_time_zone: str | None = None
    """What the header says of the clock's offset from UTC, ``+hh:mm``; tells only on which side of a change of time it was
    set."""
    has_idle_sleep_mode: bool = False
    """The device stops measuring while nothing moves it, as it was set up."""
    clock_set_us: int | None = None
    """When the device's clock was set, by that clock."""
    promised_sample_count: int | None = None
    promised_end_us: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Samples that follow one another without a gap.

    ``times_us`` has shape (n,), strictly increasing over all chunks of a recording. Either ``counts`` (n, 3)
    int16 or ``acceleration_g`` (n, 3) float32 is there, and the gyroscope, where the device has one, in the
    matching form. Chunks with the same ``segment_index`` join without a gap.
    """

    segment_index: int
    sampling_rate_hz: float
    times_us: NDArray[np.int64]
    counts: NDArray[np.int16] | None = None
    acceleration_g: NDArray[np.float32] | None = None
    gyro_counts: NDArray[np.int16] | None = None
    gyro_deg_per_s: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.times_us)

    @property
    def values(self) -> NDArray[Any]:
        """The accelerometer samples as the file holds them: counts, or g."""
        if self.counts is not None:
            return self.counts
        if self.acceleration_g is None:
            raise ContractError("a chunk holds neither counts nor g")
        return self.acceleration_g


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something in the file that is not as it should be; an open end is None.

    Causes: gap, bad_checksum, idle_sleep, clock_backwards, wall_clock_change, clock_outlier, clock_not_set,
    repeated_block, misplaced_block, session_change, restart, truncated, unreadable_bytes,
    start_up_transient, clipping, usb_spike, zero_signal, repeated_signal (both not measured, left out),
    unreadable_block, header_disagrees, time_zone_disagrees, gravity_not_judged, clock_ahead, constant_axis,
    length_by_size (of a scan: the end was not looked at),
    rejected_rows, signal_left_out (a further sensor that is not read; the acceleration is whole).
    """

    cause: str
    started_us: int | None = None
    ended_us: int | None = None
    block_count: int = 0
    sample_count: int = 0
    detail: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Companion:
    """Slow signals at the device's own marks; arrays of shape (n,), NaN where not measured."""

    times_us: NDArray[np.int64]
    temperature_c: NDArray[np.float32] | None = None
    light_lux: NDArray[np.float32] | None = None
    heart_rate_bpm: NDArray[np.float32] | None = None
    is_button_pressed: NDArray[np.float32] | None = None
    """1 where the wearer pressed the device's button since the mark before, else 0."""
    rotation_deg_per_s: NDArray[np.float32] | None = None
    """Shape (n, 3): a gyroscope that is read at a rate of its own; stored as a dataset of its own."""


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What header and block marks tell without decoding samples; counts are estimates where they must be."""

    started_us: int
    ended_us: int
    sample_count: int
    gap_s: float
    faults: tuple[Fault, ...] = ()


class Reader(Protocol):
    """One open device file.

    ``chunks`` may be called once; ``faults`` and ``companions`` are complete when it is exhausted. Memory
    stays below 300 MB whatever the size of the file.
    """

    companions: list[Companion]
    """What was read so far and not taken away; a caller may empty the list between chunks."""

    @property
    def header(self) -> DeviceHeader:
        """Facts about the device and its settings."""
        ...

    @property
    def faults(self) -> list[Fault]:
        """What was found wrong so far."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """Yield the samples in time order."""
        ...

    def scan(self) -> Scan:
        """Return span and faults from header and block marks only."""
        ...


@dataclass(frozen=True, kw_only=True)
class RecordingHeader:
    """What the steps of the pipeline read of a recording: whose it is, and what its samples mean.

    g = count * scale_g_per_count + offset_g, axis by axis; both are None where samples are g already.
    """

    recording_id: str
    participant_id: str
    body_site: str
    time_zone: str
    """The wearer's, in which nights are named."""
    sampling_rate_hz: float
    """As the device was set; each segment has its measured one."""
    scale_g_per_count: Triple | None = None
    offset_g: Triple | None = None


Bundle = Mapping[str, Callable[[], Iterator[bytes]]]
"""The files of a recording that is a folder or an archive: base name in lower case, and its content in pieces."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RawSignal:
    """One recording as the raw layer holds it: its header, samples, SEGMENT, COMPANION."""

    header: RecordingHeader
    samples: pl.LazyFrame
    segments: pl.DataFrame
    companion: pl.DataFrame
