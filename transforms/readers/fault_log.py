"""The faults of one file, bounded: a file that is broken everywhere does not fill the memory with its faults."""

from dataclasses import replace

from transforms.recording import Fault

MOST_PER_CAUSE = 2_000


class FaultLog:
    """Collects faults; beyond 2,000 of one cause the further ones are added up in one entry."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._number: dict[str, int] = {}
        self._rest: dict[str, Fault] = {}

    def add(self, fault: Fault) -> None:
        """Take up one fault."""
        number = self._number.get(fault.cause, 0) + 1
        self._number[fault.cause] = number
        if number <= MOST_PER_CAUSE:
            self._faults.append(fault)
            return
        rest = self._rest.get(fault.cause)
        if rest is None:
            self._rest[fault.cause] = fault
            return
        self._rest[fault.cause] = replace(
            rest,
            ended_us=fault.ended_us if fault.ended_us is not None else rest.ended_us,
            block_count=rest.block_count + fault.block_count,
            sample_count=rest.sample_count + fault.sample_count,
            detail=f"{number - MOST_PER_CAUSE} further faults of this cause, added up",
        )

    def take(self, faults: list[Fault]) -> None:
        """Take up all of ``faults`` and empty that list."""
        for fault in faults:
            self.add(fault)
        faults.clear()

    def listing(self) -> list[Fault]:
        """Return the faults in the order in which they were found, the added-up ones last."""
        return [*self._faults, *self._rest.values()]
