"""Which files of a study folder are diaries, and what every other one should be called.

Names are exact: what an editor left behind (``caffeine.csv~``), a copy (``caffeine.bak``) or another spelling
(``Caffeine.csv``) would count every entry twice. A file that is not read is told, with the name or the place that is
nearest to it.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath

from transforms.diaries.reference import words

STEMS = ("sleep", "caffeine", "exercise", "stress", "nutrients", "medication", "daytime")
"""What the diaries are called."""
WORKBOOK = "diary.xlsx"
"""A workbook in ``diary/`` whose sheets are named after the diaries."""
LISTS = ("study.toml", "participants.csv", "recordings.csv")
_TRUTH = "truth.parquet"  # what the simulator lays beside its diaries
_DOCUMENTS = (".md", ".pdf", ".docx", ".doc", ".odt", ".html", ".rtf")
FOLDERS = ("diary", "devices", "imports", "psg", "store")
_TABLES = (".csv", ".xlsx")
_EXPORTS = frozenset(
    (".csv", ".tsv", ".txt", ".json", ".xml", ".xlsx", ".xls", ".ods", ".xpt", ".zip", ".gz", ".xz")
)
_LEFT_BEHIND = (".bak", ".orig", ".old", ".tmp", ".swp", ".save", ".backup")
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The files of a study that hold entries, and why each other one is not read."""

    diaries: tuple[str, ...]
    imports: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    """File name and reason, in a sentence that says what to do."""
    documents: tuple[str, ...]
    """Files at the top that describe the study; nobody expects them to be read."""


def sort_out(file_names: Collection[str]) -> Places:
    """Sort the files of a study folder, given relative to it with forward slashes.

    ``devices/``, ``psg/`` and ``store/`` belong to others and are passed over, as is what the operating system hides.
    """
    names = sorted(name for name in file_names if not is_hidden(name))
    diaries: list[str] = []
    imports: list[str] = []
    documents: list[str] = []
    unread: list[tuple[str, str]] = []
    present = set(names)
    for name in names:
        parts = PurePosixPath(name).parts
        if name in {*LISTS, _TRUTH} or (len(parts) > 1 and parts[0] in {"devices", "psg", "store"}):
            continue
        if len(parts) == 1 and _is_document(name):
            documents.append(name)
            continue
        if len(parts) > 1 and parts[0] == "imports":
            reason = _of_import(name, present)
            if reason is None:
                imports.append(name)
        elif len(parts) == 2 and parts[0] == "diary" and _is_diary(parts[1]):
            reason = None
            diaries.append(name)
        else:
            reason = (
                _of_diary(parts[1:], name, present)
                if parts[0] == "diary" and len(parts) > 1
                else _misplaced(parts)
            )
        if reason is not None:
            unread.append((name, reason))
    return Places(
        diaries=tuple(diaries), imports=tuple(imports), unread=tuple(unread), documents=tuple(documents)
    )


def _is_document(name: str) -> bool:
    return name.lower().endswith(_DOCUMENTS) or PurePosixPath(name).stem.lower() in {
        "readme",
        "license",
        "licence",
    }


def is_hidden(name: str) -> bool:
    """Tell what operating systems and office programs hide: dot files, lock files, thumbnails."""
    parts = PurePosixPath(name).parts
    return (
        any(part.startswith((".", "~$", "__MACOSX")) for part in parts) or parts[-1].lower() in _OF_THE_SYSTEM
    )


def _is_diary(name: str) -> bool:
    path = PurePosixPath(name)
    return name == WORKBOOK or (path.stem in STEMS and path.suffix in _TABLES)


def _of_import(name: str, present: Collection[str]) -> str | None:
    if left := _left_behind(name, present):
        return left
    if PurePosixPath(name).suffix.lower() in _EXPORTS:
        return None
    return f"not read: exports end in {', '.join(sorted(_EXPORTS))}; move it out of imports/, or export it as one of these"


def _left_behind(name: str, present: Collection[str]) -> str | None:
    """Tell a copy that an editor or a person left beside a file."""
    lower = name.lower()
    if not (lower.endswith(("~", *_LEFT_BEHIND)) or lower.rpartition("/")[2].startswith("#")):
        return None
    beside = "the file itself is read" if _original(name) in present else "the file itself is not there"
    return f"not read: a copy that a program left behind; {beside}; delete it or move it out of the study"


def _original(name: str) -> str:
    bare = name.rstrip("~")
    for ending in _LEFT_BEHIND:
        bare = bare.removesuffix(ending)
    return bare if PurePosixPath(bare).suffix else f"{bare}.csv"


def _of_diary(below: Sequence[str], name: str, present: Collection[str]) -> str:
    """Say what is wrong with a file in ``diary/`` that is not read."""
    if left := _left_behind(name, present):
        return left
    path = PurePosixPath(below[-1])
    nearest = nearest_diary(path.stem)
    if len(below) > 1:
        place = f"put its rows into diary/{nearest}.csv" if nearest else "put it there"
        return f"not read: diaries lie directly in diary/, one file for all participants; {place}"
    if nearest is None:
        return f"not read: not one of the diaries {', '.join(f'{stem}.csv' for stem in STEMS)}, {WORKBOOK}"
    wanted = f"{nearest}.csv"
    if f"diary/{wanted}" in present:
        return (
            f"not read: {wanted} is there and is read; names are exact: delete this one or add its rows to it"
        )
    return f"not read: names are exact; save it as diary/{wanted}"


def _misplaced(parts: Sequence[str]) -> str:
    """Say where a file outside the known folders may belong."""
    if len(parts) == 1:
        path = PurePosixPath(parts[0])
        if listed := _nearest(parts[0].lower(), LISTS):
            return f"not read: names are exact; is {listed} meant?"
        if path.suffix.lower() in _TABLES and (stem := nearest_diary(path.stem)):
            return f"not read: diaries lie in diary/; move it to diary/{stem}.csv"
        return "not read: no file of this name belongs to a study; move it out of the study folder"
    folder = _nearest(parts[0].lower(), FOLDERS) or (
        "diary" if parts[0].lower() in {"diaries", "tagebuch"} else None
    )
    if folder is None:
        return f"not read: of folders only {', '.join(f'{name}/' for name in FOLDERS)} are known; move it into one of them"
    return f"not read: is the folder {folder}/ meant? move it there"


def nearest_diary(name: str) -> str | None:
    """Return the diary that a name nearly is, in one of five languages."""
    word = unicodedata.normalize("NFC", name).lower().strip()
    if found := _nearest(word, STEMS):
        return found
    names = words("diary")
    return names[meant] if (meant := _nearest(word, tuple(names))) else None


def _nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known name that a word is, holds, or nearly is."""
    held = next((name for name in known if name in word), None)
    return held or next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), None)
