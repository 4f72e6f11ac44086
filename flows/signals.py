"""Ctrl-C and SIGTERM end the process at once: the store survives a kill at any moment, so there is nothing to wait for."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from flows.progress import console, say

ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit code of each signal that ends us."""

LAST_ACTS_S = 3.0
"""How long they may take: Ctrl-C ends in under 5 s, whether a bucket answers or not."""

_last_acts: list[Callable[[], object]] = []


@contextmanager
def on_signal(act: Callable[[], object]) -> Iterator[None]:
    """Have ``act`` done where a signal ends the process while the block runs; it may fail, and is not waited for long."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def end_on_signals() -> None:
    """Leave both signals to a thread of their own; library code that computes for minutes would keep them waiting."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    threading.Thread(target=_wait, name="signals", daemon=True).start()


def _wait() -> None:
    number = signal.Signals(signal.sigwait(ENDING))
    for child in multiprocessing.active_children():
        child.kill()
    _do_last_acts()
    console().show_cursor()
    say(f"legjumps: stopped by {number.name}; what was finished is kept, the next run does the rest")
    os._exit(ENDING[number])


def _do_last_acts() -> None:
    """Do them beside each other, for as long as there is time."""

    def do(act: Callable[[], object]) -> None:
        with suppress(Exception):  # we are going
            act()

    threads = [threading.Thread(target=do, args=(act,), daemon=True) for act in list(_last_acts)]
    deadline = time.monotonic() + LAST_ACTS_S
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
