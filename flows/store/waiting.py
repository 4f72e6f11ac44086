"""What cannot be taken now, for a reason that may pass."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A file or folder that is tried again at each run; no verdict is recorded against it."""

    file_name: str
    reason: str
