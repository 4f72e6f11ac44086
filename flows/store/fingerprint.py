"""One short hash of everything that a result depends on."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from transforms.errors import ContractError


def fingerprint(*parts: Any) -> str:
    """Hash plain values, containers of them, frozen classes of them and frames; 16 hexadecimal digits.

    Raises ContractError where an object has no declared form: what is printed by an address or an unstable order would
    be another result at each run, or the same one for two inputs.
    """
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        strange = [key for key in value if not isinstance(key, str)]
        if strange:
            raise ContractError(f"no fingerprint of a mapping with the key {strange[0]!r}: wanted text")
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, pl.DataFrame):
        return [{name: str(kind) for name, kind in value.schema.items()}, value.write_json()]
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    raise ContractError(f"no fingerprint of a {type(value).__name__}: give its parts as plain values")
