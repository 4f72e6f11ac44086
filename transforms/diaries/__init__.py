"""Diaries and lists that a study keeps by hand: bytes in, typed frames and rejected entries out.

sheet (text cells that know their line) < cells, moments (numbers, words, dates, times) < identity (whose row, which
clock) < participants, sleep, intake, activity (one reader per file) < study_diaries (all of them), linking (what links
and what does not).
"""

from transforms.diaries.identity import match_ids
from transforms.diaries.linking import linking_report
from transforms.diaries.participants import RECORDING_LIST, read_participants, read_recordings
from transforms.diaries.study_diaries import DIARY_DATASETS, Diaries, read_diaries

__all__ = [
    "DIARY_DATASETS",
    "RECORDING_LIST",
    "Diaries",
    "linking_report",
    "match_ids",
    "read_diaries",
    "read_participants",
    "read_recordings",
]
