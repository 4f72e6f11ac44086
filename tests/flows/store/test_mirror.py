"""The working folder of a store elsewhere: what every machine must hold is sent, brought, and goes with who removes it."""

from pathlib import Path

import pytest

from flows.store.layout import PLACES
from flows.store.ledger import close_book, open_book
from flows.store.mirror import Mirror
from flows.store.storage import Storage, open_storage
from tests.object_server import BUCKET, object_server

pytestmark = pytest.mark.xdist_group("objects")


def machine(folder: Path, storage: Storage) -> Mirror:
    """Return what a machine holds that has just opened the store."""
    folder.mkdir(exist_ok=True)
    mirror = Mirror(folder, storage)
    mirror.arrive()
    open_book(folder)
    close_book(folder)
    return mirror


def file_of(folder: Path, name: str) -> Path:
    return folder / (f"{name}a/page.html" if name.endswith("/") else name)


def test_each_place_of_the_layout_is_sent_or_stays_as_it_says(tmp_path: Path) -> None:
    with object_server():
        send_and_bring(open_storage(f"s3://{BUCKET}/{tmp_path.name}"), tmp_path)


def send_and_bring(storage: Storage, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    mirror = machine(here, storage)
    for place in PLACES:
        file = file_of(here, place.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(place.name)
    mirror.leave()

    other = machine(there, storage)
    sent = [place.name for place in PLACES if place.is_sent]
    assert {"index.html", "review/", "quality/", "release/", "withdrawn.json"} <= set(sent)
    assert [file_of(there, name).read_text() for name in sent] == sent
    assert not [p.name for p in PLACES if not p.is_sent and file_of(there, p.name).exists()]

    for name in sent:
        file_of(there, name).unlink()
    other.leave()
    machine(here, storage)
    assert not [name for name in sent if file_of(here, name).exists()]
    assert not any(storage.list(name) for name in sent)
