"""Progress on standard error, so that standard output holds the result and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who has nothing to say waits for nothing
    from rich.console import Console


@cache
def console() -> "Console":
    """Return the one console on standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell the user one line about what happens now."""
    console().print(text, markup=False, soft_wrap=True)


@contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar while the block runs; the yielded function advances it by one and may be called by any thread.

    Where standard error is not a terminal, one line at the end takes the bar's place.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(),
        disable=not console().is_terminal,
    )
    with bar:
        row = bar.add_task(label, total=total)
        yield lambda: bar.advance(row)
        finished = bar.tasks[0]
    if not console().is_terminal:
        say(
            f"{label:<12} {int(finished.completed)}/{total} in {finished.finished_time or finished.elapsed or 0:.1f} s"
        )
