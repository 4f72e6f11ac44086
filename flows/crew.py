"""Workers on other machines: a Dask cluster that somebody else started, and what one of its workers does.

A Prefect task stands for each group of units and waits for its end here. So a worker needs no way to Prefect's server, and no disk
of ours: the package, the arguments and the store are all. A group whose worker dies goes to another one.
"""

import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flows.store.machine import as_machine_error
from transforms.errors import MachineError, SettingsError

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Outcome(Generic[Unit]):
    """What became of one unit: its result, or the exception that ended it."""

    unit: Unit
    result: Any = None
    error: BaseException | None = None
    seconds: float = 0.0


def do_unit(work: Callable[..., Any], unit: Any, shared: Mapping[str, Any]) -> Outcome[Any]:
    """Do one unit; its error is an outcome, a fault of the machine told as one."""
    started = time.perf_counter()
    try:
        result = work(unit, **shared)
    except Exception as error:  # noqa: BLE001 - becomes a row with a reason, or ends the run in words
        return Outcome(unit, error=as_machine_error(error) or error, seconds=time.perf_counter() - started)
    return Outcome(unit, result=result, seconds=time.perf_counter() - started)


def do_units(
    work: Callable[..., Any], units: Sequence[tuple[int, Any]], shared: Mapping[str, Any]
) -> list[Outcome[Any]]:
    """Do a group of units on a worker; what cannot travel back is told in words, the units themselves are not sent back."""
    outcomes = []
    for number, unit in units:
        done = do_unit(work, unit, shared)
        outcomes.append(
            Outcome(number, result=done.result, error=_able_to_travel(done.error), seconds=done.seconds)
        )
        if isinstance(done.error, MachineError):
            break
    return outcomes


def _able_to_travel(error: BaseException | None) -> BaseException | None:
    if error is None:
        return None
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, a moment old
    except Exception:  # noqa: BLE001 - whatever it is, its words can travel
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class Crew:
    """The workers behind one address."""

    def __init__(self, address: str, client: Any) -> None:
        self.address, self._client = address, client

    def size(self) -> int:
        """Return how many units they can work on at a time; waits for the first worker."""
        counts: dict[str, int] = self._client.nthreads()
        return max(1, sum(counts.values()))

    def do(
        self, work: Callable[..., Any], units: Sequence[tuple[int, Any]], shared: Mapping[str, Any]
    ) -> list[Outcome[Any]]:
        """Have a group of units done by any worker; raises MachineError where one worker after the other died of it."""
        from distributed import KilledWorker

        try:
            outcomes: list[Outcome[Any]] = self._client.submit(
                do_units, work, list(units), dict(shared), pure=False
            ).result()
        except KilledWorker as error:
            raise MachineError(
                f"{self.address}: workers died one after the other of the same work ({error}); what was finished is kept. "
                "Give them more memory, and run again"
            ) from error
        except OSError as error:
            raise MachineError(
                f"{self.address}: the scheduler does not answer any more ({error}); run again"
            ) from error
        return outcomes


_hired: list[Crew] = []


def hired_crew() -> Crew | None:
    """Return the workers that this process was told to use, None where it works alone."""
    return _hired[-1] if _hired else None


@contextmanager
def crew_at(address: str | None) -> Iterator[Crew | None]:
    """Let the workers at an address do the units while the block runs; None is nobody.

    Raises SettingsError where Dask is not installed, MachineError where no scheduler with workers answers.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client

        connect: Any = Client
    except ModuleNotFoundError:
        raise SettingsError("--runner dask: Dask is not installed; pip install 'legjumps[dask]'") from None
    try:
        client = connect(address, timeout=30, set_as_default=False)
        client.wait_for_workers(1, timeout=120)
    except (OSError, TimeoutError, ValueError) as error:
        raise MachineError(
            f"--address {address}: no scheduler with a worker answers ({error}); start `dask scheduler` and `dask worker "
            f"{address}` where this package is installed"
        ) from error
    with client:
        _hired.append(Crew(address, client))
        try:
            yield _hired[-1]
        finally:
            _hired.pop()
