"""How a place is told that is not simply a folder: an address of objects, and a slice of the participants."""

from dataclasses import dataclass

REMOTE = ("s3://",)


def is_remote(address: str) -> bool:
    """Tell whether an address names objects and not a folder."""
    return address.startswith(REMOTE)


@dataclass(frozen=True)
class Slice:
    """One part of the participants, for one of several jobs."""

    number: int
    """From 1."""
    count: int

    def __str__(self) -> str:
        """Say it as it is given."""
        return f"{self.number}/{self.count}"
