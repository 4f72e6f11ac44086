"""Annotation files in XML: those of the National Sleep Research Resource and those of Compumedics itself."""

from typing import Any
from xml.etree.ElementTree import ParseError

import polars as pl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from transforms.clock import SECOND_US
from transforms.errors import InputError
from transforms.psg.marks import MARK, Marks, Source, rejected_entries, scored_events

_DEFAULT_EPOCH_S = 30.0


def read_sleep_xml(content: bytes, source: Source) -> Marks:
    """Read an XML annotation file into SCORED_EVENT and REJECTED_ENTRY.

    NSRR: ``ScoredEvent`` with EventConcept, Start, Duration and SignalLocation, stages among the events. Compumedics:
    ``ScoredEvent`` with Name, Start, Duration and Input, stages as a list ``SleepStages`` of epochs of EpochLength from
    the start on. Onsets are seconds after the start of the recording; the files' own clock time is masked and is not
    read, so the source must say when the recording started. Patient fields and free notes are not read.

    Raises InputError when the content is not such a file, wants to load or expand entities, or the source does not
    say when the recording started.
    """
    if source.started_at is None:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): annotations of this kind have no date; deliver the EDF file"
            " of the recording beside it",
            reason_code="no_start_time",
        )
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): not XML that can be read safely ({type(error).__name__});"
            " wanted an NSRR or Compumedics annotation file",
            reason_code="not_xml",
        ) from None
    found = [_event(element) for element in root.iter("ScoredEvent")]
    stages = [_text(stage) for stage in root.iter("SleepStage")]
    if not found and not stages:
        raise InputError(
            f"{source.file_name} ({source.participant_id}): no ScoredEvent and no SleepStage in it; wanted an NSRR or"
            " Compumedics annotation file",
            reason_code="not_sleep_xml",
        )
    epoch_s = _number(_text(root.find(".//EpochLength"))) or _DEFAULT_EPOCH_S
    frame = pl.DataFrame(
        found + [(f"Stage {stage}", None, index * epoch_s, epoch_s) for index, stage in enumerate(stages)],
        schema={"label": pl.String, "channel": pl.String, "onset_s": pl.Float64, "duration_s": pl.Float64},
        orient="row",
    ).with_row_index("line_number", offset=1)
    marks = frame.filter(pl.col("label") != "Recording Start Time").select(
        pl.col("line_number").cast(pl.Int64),
        "label",
        "channel",
        (pl.col("onset_s") * SECOND_US).round().cast(pl.Int64).alias("onset_us"),
        (pl.col("duration_s") * SECOND_US).round().cast(pl.Int64).alias("duration_us"),
    )
    return scored_events(
        marks.select(MARK.names()), source.started_at, source, rejected_entries(source, [], None, [])
    )


def _event(element: Any) -> tuple[str, str | None, float | None, float | None]:
    concept = _text(element.find("EventConcept")) or _text(element.find("Name"))
    channel = _text(element.find("SignalLocation")) or _text(element.find("Input"))
    start, duration = _text(element.find("Start")), _text(element.find("Duration"))
    return concept or "", channel, _number(start), _number(duration)


def _text(element: Any) -> str | None:
    return None if element is None or element.text is None else str(element.text).strip()


def _number(text: str | None) -> float | None:
    try:
        number = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
