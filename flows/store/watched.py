"""The samples of a device file shown to all who look at them, while they are in memory and before they are written."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from flows.store.raw_samples import clock_of
from transforms.recording import Chunk, Companion, DeviceHeader, Reader


class Watcher(Protocol):
    """Sees the samples of a recording while they are in memory."""

    def begin(self, header: DeviceHeader) -> None:
        """Hear of the device."""
        ...

    def see(self, chunk: Chunk, utc_offset_us: int) -> None:
        """Take in one chunk, whose device time becomes UTC by adding ``utc_offset_us``."""
        ...


class Looker(Protocol):
    """Sees them by the device's own clock."""

    def see(self, chunk: Chunk) -> None:
        """Take in one chunk."""
        ...


def watched_chunks(
    reader: Reader, zone: str, lookers: Sequence[Looker], watcher: Watcher | None
) -> Iterator[tuple[Chunk, list[Companion]]]:
    """Show each chunk to all who look; pair it with the companion signals read with it, so that they do not pile up."""
    utc_offset_us: int | None = None
    if watcher is not None:
        watcher.begin(reader.header)
    for chunk in reader.chunks():
        for looker in lookers:
            looker.see(chunk)
        if watcher is not None and len(chunk):
            if utc_offset_us is None:
                utc_offset_us, _ = clock_of(reader.header, zone, int(chunk.times_us[0]))
            watcher.see(chunk, utc_offset_us)
        companions = list(reader.companions)
        reader.companions.clear()
        yield chunk, companions
