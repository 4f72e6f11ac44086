"""Files that are whole or not there: write aside, fsync, rename.

Aside is ``.tmp/<host>-<process>/`` of the store that the path lies in, so that whatever a killed process leaves behind
is found in one place; outside of a store it is beside the path.
"""

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = ".tmp"


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def scratch_folder(store: Path) -> Path:
    """Return where this process puts what is not finished, made if need be."""
    folder = store / SCRATCH / f"{socket.gethostname()}-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _aside(path: Path) -> Path:
    name = f"{path.name}.{uuid.uuid4().hex[:8]}.tmp"
    store = next((folder for folder in path.parents if (folder / SCRATCH).is_dir()), None)
    return path.with_name(f".{name}") if store is None else scratch_folder(store) / name


@contextmanager
def atomic_file(path: Path, *, is_lasting: bool = True) -> Iterator[Path]:
    """Yield a temporary path; on success it takes the place of ``path`` in one step.

    After a failure nothing is left behind and the old file stands. What is made again by itself need not wait for the
    disk (``is_lasting``): where the power fails, it may be empty.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path)
    try:
        yield aside
        if is_lasting:
            _fsync(aside)
        aside.replace(path)
        if is_lasting:
            _fsync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder; on success it takes the place of ``path``.

    A folder cannot be exchanged in one step: between removing the old and renaming the new a crash leaves no
    folder, never half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = _aside(path)
    aside.mkdir()
    try:
        yield aside
        for file in aside.rglob("*"):
            _fsync(file)
        remove_folder(path)
        aside.rename(path)
        _fsync(path.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Remove a folder with all that it holds; it is gone in one step, or stands as it was."""
    if not path.exists():
        return
    aside = _aside(path)
    path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def remove_file(path: Path, root: Path) -> None:
    """Remove a file, and the folders above it below ``root`` that are left empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == root or root not in folder.parents:
            return
        try:
            folder.rmdir()
        except OSError:  # not empty, or gone already
            return


def write_text(path: Path, text: str, *, is_lasting: bool = True) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all."""
    with atomic_file(path, is_lasting=is_lasting) as aside:
        aside.write_text(text, encoding="utf-8")
