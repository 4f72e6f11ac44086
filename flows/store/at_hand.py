"""Files of a store on this machine, wherever the store lies."""

from collections.abc import Iterable
from pathlib import Path

from flows.store.ledger import Book, open_book


def bring_datasets(store: Path, datasets: Iterable[str]) -> None:
    """Have every file of these datasets of the core on this machine, and no other; in a store of our own they are."""
    book = open_book(store)
    if book.elsewhere is None:
        return
    for dataset in datasets:
        base = f"core/{dataset}/"
        keys = {path for path in book.owners if path.startswith(base)}
        book.elsewhere.keep_only(base, keys)
        book.elsewhere.bring(keys)


def move_folder(book: Book, old: str, new: str) -> None:
    """Move the files of one folder, relative to the store, to another."""
    if book.elsewhere is not None:
        book.elsewhere.move(old, new)
    if (book.store / old).exists():
        (book.store / new).parent.mkdir(parents=True, exist_ok=True)
        (book.store / old).rename(book.store / new)
