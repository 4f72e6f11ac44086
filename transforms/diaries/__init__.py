"""Diaries and lists that a study keeps by hand: bytes in, typed frames and rejected entries out.

places (which files are diaries), workbook (sheets as text), sheet (text cells that know their line) < reference (words
and published values), cells, moments (numbers, words, dates, times) < identity (whose row, which clock) < corrections
(two rows for one thing) < participants, sleep, intake, activity (one reader per file) < study_diaries (all of them),
linking (what links and what does not).
"""

from transforms.diaries.identity import is_code, match_ids
from transforms.diaries.linking import linking_report
from transforms.diaries.participants import RECORDING_LIST, read_participants, read_recordings
from transforms.diaries.places import Places, sort_out
from transforms.diaries.study_diaries import DIARY_DATASETS, DIARY_KEYS, Diaries, read_diaries, rejected_file

__all__ = [
    "DIARY_DATASETS",
    "DIARY_KEYS",
    "RECORDING_LIST",
    "Diaries",
    "Places",
    "is_code",
    "linking_report",
    "match_ids",
    "read_diaries",
    "read_participants",
    "read_recordings",
    "rejected_file",
    "sort_out",
]
