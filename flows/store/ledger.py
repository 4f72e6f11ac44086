"""What has been done, so that it is not done twice.

One small JSON file for each unit of work under ``store/ledger/<stage>/``. A unit is current when its fingerprint (a
hash of inputs, code and parameters) is the same and every output is still there; anything else is done again. The
entry is written after the outputs, so that a crash between the two costs one unit and no more.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.store.atomic import write_text


def fingerprint(*parts: Any) -> str:
    """Hash anything that JSON can hold; 16 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ledger:
    """The finished units of one stage."""

    store: Path
    stage: str

    def _entry(self, unit: str) -> Path:
        return self.store / "ledger" / self.stage / f"{unit}.json"

    def read(self, unit: str) -> dict[str, Any] | None:
        """Return what was recorded for ``unit``, or None where nothing readable is."""
        try:
            entry = json.loads(self._entry(unit).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return entry if isinstance(entry, dict) else None

    def is_current(self, unit: str, wanted: str) -> bool:
        """Tell whether ``unit`` was finished with this fingerprint and its outputs still exist."""
        entry = self.read(unit)
        return (
            entry is not None
            and entry.get("fingerprint") == wanted
            and all((self.store / output).exists() for output in entry.get("outputs", []))
        )

    def record(self, unit: str, fingerprint: str, outputs: list[Path], **facts: Any) -> None:
        """Record that ``unit`` is finished; call it after its outputs stand."""
        relative = [output.relative_to(self.store).as_posix() for output in outputs]
        entry = {"fingerprint": fingerprint, "outputs": relative, **facts}
        write_text(self._entry(unit), json.dumps(entry, sort_keys=True, indent=1, default=str))

    def forget(self, unit: str) -> None:
        """Drop the entry of a unit, and nothing else."""
        self._entry(unit).unlink(missing_ok=True)

    def remove(self, unit: str) -> None:
        """Delete the output files of a unit that no longer belongs to the study, and forget it."""
        for output in (self.read(unit) or {}).get("outputs", []):
            (self.store / output).unlink(missing_ok=True)
        self.forget(unit)

    def units(self) -> list[str]:
        """Name every unit on record, sorted."""
        return sorted(path.stem for path in (self.store / "ledger" / self.stage).glob("*.json"))
