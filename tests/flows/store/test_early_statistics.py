"""What is made while a device file is read is what the stored samples give, and is there once for the stage that wants it."""

import polars as pl
from polars.testing import assert_frame_equal

from flows.store import early_statistics
from flows.store.early_statistics import EarlyStatistics, take_statistics
from flows.store.raw_recording import read_raw_signal, store_recording
from tests.small_study import recording
from transforms.epochs.summary import summarise_samples
from transforms.parameters import DEFAULT


def test_a_watched_recording_has_the_statistics_of_its_stored_samples(tmp_path):
    file, folder = tmp_path / "left_ankle.cwa", tmp_path / "raw"
    file.write_bytes(recording(3, minutes=90))
    watcher = EarlyStatistics(DEFAULT.epochs)
    assert watcher.frame() is None  # nobody has begun
    store_recording(
        file,
        folder=folder,
        recording_id="r",
        sha256="f" * 64,
        file_name=file.name,
        participant_id="P1",
        body_site="left_ankle",
        time_zone="America/New_York",
        config_time_zone=None,
        pseudonym_key=b"secret",
        code_version="1.0",
        watcher=watcher,
    )
    raw = read_raw_signal(folder)
    late = summarise_samples(raw.samples, raw.header, raw.header.sampling_rate_hz, DEFAULT.epochs)
    store = tmp_path / "store"
    store.mkdir()
    watcher.keep(store, "r")
    early = take_statistics(store, "r")
    assert early is not None and early.height > 1000
    assert_frame_equal(early, late, check_exact=True)
    assert take_statistics(store, "r") is None
    assert not list(store.iterdir())  # nothing of it has a name


def test_of_many_recordings_the_last_are_kept(tmp_path, monkeypatch):
    class Watched(EarlyStatistics):
        def frame(self):
            return pl.DataFrame({"a": [1]})

    monkeypatch.setattr(early_statistics, "MOST_KEPT", 2)
    for name in "abc":
        Watched(DEFAULT.epochs).keep(tmp_path, name)
    assert [take_statistics(tmp_path, name) is not None for name in "abc"] == [False, True, True]
