"""What of an export's file name may be kept.

People name exports after themselves. In the store a path keeps its folders and its name only where they say nothing
but which application wrote the file, what is in it, or which listed participant it is of; anything else becomes the
file's place in the sorted list of files. ``legjumps check`` tells on the screen which file that is.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

import polars as pl

from transforms.diaries.identity import plain_id
from transforms.schema import BODY_SITES

_WORDS = frozenset(
    (
        *("imports", "diary", "diaries", "sleep", "caffeine", "exercise", "exercises", "stress", "nutrients", "medication", "daytime"),
        *("redcap", "qualtrics", "asa24", "nhanes", "cronometer", "myfitnesspal", "fitbit", "garmin", "apple", "health", "oura"),
        *("ggir", "consensus", "csd", "sleeplog", "log", "logs", "export", "exports", "activities", "activity", "servings", "biometrics"),
        *("dailysummary", "daily", "summary", "nutrition", "workout", "workouts", "tag", "tags", "enhanced", "data", "dictionary"),
        *("datadictionary", "codebook", "raw", "labels", "labelled", "report", "records", "survey", "surveys", "responses", "inf", "tns"),
        *("items", "foods", "totals", "recall", "recalls", "global", "takeout", "basic", "advanced", "core", "file", "files", "part"),
        *("study", "participants", "day", "week", "month", "night", "nights", "baseline", "followup", "visit", "test", "sample"),
        *("zip", "takeout", "google", "user", "electrocardiograms", "example", "broken", "bad", "unknown", "copy", "new", "old", "pss", "pss4", "pss10", "stai", "kss", "ess", "and", "of", "the"),
    )
)  # fmt: skip
_FIGURES = 4
"""A longer number may be a telephone, a patient or a day of birth."""
_BY_THEIR_MAKERS = re.compile(
    r"(slq|demo|paq|fertin|bmx|dpq|smq|alq|rhq|rxq_rx|ds[q12](tot)|dr[12](tot|iff))_[a-z]|(sleep|exercise)-\d{4}-\d{2}-\d{2}",
    re.IGNORECASE,
)
_OF_DEVICES = frozenset(
    (
        *("again", "band", "both", "gone", "letter", "such", "temp", "ibi", "bvp", "eda", "hr"),
        *("acc", "acceleration", "accelerometer", "actigraph", "actilife", "activinsights", "activpal", "ankle", "another", "arm"),
        *("axivity", "ax3", "ax6", "back", "bad", "bin", "blank", "broken", "by", "calf", "calibrated", "chest", "clock", "copied", "copy"),
        *("corrupt", "csv", "cut", "cwa", "damaged", "data", "dead", "demo", "deg", "device", "devices", "drift", "dst", "dup"),
        *("duplicate", "e4", "early", "edf", "emg", "empatica", "empty", "end", "epoch", "extra", "fast", "fine", "first", "five", "flat"),
        *("foot", "four", "full", "gap", "garbage", "gen", "genea", "geneactiv", "good", "gravity", "gt3x", "gt9x", "gyro", "half", "head"),
        *("hip", "hz", "in", "keep", "knee", "late", "left", "leg", "link", "logger", "long", "longer", "loose", "lost", "matrix", "mid"),
        *("middle", "missing", "moved", "nan", "new", "no", "noise", "nonwear", "not", "note", "off", "ok", "old", "omgui", "on", "one"),
        *("only", "orig", "original", "other", "out", "parmay", "parquet", "part", "plain", "psg", "raw", "rec", "recording", "recordings"),
        *("renamed", "replaced", "resampled", "reset", "return", "returned", "right", "rotated", "same", "second", "sensor", "series"),
        *("session", "shank", "shifted", "short", "shorter", "site", "six", "slow", "spring", "still", "stuck", "summer", "swapped"),
        *("table", "tail", "ten", "test", "thigh", "third", "three", "time", "to", "top", "torn", "truncated", "trunk", "twin", "two"),
        *("unisens", "unset", "unworn", "upside", "version", "waist", "wav", "wear", "whole", "with", "without", "witmotion", "worn"),
        *("wrist", "wrong", "yaw", "zero", "zeros", "zip", "zone"),
    )
)  # fmt: skip
EXTENSIONS = frozenset((".cwa", ".bin", ".gt3x", ".wav", ".parquet", ".edf", ".bdf", ".agd", ".pdf", ".gz", ".zip", ".csv", ".tsv", ".txt", ".json", ".xml", ".xlsx", ".xls", ".ods", ".xpt", ".cwa.gz", ".toml", ".rml", ".hea", ".dat", ".mat"))  # fmt: skip
"""What may end a name in the store."""
_BIRTH = re.compile(
    r"(^|\D)(19\d{2}|200\d)(\D|$)|(^|\D)(19|20)\d{6}(\D|$)|(^|\D)\d{1,2}[.-]\d{1,2}[.-]\d{2}(\D|$)"
    r"|\d{1,3}(\.\d{1,3}){3}"
)
"""What may be a day of birth, or the address of somebody's line."""
_CODE = re.compile(r"[a-z]{0,3}\d{0,4}[a-z]?", re.IGNORECASE)
_EXTENSIONS = frozenset((".csv", ".tsv", ".txt", ".json", ".xml", ".xlsx", ".xls", ".ods", ".xpt", ".zip", ".gz", ".xz", ".pdf"))  # fmt: skip
_PACKED = frozenset((".gz", ".xz"))


