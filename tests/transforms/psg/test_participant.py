"""The files of one participant together, from bytes to movements and nights."""

import io
from datetime import UTC, date, datetime, time, timedelta

import edfio
import numpy as np
import polars as pl

from tests.transforms.psg.test_emg import muscle
from tests.transforms.psg.test_readers import NSRR, domino
from transforms.parameters.psg import AASM_HYPNOGRAM, WASM_2016_EMG
from transforms.parameters.scoring import AASM_2023, WASM_2016
from transforms.psg.movements import moved_nights
from transforms.psg.participant import PsgFile, PsgOwner, read_polysomnography
from transforms.psg.scored import score_marks
from transforms.schema import MOVEMENT

START = datetime(2026, 3, 1, 21, tzinfo=UTC)
OWNER = PsgOwner(participant_id="P1", time_zone="Europe/Berlin")
ZONES = pl.DataFrame({"participant_id": ["P1"], "time_zone": ["Europe/Berlin"]})


def edf(length_s=600, bursts=(), annotations=(), startdate=date(2026, 3, 1)):
    trace = muscle(length_s, bursts)
    buffer = io.BytesIO()
    edfio.Edf(
        [edfio.EdfSignal(trace, 256, label="EMG LAT", physical_dimension="uV")],
        patient=edfio.Patient(name="Mustermann"),
        recording=edfio.Recording(startdate=startdate),
        starttime=time(22),
        annotations=[edfio.EdfAnnotation(*annotation) for annotation in annotations],
    ).write(buffer)
    return buffer.getvalue()


def read(**files):
    delivered = [PsgFile(file_name=f"psg/P1/{name}", content=content) for name, content in files.items()]
    return read_polysomnography(delivered, OWNER, WASM_2016_EMG, AASM_HYPNOGRAM)


def test_raw_polysomnography_without_scored_movements_serves_too():
    stages = [(0, 60, "Sleep stage W"), (60, 540, "Sleep stage N2")]
    told = read(**{"a.edf": edf(bursts=[(t, 2.0, 40) for t in (100, 120, 140, 160)], annotations=stages)})
    assert told.refused == {}
    assert told.events.group_by("scorer", "event").len().sort("scorer", "event").rows() == [
        ("emg_detector", "leg_movement", 4),
        ("laboratory", "stage_w", 1),
        ("laboratory", "stage_n2", 1),
    ]
    scored = score_marks(told.events, told.breaks, WASM_2016, AASM_2023)
    assert scored["wasm_series_id"].count() == 4
    assert scored["stage"].to_list() == ["n2"] * 4
    seen = moved_nights(told.events, scored, told.breaks, told.spans, ZONES, 0.0)
    nights, movements = seen.nights, seen.movements
    assert movements.schema == MOVEMENT
    assert movements["phase"].to_list() == ["sleep"] * 4
    assert movements["body_sites"].to_list() == [["left_calf"]] * 4
    assert movements["peak_g"].null_count() == 4
    assert nights["analysed_sleep_h"].to_list() == [0.15]


def test_an_annotation_file_counts_from_the_recording_beside_it():
    told = read(**{"night-nsrr.xml": NSRR.encode(), "night.edf": edf()})
    assert told.refused == {}
    leg = told.events.filter(event="leg_movement", scorer="laboratory")
    assert (leg["onset_at"][0] - START) / timedelta(seconds=1) == 61.123456


def test_one_bad_file_costs_nothing_but_itself():
    profile = domino("22:00:00,000; N2", "22:00:30,000; N2", rate="30 s")
    told = read(
        **{
            "a.edf": b"damaged",
            "b.txt": profile,
            "c.xml": NSRR.encode(),
            "d.pdf": b"%PDF",
            "e.txt": b"remarks",
        }
    )
    assert told.events["event"].to_list() == ["stage_n2", "stage_n2"]
    assert {name.rsplit("/", 1)[-1]: error.reason_code for name, error in told.refused.items()} == {
        "a.edf": "not_edf",
        "c.xml": "no_start_time",
        "d.pdf": "unknown_psg_format",
        "e.txt": "not_remlogic",
    }


def test_a_hypnogram_of_another_clock_is_refused():
    profile = domino("23:00:00,000; N2", "23:00:30,000; N2", start="01.03.2026 23:00:00", rate="30 s")
    told = read(**{"a.edf": edf(), "b.txt": profile})
    assert told.events.height == 0
    assert told.rejected_entries["reason"].to_list() == [
        "hypnogram refused: 1.0 min of it lie outside the recording"
    ]


def test_masked_dates_need_the_studys_word():
    masked = edf(annotations=[(5, 1, "LM left")], startdate=date(1985, 1, 1))
    assert read(**{"a.edf": masked}).refused["psg/P1/a.edf"].reason_code == "no_start_time"
    owner = PsgOwner(participant_id="P1", time_zone="Europe/Berlin", starts={"psg/P1/a.edf": START})
    told = read_polysomnography(
        [PsgFile(file_name="psg/P1/a.edf", content=masked)], owner, WASM_2016_EMG, AASM_HYPNOGRAM
    )
    assert told.events["onset_at"].to_list() == [START + timedelta(seconds=5)]


def test_real_domino_files_make_a_night(shared_data):
    folder = shared_data / "RBDtector" / "data"
    names = ["Classification Arousals - test1 Unbekannt.txt", "Flow Events - test1 Unbekannt.txt"]
    names += [
        "Sleep profile - test1 Unbekannt.txt",
        "Generic - test1 Unbekannt.txt",
        "test1_Start-Baseline.txt",
    ]
    own = {"LeftLegPhasic": ("leg_movement", "left"), "RightLegPhasic": ("leg_movement", "right")}
    told = read_polysomnography(
        [
            PsgFile(file_name=f"psg/P1/{k}.txt", content=(folder / name).read_bytes())
            for k, name in enumerate(names)
        ],
        PsgOwner(participant_id="P1", time_zone="Europe/Berlin", further_labels=own),
        WASM_2016_EMG,
        AASM_HYPNOGRAM,
    )
    assert list(told.refused) == ["psg/P1/4.txt"]
    scored = score_marks(told.events, told.breaks, WASM_2016, AASM_2023)
    assert scored["is_respiratory"].null_count() == 0
    assert scored["is_arousal"].null_count() == 0
    seen = moved_nights(told.events, scored, told.breaks, told.spans, ZONES, 0.0)
    nights, wake = seen.nights, seen.wake_episodes
    # 121 epochs of 30 s, three of them wake
    assert nights["analysed_h"].to_list() == [121 / 120]
    assert nights["analysed_wake_h"].to_list() == [3 / 120]
    assert wake.height >= 1
    assert seen.movements.height == scored.height


def test_no_files():
    told = read()
    assert told.events.height == 0
    assert np.all([told.breaks.height == 0, told.rejected_entries.height == 0])
