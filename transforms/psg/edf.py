"""EDF and EDF+: marks of scorers, and the leg channels at their own rate.

Read with edfio, which keeps each channel's sampling rate and adds the fraction of a second by which the first data record
starts late. Of the header only the start and what describes the signals is read; names, codes and dates of birth are not.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.parameters.psg import EmgParameters
from transforms.psg.edf_records import record_times
from transforms.psg.labels import side_of
from transforms.psg.marks import MARK, Marks, Source, rejected_entries, scored_events, start_of

if TYPE_CHECKING:
    from edfio import Edf, EdfSignal

_LEG_CHANNEL = re.compile(
    r"\b(?:lat|rat)\b|\btib|(?:^|[\s/_-])(?:l|r|left|right)?[\s/_-]?legs?(?:[\s/_-]?(?:l|r|left|right|1|2))?\b"
    r"|\bplm\w?\b|\b(?:l|r)\s?leg|leg\s?(?:l|r)\b|ant\w*\s?tib|\bbein|\b(?:dx1-dx2|sx1-sx2)\b",
    re.IGNORECASE,
)
_TO_UV = {"uv": 1.0, "µv": 1.0, "μv": 1.0, "mv": 1e3, "v": 1e6, "nv": 1e-3}
_MASKED_DATE = date(1985, 1, 1)  # the earliest that EDF can write, and what anonymised files carry


@dataclass(frozen=True, eq=False, kw_only=True)
class LegChannel:
    """One leg electromyogram as recorded, without an interruption."""

    label: str
    side: str
    started_at: datetime
    sampling_rate_hz: float
    amplitude_uv: NDArray[np.float64]


def read_edf_marks(content: bytes | memoryview, source: Source) -> Marks:
    """Read the annotations of an EDF+ file into SCORED_EVENT and REJECTED_ENTRY.

    Onsets count from the start of the recording including its fraction of a second, as the timekeeping annotation of
    the first data record tells it; an annotation without a duration is a stage until the next one, or a point.

    A file that was cut off is used as far as it goes, and an entry is rejected that says so.

    Raises InputError when the content is no EDF or has no date of its own and the source names none.
    """
    edf = _open(content, source)
    start = _start(edf, source)
    try:
        annotations = edf.annotations
    except (ValueError, IndexError, UnicodeDecodeError) as error:
        raise _unreadable(source, error) from None
    marks = pl.DataFrame(
        {
            "line_number": range(1, len(annotations) + 1),
            "label": [annotation.text for annotation in annotations],
            "channel": [None] * len(annotations),
            "onset_us": [round(annotation.onset * SECOND_US) for annotation in annotations],
            "duration_us": [
                None if annotation.duration is None else round(annotation.duration * SECOND_US)
                for annotation in annotations
            ],
        },
        schema=MARK,
    )
    missing = record_times(content, source).missing_count
    cut_off = [f"file ends early: {missing} data records of its header are not in it"] if missing else []
    return scored_events(marks, start, source, rejected_entries(source, [None] * len(cut_off), None, cut_off))


def edf_interval(content: bytes | memoryview, source: Source) -> tuple[datetime, datetime]:
    """Return start and end of a recording, the same where there is no signal; marks in other files count from the start."""
    edf = _open(content, source)
    start = _start(edf, source)
    length_us = int(record_times(content, source).end_us[-1]) if edf.signals else 0
    return start, start + timedelta(microseconds=length_us)


def leg_channels(content: bytes | memoryview, source: Source, parameters: EmgParameters) -> list[LegChannel]:
    """Return the leg electromyograms of a recording in microvolts, each at its own sampling rate.

    A leg channel is one whose label names a leg, a tibial muscle or PLM and whose unit is a voltage. Channels of a
    side that is named twice (two derivations) are all returned. Of an interrupted recording (EDF+D) each stretch
    without a pause is a channel by itself, with its own start as the file tells it, in order of time.

    Raises InputError when the content is no EDF, when a leg channel is sampled below ``min_sampling_rate_hz``, or
    when an interrupted recording does not tell where its parts lie.
    """
    edf = _open(content, source)
    chosen = _legs_of(edf, source, parameters)
    if not chosen:
        return []
    start = _start(edf, source)
    times = record_times(content, source)
    parts = [part.tolist() for part in (times.first_record, times.end_record, times.start_us)]
    amplitude = [np.asarray(signal.data, dtype=np.float64) * _TO_UV[_unit(signal)] for signal in chosen]
    return [
        LegChannel(
            label=signal.label,
            side=_side(signal.label),
            started_at=start + timedelta(microseconds=start_us),
            sampling_rate_hz=float(signal.sampling_frequency),
            amplitude_uv=whole[first * signal.samples_per_data_record : end * signal.samples_per_data_record],
        )
        for first, end, start_us in zip(*parts, strict=True)
        for signal, whole in zip(chosen, amplitude, strict=True)
    ]


def leg_labels(content: bytes | memoryview, source: Source, parameters: EmgParameters) -> list[str]:
    """Return the labels of the leg channels without reading a sample; raises what :func:`leg_channels` does."""
    return [signal.label for signal in _legs_of(_open(content, source), source, parameters)]


def _legs_of(edf: "Edf", source: Source, parameters: EmgParameters) -> "list[EdfSignal]":
    chosen = [signal for signal in edf.signals if _is_leg(signal)]
    slow = [signal for signal in chosen if signal.sampling_frequency < parameters.min_sampling_rate_hz]
    if slow:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): leg channel {slow[0].label!r} is sampled at"
            f" {slow[0].sampling_frequency:g} Hz; wanted at least {parameters.min_sampling_rate_hz:g} Hz",
            reason_code="emg_rate_too_low",
        )
    return chosen


def _open(content: bytes | memoryview, source: Source) -> "Edf":
    from edfio import read_edf  # a tenth of a second, for who has such files

    header_size = bytes(content[184:192]).strip()
    if header_size.isdigit() and len(content) <= int(header_size):
        raise InputError(
            f"{source.file_name} ({source.participant_id}): holds no data record: it was stopped before it began, or not"
            " copied to its end; look for the whole file",
            reason_code="edf_empty",
        )
    try:
        return read_edf(content, lazy_load_data=True, header_encoding="latin-1")
    except Exception as error:  # noqa: BLE001  what edfio raises on damaged files is not listed anywhere
        raise _unreadable(source, error) from None


def _unreadable(source: Source, error: Exception) -> InputError:
    # the error's text may repeat header fields, and with them the patient
    return InputError(
        f"{source.file_name} ({source.participant_id}): not an EDF file that can be read ({type(error).__name__});"
        " export it again as EDF or EDF+",
        reason_code="not_edf",
    )


def _start(edf: "Edf", source: Source) -> datetime:
    from edfio import AnonymizedDateError

    if source.started_at is not None:
        return source.started_at
    try:
        local: datetime = edf.startdatetime
    except (AnonymizedDateError, ValueError):
        local = datetime.min  # noqa: DTZ901  stands for "none"
    if local == datetime.min or local.date() == _MASKED_DATE:  # noqa: DTZ901
        raise InputError(
            f"{source.file_name} ({source.participant_id}): the date of the recording is masked; name its start in the"
            " study",
            reason_code="no_start_time",
        )
    return start_of(local, source)


def _is_leg(signal: "EdfSignal") -> bool:
    return bool(_LEG_CHANNEL.search(signal.label)) and _unit(signal) in _TO_UV


def _unit(signal: "EdfSignal") -> str:
    return str(signal.physical_dimension).strip().lower()


def _side(label: str) -> str:
    side: str = pl.select(side_of(pl.lit(label), pl.lit(None, dtype=pl.String)).cast(pl.String)).item()
    return side
