"""The store's own secret: what pseudonyms and the noise of a release are drawn from."""

import secrets
from pathlib import Path

from flows.store.atomic import write_text

FILE_NAME = ".pseudonym_key"


def store_secret(store: Path) -> bytes:
    """Return the secret of a store, which is made with it and never leaves it."""
    file = store / FILE_NAME
    if not file.exists():
        write_text(file, secrets.token_hex(32))
        file.chmod(0o600)
    return bytes.fromhex(file.read_text(encoding="utf-8"))
