"""Marks of scorers from every kind of file: exact onsets, meanings, and nothing of the patient."""

import io
from datetime import UTC, date, datetime, time, timedelta

import edfio
import numpy as np
import polars as pl
import pytest

from transforms.diaries.identity import People
from transforms.errors import InputError
from transforms.parameters.psg import WASM_2016_EMG
from transforms.psg.domino import read_domino
from transforms.psg.edf import edf_interval, leg_channels, leg_labels, read_edf_marks
from transforms.psg.labels import with_meaning
from transforms.psg.marks import Source
from transforms.psg.nsrr_xml import read_sleep_xml
from transforms.psg.remlogic import read_remlogic
from transforms.psg.scored_events_csv import read_scored_events
from transforms.schema import REJECTED_ENTRY, SCORED_EVENT

START = datetime(2026, 3, 1, 21, tzinfo=UTC)  # 22:00 in Berlin
NAME = "Mustermann"


def source(**further):
    plain = {
        "participant_id": "P1",
        "time_zone": "Europe/Berlin",
        "scorer": "S1",
        "file_name": "psg/P1/night.txt",
    }
    return Source(**(plain | further))


def told(marks):
    """Event, side, seconds after 22:00 and duration."""
    assert marks.events.schema == SCORED_EVENT
    assert marks.rejected.schema == REJECTED_ENTRY
    assert NAME not in marks.events.write_csv() + marks.rejected.write_csv()
    return [
        (row["event"], row["side"], (row["onset_at"] - START) / timedelta(seconds=1), row["duration_s"])
        for row in marks.events.iter_rows(named=True)
    ]


LABELS = {
    "Sleep stage W": ("stage_w", "other"),
    "Sleep stage 1": ("stage_n1", "other"),
    "Stage 2 sleep|2": ("stage_n2", "other"),
    "SLEEP-S4": ("stage_n3", "other"),
    "N3": ("stage_n3", "other"),
    "REM sleep|5": ("stage_r", "other"),
    "Wach": ("stage_w", "other"),
    "Sleep stage ?": (None, "other"),
    "Movement|6": (None, "other"),
    "Unscored|9": (None, "other"),
    "Limb movement - left|Limb Movement (Left)": ("leg_movement", "left"),
    "Periodic leg movement - right|PLM (Right)": ("leg_movement", "right"),
    "limb movement@@emg lat": ("leg_movement", "left"),
    "limb movement@@emg rat": ("leg_movement", "right"),
    "LM": ("leg_movement", "other"),
    "PLML": ("leg_movement", "left"),
    "Leg Movement (both)": ("leg_movement", "both"),
    "PLM series": (None, "other"),
    "PLM Arousal (EEG)": ("arousal", "other"),
    "Arousal resulting from respiratory effort|Arousal (ARO RES)": ("arousal", "other"),
    "Respiratory effort related arousal|RERA": ("respiratory", "other"),
    "Obstructive apnea|Obstructive Apnea": ("respiratory", "other"),
    "Central Apnoea": ("respiratory", "other"),
    "SpO2 desaturation|SpO2 desaturation": (None, "other"),
    "Respiratory artifact|Respiratory artifact": (None, "other"),
    "film": (None, "other"),
}


@pytest.mark.parametrize("label", LABELS)
def test_labels(label):
    frame = pl.DataFrame(
        {"label": [label], "channel": [None]}, schema={"label": pl.String, "channel": pl.String}
    )
    assert with_meaning(frame, {}).select("event", "side").row(0) == LABELS[label]


def test_own_labels_win():
    frame = pl.DataFrame({"label": ["LeftLegPhasic", "Hypopnea"], "channel": ["", ""]})
    meanings = {"leftlegphasic": ("leg_movement", "left"), "hypopnea": ("arousal", "other")}
    assert with_meaning(frame, meanings).select("event", "side").rows() == [
        ("leg_movement", "left"),
        ("arousal", "other"),
    ]


# --- DOMINO -------------------------------------------------------------------------------------------------------


