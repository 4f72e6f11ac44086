"""Who has withdrawn: ``store/withdrawn.json`` holds keyed hashes, which tell nothing to whoever has not the store's own secret.

It is what keeps a person out whose device file or diary is delivered once more.
"""

import hashlib
import hmac
import json
from pathlib import Path

from flows.store.atomic import write_text
from flows.store.layout import WITHDRAWN
from flows.store.ledger import now


def tombstone(key: bytes, identifier: str) -> str:
    """Return the keyed hash of a participant_id, or of the SHA-256 of a device file."""
    return hmac.new(key, f"withdrawn {identifier}".encode(), hashlib.sha256).hexdigest()


def read_tombstones(store: Path) -> frozenset[str]:
    """Return every tombstone of a store."""
    file = store / WITHDRAWN
    if not file.exists():
        return frozenset()
    return frozenset(
        mark for entry in json.loads(file.read_text(encoding="utf-8")) for mark in entry["marks"]
    )


def add_tombstone(store: Path, marks: list[str]) -> None:
    """Write down that one more person has withdrawn."""
    if set(marks) <= read_tombstones(store):
        return
    file = store / WITHDRAWN
    entries = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    write_text(file, json.dumps([*entries, {"withdrawn_at": now(), "marks": sorted(marks)}], indent=1))
