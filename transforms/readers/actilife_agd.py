"""ActiLife .agd: an SQLite database of counts per epoch. It is recognised, told as what it is, and not read.

ActiGraph's help page on the .agd data table: each axis is "post filtered and accumulated" per epoch of whole seconds. No
sample can be had back from a sum, and no movement of half a second is seen in one; so there is nothing to read here.
"""

from typing import NoReturn

from transforms.errors import InputError

SQLITE_MAGIC = b"SQLite format 3\0"
TABLE_MARKS = (b"datatimestamp", b"axis1")


def looks_like(head: bytes) -> bool:
    """Tell whether the first bytes are those of an SQLite database with ActiLife's table of epochs."""
    return head.startswith(SQLITE_MAGIC) and all(mark in head.lower() for mark in TABLE_MARKS)


def refuse(file_name: str) -> NoReturn:
    """Raise InputError (not_raw_samples) that names the file to look for instead."""
    raise InputError(
        f"{file_name}: an ActiLife database (.agd) of counts per epoch, not raw samples; the .gt3x that it was made from "
        "holds the samples",
        reason_code="not_raw_samples",
    )