def domino(*lines, start="01.03.2026 22:00:00", rate=""):
    head = ["Signal ID: PLM\\plm", f"Start Time: {start}", "Unit: s", "Signal Type: Impuls"]
    return "\n".join([*head, *([f"Rate: {rate}"] if rate else []), "", *lines, ""]).encode()


def test_domino_events_and_the_next_day():
    marks = read_domino(
        domino("23:59:59,500-00:00:02,250; 3;LM left", "00:10:00,000-00:10:10,000; 10;Hypopnea"), source()
    )
    assert told(marks) == [("leg_movement", "left", 7199.5, 2.75), ("respiratory", "other", 7800.0, 10.0)]
    assert marks.events["night_date"].unique().to_list() == [date(2026, 3, 1)]


def test_domino_profile():
    marks = read_domino(
        domino(
            "22:00:00,000; Wake",
            "22:00:30,000; N1",
            "22:01:00,000; Movement",
            "22:01:30,000; REM",
            rate="30 s",
        ),
        source(),
    )
    assert told(marks) == [
        ("stage_w", "other", 0.0, 30.0),
        ("stage_n1", "other", 30.0, 30.0),
        ("stage_r", "other", 90.0, 30.0),
    ]
    assert marks.rejected["reason"].to_list() == ["label not known, 1 marks not used"]


@pytest.mark.parametrize(
    ("start", "notes"),
    [
        ("01.03.2026 22:00:00", 0),
        ("3/13/2026 10:00:00 PM", 0),
        ("01.03.2026 14:00:00", 0),
        ("02.03.2026 08:00:00", 1),
    ],
)
def test_domino_clock_times_do_not_depend_on_the_headers_time(start, notes):
    marks = read_domino(domino("23:00:00,123-23:00:01,123; LM", start=start), source())
    days = 12.0 if start.startswith("3/13") else 0.0
    assert told(marks) == [("leg_movement", "other", days * 86400 + 3600.123, 1.0)]
    assert marks.rejected["column_name"].to_list() == ["Start Time"] * notes


def test_domino_refuses_a_day_that_could_be_a_month():
    with pytest.raises(InputError, match="Start Time"):
        read_domino(domino("23:00:00,123-23:00:01,123; LM", start="3/1/2026 10:00:00 PM"), source())


def test_domino_bad_lines_and_notes_are_told_without_their_text():
    marks = read_domino(domino(f"22:10:00,000-22:10:01,000; {NAME} called", f"{NAME} said"), source())
    assert told(marks) == []
    assert marks.rejected.select("line_number", "reason").rows() == [
        (7, "not 'hh:mm:ss,fff-hh:mm:ss,fff; event'"),
        (6, "label not known, 1 marks not used"),
    ]


def test_domino_refuses_other_text():
    with pytest.raises(InputError, match="Start Time"):
        read_domino(b"PSG start: 01.00.00\n", source())


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("Classification Arousals - test1 Unbekannt.txt", {"arousal": 29}),
        ("Flow Events - test1 Unbekannt.txt", {"respiratory": 13}),
        (
            "Sleep profile - test1 Unbekannt.txt",
            {"stage_w": 3, "stage_n1": 10, "stage_n2": 45, "stage_r": 63},
        ),
        ("Generic - test1 Unbekannt.txt", {"leg_movement": 267}),
        ("Generic_NO_test1.txt", {"leg_movement": 308}),
    ],
)
def test_domino_real_files(shared_data, name, events):
    own = {"LeftLegPhasic": ("leg_movement", "left"), "RightLegPhasic": ("leg_movement", "right")}
    content = (shared_data / "RBDtector" / "data" / name).read_bytes()
    marks = read_domino(content, source(further_labels=own))
    counts = marks.events["event"].value_counts()
    assert dict(zip(counts["event"], counts["count"], strict=True)) == events
    # all of it is between 01:00 and 02:01 of 23 September 2020, whatever the header says of AM and PM
    assert marks.events["onset_at"].min() >= datetime(2020, 9, 22, 23, tzinfo=UTC)
    assert marks.events["offset_at"].max() <= datetime(2020, 9, 23, 0, 1, tzinfo=UTC)
    assert marks.rejected["column_name"].is_in(["Start Time"]).sum() == ("_NO_" in name)


