"""What is the machine's fault and no verdict on any file: a full disk, a quota, a read-only store, an I/O error."""

import errno
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

from transforms.errors import MachineError

_NUMBERS = {
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the quota is used up; make room or have it raised",
    errno.EROFS: "the file system is read-only; mount it for writing",
    errno.EIO: "the disk or its network did not answer (I/O error); have it checked",
    errno.EMFILE: "too many files are open; raise `ulimit -n`",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "memory is used up; give --workers a smaller number",
    errno.ENOLCK: "the file system gives no locks",
    errno.ESTALE: "the network share was taken away while in use; mount it again",
    errno.ENOTCONN: "the network share is not connected; mount it again",
    errno.EHOSTDOWN: "the server of the network share is down",
}
_WORDS = {
    re.compile(r"no space left on device|disk is full|disk full|os error 28\b", re.I): errno.ENOSPC,
    re.compile(r"quota exceeded|os error 122\b", re.I): errno.EDQUOT,
    re.compile(r"read-only file system|readonly database|os error 30\b", re.I): errno.EROFS,
    re.compile(r"input/output error|disk i/o error|os error 5\b", re.I): errno.EIO,
    re.compile(r"too many open files|os error 24\b", re.I): errno.EMFILE,
    re.compile(r"out of memory|cannot allocate memory|std::bad_alloc", re.I): errno.ENOMEM,
    re.compile(r"stale file handle", re.I): errno.ESTALE,
}
"""How polars, pyarrow, DuckDB and SQLite say the same; they keep no number."""


def as_machine_error(error: BaseException) -> MachineError | None:
    """Return the machine's fault behind ``error`` in words, None where there is none."""
    for link in _chain(error):
        if isinstance(link, MachineError):
            return link
        said = _said(link)
        if said is not None:
            where = getattr(link, "filename", None)
            return MachineError(
                f"{f'{where}: ' if where else ''}{said}. Nothing is recorded against any file; "
                f"run again afterwards. ({type(link).__name__}: {link})"
            )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _said(error: BaseException) -> str | None:
    if isinstance(error, BrokenExecutor):
        return "a process of ours was ended from outside, as happens where memory is used up; give --workers a smaller number"
    number = _number(error)
    return None if number is None else _NUMBERS[number]


def _number(error: BaseException) -> int | None:
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno if error.errno in _NUMBERS else None
    is_foreign = isinstance(error, OSError | sqlite3.Error) or type(error).__module__.split(".")[0] in {
        "polars",
        "pyarrow",
        "duckdb",
        "_duckdb",
        "obstore",
        "sqlalchemy",
    }
    if not is_foreign:
        return None
    return next((number for pattern, number in _WORDS.items() if pattern.search(str(error))), None)
