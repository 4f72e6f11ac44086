"""Ctrl-C and SIGTERM end the process at once: the store survives a kill at any moment, so there is nothing to wait for."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

from flows.progress import console, say

ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit code of each signal that ends us."""

_last_acts: list[Callable[[], object]] = []


def on_signal(act: Callable[[], object]) -> None:
    """Have ``act`` done before a signal ends the process; it must be quick, and may fail."""
    _last_acts.append(act)


def end_on_signals() -> None:
    """Leave both signals to a thread of their own; library code that computes for minutes would keep them waiting."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    threading.Thread(target=_wait, name="signals", daemon=True).start()


def _wait() -> None:
    number = signal.Signals(signal.sigwait(ENDING))
    for child in multiprocessing.active_children():
        child.kill()
    for act in _last_acts:
        try:
            act()
        except Exception:  # noqa: BLE001, S112 - we are going
            continue
    console.show_cursor()
    say(f"legjumps: stopped by {number.name}; what was finished is kept, the next run does the rest")
    os._exit(ENDING[number])
