"""Files of wearable studies that hold no raw samples: each is recognised, told as what it is, and not read.

ActiGraph's help page on the .agd data table: each axis is "post filtered and accumulated" per epoch of whole seconds; the
counts of Actiwatch, Actical and MotionWatch are sums likewise. No sample can be had back from a sum, and no movement of
half a second is seen in one; so there is nothing to read here, and copying the file again would not help.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from transforms.errors import InputError

SQLITE_MAGIC = b"SQLite format 3\0"
TABLE_MARKS = (b"datatimestamp", b"axis1")
OLE_MAGIC = b"\xd0\xcf\x11\xe0"
ZIP_MAGIC = b"PK\x03\x04"
_COUNT_NAMES = re.compile(
    r"\baxis ?1\b.*\baxis ?2\b|vector magnitude|activity counts?|\bcounts?\b.*\bepoch|epoch.*\bcounts?\b"
    r"|steps.*\binclinometer|samplerate = \d+ seconds",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class NotSamples:
    """One kind of such files: how it is recognised, what it is, and what to do."""

    what: str
    remedy: str
    is_it: Callable[[bytes, str], bool]
    """By its first bytes and its suffix in lower case."""


def _is_agd(head: bytes, suffix: str) -> bool:
    return head.startswith(SQLITE_MAGIC) and (
        suffix == ".agd" or all(mark in head.lower() for mark in TABLE_MARKS)
    )


def _first_line(head: bytes) -> str:
    return _text(head).lstrip("\ufeff").partition("\n")[0]


def _text(head: bytes) -> str:
    return head[:4096].decode("utf-8", "replace")


def _is_text(head: bytes) -> bool:
    return bool(head.strip()) and b"\0" not in head[:1024]


KINDS: tuple[NotSamples, ...] = (
    NotSamples(
        what="an ActiLife database (.agd) of counts per epoch",
        remedy="the .gt3x that it was made from holds the samples",
        is_it=_is_agd,
    ),
    NotSamples(
        what="an ActiLife or CentrePoint database (.agdc) of counts per epoch",
        remedy="the .gt3x that it was made from holds the samples",
        is_it=lambda head, suffix: suffix == ".agdc" and not head.startswith(ZIP_MAGIC),
    ),
    NotSamples(
        what="an Actiwatch file (AWD) of activity counts per epoch",
        remedy="an Actiwatch stores no raw acceleration; only a device that does can show single movements",
        is_it=lambda head, suffix: suffix == ".awd" and _is_text(head),
    ),
    NotSamples(
        what="a MotionWatch or Actiwatch file (.mtn) of activity counts per epoch",
        remedy="record in raw mode, and export the raw acceleration as CSV",
        is_it=lambda head, suffix: suffix == ".mtn",
    ),
    NotSamples(
        what="an Actiware export of activity counts per epoch",
        remedy="an Actiwatch stores no raw acceleration; only a device that does can show single movements",
        is_it=lambda head, _suffix: (
            _first_line(head).lower().startswith(("actiware", '"actiware', "actiwatch"))
        ),
    ),
    NotSamples(
        what="an Actical export of activity counts per epoch",
        remedy="an Actical stores no raw acceleration; only a device that does can show single movements",
        is_it=lambda head, _suffix: _first_line(head).lower().startswith(("actical", '"actical')),
    ),
    NotSamples(
        what="an old Excel workbook (.xls)",
        remedy="spreadsheets hold no week of samples; export the raw acceleration as CSV from the device's software",
        is_it=lambda head, _suffix: head.startswith(OLE_MAGIC),
    ),
)
WORKBOOK = NotSamples(
    what="a spreadsheet (Excel or OpenDocument)",
    remedy="spreadsheets hold no week of samples; export the raw acceleration as CSV from the device's software",
    is_it=lambda head, suffix: head.startswith(ZIP_MAGIC) and suffix in {".xlsx", ".xlsm", ".ods"},
)
COUNTS = NotSamples(
    what="a table of counts per epoch",
    remedy="export the raw acceleration (in ActiLife: File, Import/Export/Convert, raw .gt3x to raw .csv), or use the .gt3x",
    is_it=lambda head, _suffix: _COUNT_NAMES.search(_text(head)) is not None,
)


def kind_of(head: bytes, file_name: str) -> NotSamples | None:
    """Return which kind a file is by its first bytes and its name; None where it is none of them."""
    suffix = file_name[file_name.rfind(".") :].lower() if "." in file_name else ""
    return next((kind for kind in (*KINDS, WORKBOOK) if kind.is_it(head, suffix)), None)


def no_samples(kind: NotSamples, file_name: str) -> InputError:
    """Return the error (not_raw_samples) that tells what the file is and what to look for or export instead."""
    return InputError(
        f"{file_name}: {kind.what}, not raw samples; {kind.remedy}", reason_code="not_raw_samples"
    )