def test_domino_real_onset_is_exact(shared_data):
    own = {"RightLegPhasic": ("leg_movement", "right")}
    content = (shared_data / "RBDtector" / "data" / "Generic_NO_test1.txt").read_bytes()
    first = read_domino(content, source(further_labels=own)).events.row(0, named=True)
    assert first["onset_at"] == datetime(2020, 9, 22, 23, 18, 10, 249000, tzinfo=UTC)
    assert first["duration_s"] == 1.212


# --- EDF ----------------------------------------------------------------------------------------------------------


def edf_bytes(annotations=(), starttime=time(22), startdate=date(2026, 3, 1), signals=None):
    rate = 256
    default = [
        edfio.EdfSignal(np.linspace(-1, 1, 10 * 100), 100, label="EEG C3", physical_dimension="uV"),
        edfio.EdfSignal(np.sin(np.arange(10 * rate)), rate, label="EMG LAT", physical_dimension="mV"),
        edfio.EdfSignal(np.sin(np.arange(10 * 512)), 512, label="Leg/R", physical_dimension="uV"),
    ]
    buffer = io.BytesIO()
    edfio.Edf(
        default if signals is None else signals,
        patient=edfio.Patient(code="4711", name=NAME, birthdate=date(1980, 1, 1)),
        recording=edfio.Recording(startdate=startdate),
        starttime=starttime,
        annotations=[edfio.EdfAnnotation(*annotation) for annotation in annotations],
    ).write(buffer)
    return buffer.getvalue()


def test_edf_annotations_count_from_the_fraction_of_the_start():
    content = edf_bytes([(1.5, 0.7, "LM left"), (3.123456, None, "Hypopnea")], time(22, 0, 0, 250000))
    assert told(read_edf_marks(content, source())) == [
        ("leg_movement", "left", 1.75, 0.7),
        ("respiratory", "other", 3.373456, 0.0),
    ]


def test_edf_stages_without_duration_last_until_the_next():
    content = edf_bytes([(0, None, "Sleep stage W"), (2, None, "Sleep stage 1"), (5, 4, "Sleep stage R")])
    assert told(read_edf_marks(content, source())) == [
        ("stage_w", "other", 0.0, 2.0),
        ("stage_n1", "other", 2.0, 3.0),
        ("stage_r", "other", 5.0, 4.0),
    ]


def test_edf_notes_are_withheld():
    marks = read_edf_marks(edf_bytes([(1, 0, NAME), (2, 0, f"Mr {NAME} snores")]), source())
    assert told(marks) == []
    assert marks.rejected["value"].to_list() == ["(withheld)", "(withheld)"]


def test_edf_leg_channels_keep_their_rates_and_units():
    legs = leg_channels(edf_bytes(), source(), WASM_2016_EMG)
    assert [(leg.label, leg.side, leg.sampling_rate_hz, leg.amplitude_uv.size) for leg in legs] == [
        ("EMG LAT", "left", 256.0, 2560),
        ("Leg/R", "right", 512.0, 5120),
    ]
    assert leg_labels(edf_bytes(), source(), WASM_2016_EMG) == ["EMG LAT", "Leg/R"]
    assert legs[0].started_at == START
    assert np.abs(legs[0].amplitude_uv).max() == pytest.approx(1000.0, abs=0.1)
    assert np.abs(legs[1].amplitude_uv).max() == pytest.approx(1.0, abs=0.001)


def test_edf_slow_leg_channel_is_refused():
    slow = [
        edfio.EdfSignal(np.zeros(1000), 100, label="Leg L", physical_dimension="uV", physical_range=(-1, 1))
    ]
    with pytest.raises(InputError, match="100 Hz"):
        leg_channels(edf_bytes(signals=slow), source(), WASM_2016_EMG)


def test_edf_interval_and_masked_date():
    assert edf_interval(edf_bytes(), source()) == (START, START + timedelta(seconds=10))
    masked = edf_bytes([(1.0, 0.5, "LM")], startdate=date(1985, 1, 1))
    with pytest.raises(InputError, match="masked"):
        read_edf_marks(masked, source())
    assert told(read_edf_marks(masked, source(started_at=START))) == [("leg_movement", "other", 1.0, 0.5)]


