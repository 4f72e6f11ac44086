"""What is the machine's fault is known, whoever says it, and nothing else is taken for it."""

import errno
import os
import sqlite3
from concurrent.futures.process import BrokenProcessPool

import duckdb
import polars as pl
import pytest

from flows.store.machine import as_machine_error
from transforms.errors import InputError, MachineError


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "store/raw/x"),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        OSError("Error writing bytes to file. Detail: [errno 28] No space left on device"),
        pl.exceptions.ComputeError("No space left on device (os error 28)"),
        duckdb.IOException('Could not write file "x": No space left on device'),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"),
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("attempt to write a readonly database"),
        sqlite3.OperationalError("disk I/O error"),
        MemoryError(),
        BrokenProcessPool("terminated abruptly"),
    ],
    ids=repr,
)
def test_a_fault_of_the_machine_is_known(error: Exception) -> None:
    told = as_machine_error(error)
    assert told is not None and "Nothing is recorded against any file" in str(told)
    try:
        raise ValueError("while it was read") from error
    except ValueError as outer:
        assert isinstance(as_machine_error(outer), MachineError)


@pytest.mark.parametrize(
    "error",
    [
        InputError("no space left on device, says the file's header"),
        ValueError("disk is full of mistakes"),
        FileNotFoundError(errno.ENOENT, "No such file or directory"),
        PermissionError(errno.EACCES, "Permission denied"),
        pl.exceptions.ComputeError("no column"),
        sqlite3.DatabaseError("file is not a database"),
        KeyError("x"),
    ],
    ids=repr,
)
def test_nothing_else_is_taken_for_it(error: Exception) -> None:
    assert as_machine_error(error) is None