def names_in_store(file_names: Sequence[str], participant_ids: Collection[str]) -> Mapping[str, str]:
    """Return for each path of an export or diary what the store calls it; no two get the same.

    Args:
        file_names: all such paths of the study, relative to it, with forward slashes.
        participant_ids: of participants.csv; an empty list vouches for nobody.
    """
    ordered = sorted(set(file_names))
    known = _known_words(ordered, participant_ids)
    width = len(str(len(ordered)))
    return {name: _kept(name, known, f"{place:0{width}}") for place, name in enumerate(ordered, start=1)}


def _kept(file_name: str, known: Collection[str], place: str) -> str:
    path = PurePosixPath(file_name)
    folders = [part if _says_nothing(part, known) else "folder" for part in path.parts[:-1]]
    stem, extension = _split(path)
    is_whole = _says_nothing(stem, known) and folders == list(path.parts[:-1])
    return "/".join([*folders, f"{stem if is_whole else f'file_{place}'}{extension}"])


def _known_words(file_names: Sequence[str], participant_ids: Collection[str]) -> Collection[str]:
    """Return which parts of the names, whole or word by word, are listed participants or words of makers."""
    parts = {
        part
        for name in file_names
        for part in (*PurePosixPath(name).parts[:-1], _split(PurePosixPath(name))[0])
    }
    texts = sorted(parts | {word for part in parts for word in _words(part)})
    ids = _plain(participant_ids)
    return _WORDS | {text for text, plain in zip(texts, _plain(texts), strict=True) if plain in ids}


def _says_nothing(part: str, known: Collection[str]) -> bool:
    if part in known:
        return True
    return _BIRTH.search(part) is None and (
        _BY_THEIR_MAKERS.fullmatch(part) is not None
        or all(word in known or re.fullmatch(r"\d{0,3}", word) for word in _words(part))
    )


def telling_words(part: str, participant_ids: Collection[str]) -> list[str]:
    """Return what of a folder's or file's name may tell who somebody is: nothing, some of its words, or all of it.

    Words of devices, codes and listed participants say nothing. A year or a day that may be one of birth makes the whole
    part telling, and any other word that is not known is.
    """
    if part in participant_ids:
        return []
    if _BIRTH.search(part):
        return [part]
    known = _harmless_words(frozenset(participant_ids))
    return [word for word in re.split(r"[\W_]+", part) if word and not _is_harmless(word.lower(), known)]


@lru_cache(maxsize=4)
def _harmless_words(participant_ids: frozenset[str]) -> frozenset[str]:
    """Return the words that say nothing in a study: made once, not for each of its files."""
    return frozenset({*_WORDS, *_OF_DEVICES, *(text.lower() for text in participant_ids), *BODY_SITES})


def _is_harmless(word: str, known: Collection[str]) -> bool:
    bare = word.rstrip("0123456789")
    if bare in known or len(word) == 1:
        return True
    if word.isdigit():
        return len(word) <= _FIGURES
    return word[-1].isdigit() and _CODE.fullmatch(word) is not None


def _words(part: str) -> list[str]:
    return re.split(r"[\s_.,()-]+", part.lower())


def _split(path: PurePosixPath) -> tuple[str, str]:
    extension = path.suffix if path.suffix.lower() in _EXTENSIONS else ""
    if extension.lower() in _PACKED:  # what is packed has an extension of its own
        stem, inner = _split(PurePosixPath(path.name.removesuffix(extension)))
        return stem, inner + extension
    return path.name.removesuffix(extension), extension


def _plain(texts: Collection[str]) -> list[str]:
    return (
        pl.Series(list(texts), dtype=pl.String)
        .to_frame("text")
        .select(plain_id(pl.col("text")))["text"]
        .to_list()
    )