def interrupted(content, pauses):
    """Rewrite the start of each data record: ``pauses`` has seconds by the number of the record that they precede."""
    head = int(content[184:192])
    count, signals = int(content[236:244]), int(content[252:256])
    labels = [content[256 + 16 * k : 272 + 16 * k].strip() for k in range(signals)]
    sizes = [2 * int(content[256 + 216 * signals + 8 * k :][:8]) for k in range(signals)]
    own = labels.index(b"EDF Annotations")
    changed, shift = bytearray(content), 0
    changed[192:197] = b"EDF+D"
    for record in range(count):
        shift += pauses.get(record, 0)
        at = head + record * sum(sizes) + sum(sizes[:own])
        onset, rest = content[at : at + sizes[own]].split(b"\x14", 1)
        slot = b"+%d\x14" % (int(onset) + shift) + rest.rstrip(b"\0") + b"\0"
        changed[at : at + sizes[own]] = slot.ljust(sizes[own], b"\0")
    assert len(changed) == len(content)
    return bytes(changed)


WORDS = [(0.5, 0, "a remark that is long enough to leave room in the others")]


def test_edf_with_interruptions_keeps_each_part_at_its_own_time():
    content = interrupted(edf_bytes([*WORDS, (8, 1, "LM left")]), {4: 100, 7: 3})
    legs = leg_channels(content, source(), WASM_2016_EMG)
    assert [
        (leg.label, (leg.started_at - START) / timedelta(seconds=1), leg.amplitude_uv.size) for leg in legs
    ] == [
        ("EMG LAT", 0.0, 4 * 256),
        ("Leg/R", 0.0, 4 * 512),
        ("EMG LAT", 104.0, 3 * 256),
        ("Leg/R", 104.0, 3 * 512),
        ("EMG LAT", 110.0, 3 * 256),
        ("Leg/R", 110.0, 3 * 512),
    ]
    whole = leg_channels(edf_bytes(), source(), WASM_2016_EMG)
    assert np.array_equal(np.concatenate([leg.amplitude_uv for leg in legs[1::2]]), whole[1].amplitude_uv)
    assert edf_interval(content, source()) == (START, START + timedelta(seconds=113))
    # onsets of marks are the file's own
    assert told(read_edf_marks(content, source())) == [("leg_movement", "left", 8.0, 1.0)]


