"""``legjumps verify``: hash what the store holds, and forget what is not what was written."""

import hashlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flows.progress import progress_bar
from flows.settings import StudySettings
from flows.store.layout import OWNED
from flows.store.ledger import Book, Output
from flows.store.opening import opened_store


def verify_store(settings: StudySettings) -> bool:
    """Print what is damaged; return whether anything is. The next run makes it again, as far as its device files are there."""
    with opened_store(settings.store, is_waiting=settings.is_waiting, address=settings.address) as book:
        owned = [
            (stage, unit, output)
            for stage, units in book.units.items()
            for unit, entry in units.items()
            for output in entry.outputs
        ]
        with (
            progress_bar("verify", len(owned)) as advance,
            ThreadPoolExecutor(settings.worker_count) as pool,
        ):

            def look(one: tuple[str, str, Output]) -> bool:
                is_whole = _is_whole(book, one[2])
                advance()
                return is_whole

            verdicts = list(pool.map(look, owned))
        broken = [one for one, is_whole in zip(owned, verdicts, strict=True) if not is_whole]
        for _, _, output in broken:
            sys.stdout.write(f"{output.path}: damaged since it was written\n")
        for stage, unit in sorted({(stage, unit) for stage, unit, _ in broken}):
            book.forget(stage, unit)
    unseen = sum(output.digest is None for _, _, output in owned)
    told = f"{len(owned) - len(broken)} of {len(owned)} files are what was written"
    if unseen:
        told += f"; {unseen} were taken over unseen from a store without ledger, only their sizes are known"
    sys.stdout.write(f"{told}\n")
    if broken:
        sys.stdout.write(f"run `{settings.command('run')}`: what is damaged is made again\n")
    return bool(broken)


def _is_whole(book: Book, output: Output) -> bool:
    if book.elsewhere is not None and output.path.startswith(OWNED):
        with tempfile.TemporaryDirectory(prefix="legjumps_verify_") as place:
            copy = Path(place) / "copy"
            try:
                book.elsewhere.fetch(output.path, copy)
            except FileNotFoundError:
                return False
            return _is_as_written(copy, output)
    return _is_as_written(book.store / output.path, output)


def _is_as_written(path: Path, output: Output) -> bool:
    if not path.exists() or path.stat().st_size != output.size_bytes:
        return False
    if output.digest is None:
        return True
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:32] == output.digest