def test_edf_that_was_cut_off_is_used_as_far_as_it_goes_and_says_so():
    content = edf_bytes([(1, 1, "LM left")])
    assert read_edf_marks(content, source()).rejected.height == 0
    with pytest.warns(UserWarning):
        marks = read_edf_marks(content[: -len(content) // 3], source())
        legs = leg_channels(content[: -len(content) // 3], source(), WASM_2016_EMG)
    assert told(marks) == [("leg_movement", "left", 1.0, 1.0)]
    assert marks.rejected["reason"].to_list() == [
        "file ends early: 4 data records of its header are not in it"
    ]
    assert legs[0].amplitude_uv.size == 6 * 256


def test_edf_whose_parts_overlap_or_do_not_tell_their_time_is_refused():
    content = edf_bytes(WORDS)
    with pytest.raises(InputError, match="overlap"):
        leg_channels(interrupted(content, {4: -2}), source(), WASM_2016_EMG)
    place = interrupted(content, {4: 100}).index(b"+104\x14")
    damaged = bytearray(interrupted(content, {4: 100}))
    damaged[place : place + 4] = b"????"
    with pytest.raises(InputError):
        leg_channels(bytes(damaged), source(), WASM_2016_EMG)


@pytest.mark.parametrize("content", [b"", b"no edf", edf_bytes()[:300]])
def test_edf_damage_is_an_input_error_without_header_text(content):
    with pytest.raises(InputError) as caught:
        read_edf_marks(content, source())
    assert NAME not in str(caught.value)


# --- XML ----------------------------------------------------------------------------------------------------------

NSRR = f"""<?xml version="1.0" encoding="UTF-8"?>
<PSGAnnotation><SoftwareVersion>Compumedics</SoftwareVersion><EpochLength>30</EpochLength><ScoredEvents>
<ScoredEvent><EventType/><EventConcept>Recording Start Time</EventConcept><Start>0</Start><Duration>30000</Duration>
 <ClockTime>00.00.00 21.30.00</ClockTime></ScoredEvent>
<ScoredEvent><EventType>Stages|Stages</EventType><EventConcept>Wake|0</EventConcept><Start>0</Start>
 <Duration>60.0</Duration></ScoredEvent>
<ScoredEvent><EventType>Stages|Stages</EventType><EventConcept>Stage 2 sleep|2</EventConcept><Start>60</Start>
 <Duration>30</Duration></ScoredEvent>
<ScoredEvent><EventType>Limb Movement|Limb Movement</EventType>
 <EventConcept>Limb movement - left|Limb Movement (Left)</EventConcept><Start>61.123456</Start>
 <Duration>0.9</Duration><SignalLocation>Leg</SignalLocation></ScoredEvent>
<ScoredEvent><EventType>Note</EventType><EventConcept>{NAME}</EventConcept><Start>5</Start><Duration>1</Duration>
</ScoredEvent></ScoredEvents></PSGAnnotation>"""

COMPUMEDICS = """<CMPStudyConfig><EpochLength>30</EpochLength><ScoredEvents>
<ScoredEvent><Name>Limb Movement (Right)</Name><Start>31.5</Start><Duration>1.5</Duration><Input>Leg R</Input></ScoredEvent>
<ScoredEvent><Name>Arousal (ARO SPONT)</Name><Start>x</Start><Duration>3</Duration></ScoredEvent>
</ScoredEvents><SleepStages><SleepStage>0</SleepStage><SleepStage>5</SleepStage><SleepStage>9</SleepStage></SleepStages>
</CMPStudyConfig>"""


def test_nsrr_xml():
    marks = read_sleep_xml(NSRR.encode(), source(started_at=START))
    assert told(marks) == [
        ("stage_w", "other", 0.0, 60.0),
        ("stage_n2", "other", 60.0, 30.0),
        ("leg_movement", "left", 61.123456, 0.9),
    ]
    assert marks.rejected.height == 1


def test_compumedics_xml():
    marks = read_sleep_xml(COMPUMEDICS.encode(), source(started_at=START))
    assert told(marks) == [
        ("stage_w", "other", 0.0, 30.0),
        ("stage_r", "other", 30.0, 30.0),
        ("leg_movement", "right", 31.5, 1.5),
    ]
    assert marks.rejected.select("line_number", "column_name").rows() == [(5, "event"), (2, "onset")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<a/>", "not_sleep_xml"),
        (b"<a", "not_xml"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "not_xml"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "not_xml"),
    ],
)
def test_xml_that_is_something_else(content, code):
    with pytest.raises(InputError) as caught:
        read_sleep_xml(content, source(started_at=START))
    assert caught.value.reason_code == code


def test_xml_needs_a_start():
    with pytest.raises(InputError, match="no date"):
        read_sleep_xml(NSRR.encode(), source())


# --- RemLogic -----------------------------------------------------------------------------------------------------


def remlogic(*rows, date_line="Recording Date:\t2026-03-01", time_column="Time [hh:mm:ss]"):
    head = [
        "RemLogic Event Export",
        f"Patient:\t{NAME}, Erika",
        date_line,
        "",
        f"Sleep Stage\tPosition\t{time_column}\tEvent\tDuration[s]\tLocation",
    ]
    return "\n".join([*head, *rows, ""]).encode()


def test_remlogic_clock_times_pass_midnight():
    marks = read_remlogic(
        remlogic(
            "W\tSupine\t22:00:00\tSLEEP-S0\t30\tC3-A2",
            "S1\tSupine\t23:59:50\tSLEEP-S1\t30\tC3-A2",
            "S1\tSupine\t00:00:10\tLM\t1,5\tEMG LAT",
            "S1\tSupine\t00:00:12\tAROUSAL-PLM\t4\tC3-A2",
        ),
        source(),
    )
    assert told(marks) == [
        ("stage_w", "other", 0.0, 30.0),
        ("stage_n1", "other", 7190.0, 30.0),
        ("leg_movement", "left", 7210.0, 1.5),
        ("arousal", "other", 7212.0, 4.0),
    ]


def test_remlogic_that_begins_after_midnight_is_of_the_night_of_its_date():
    marks = read_remlogic(remlogic("S1\t\t01:00:00\tLM\t1\tEMG RAT"), source())
    assert told(marks) == [("leg_movement", "right", 10800.0, 1.0)]


def test_remlogic_full_instants():
    row = "S1\t\t2026-03-02T00:00:00.123456\tPLM-LM\t0.75\tRAT"
    marks = read_remlogic(remlogic(row, date_line="", time_column="Time [YYYY-MM-DDTHH:MM:SS]"), source())
    assert told(marks) == [("leg_movement", "right", 7200.123456, 0.75)]


def test_remlogic_with_an_ambiguous_date_needs_the_recordings_start():
    content = remlogic("S1\t\t01:00:00\tLM\t1\tEMG RAT", date_line="Recording Date:\t01/03/2026")
    with pytest.raises(InputError, match="Recording Date"):
        read_remlogic(content, source())
    assert told(read_remlogic(content, source(started_at=START))) == [("leg_movement", "right", 10800.0, 1.0)]


def test_remlogic_refuses_other_text():
    with pytest.raises(InputError, match="RemLogic"):
        read_remlogic(b"a\tb\n1\t2\n", source())


# --- scored_events.csv --------------------------------------------------------------------------------------------

PEOPLE = People(
    participants=pl.DataFrame({"participant_id": ["P1"], "time_zone": ["Europe/Berlin"]}),
    default_time_zone="UTC",
)


def test_scored_events_csv():
    content = (
        b"participant_id,onset_at,duration_s,event,side,scorer\n"
        b"P1,2026-03-01T22:00:01.123456,0.7,leg_movement,left,S1\n"
        b"P1,2026-03-01T21:00:02Z,12,respiratory,,S1\n"
        b"P1,2026-03-02T11:59:59,30,stage_n2,,\n"
        b"P9,2026-03-01T22:00:01,1,leg_movement,left,S1\n"
        b"P1,2026-03-01T22:00:01,-1,leg_movement,left,S1\n"
        b"P1,2026-03-01T22:00:01,1,jump,left,S1\n"
        b"P1,2026-03-01T22:00:05,1,leg_movement,middle,S1\n"
    )
    marks = read_scored_events(content, "psg/scored_events.csv", PEOPLE)
    assert told(marks) == [
        ("leg_movement", "left", 1.123456, 0.7),
        ("respiratory", "other", 2.0, 12.0),
        ("stage_n2", "other", 50399.0, 30.0),
        ("leg_movement", "other", 5.0, 1.0),
    ]
    assert marks.events["scorer"].to_list() == ["S1", "S1", "unnamed", "S1"]
    assert marks.events["night_date"].unique().to_list() == [date(2026, 3, 1)]
    assert marks.rejected.select("line_number", "column_name").rows() == [
        (5, "participant_id"),
        (6, "duration_s"),
        (7, "event"),
        (8, "side"),
    ]


def test_scored_events_csv_with_a_column_that_nothing_reads():
    content = b"participant_id,onset_at,duration_s,event,leg\nP1,2024-03-05T01:00:00,1,leg_movement,left\n"
    marks = read_scored_events(content, "psg/scored_events.csv", PEOPLE)
    assert marks.events.height == 1
    assert [reason.split(";")[0] for reason in marks.rejected["reason"]] == [
        "the column in place 5 is not read"
    ]


def test_scored_events_csv_without_its_columns():
    marks = read_scored_events(b"participant_id,onset\nP1,2\n", "psg/scored_events.csv", PEOPLE)
    assert told(marks) == []
    assert "columns missing" in marks.rejected["reason"][0]
