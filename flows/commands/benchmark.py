"""``legjumps benchmark NAME`` runs ``benchmarks/NAME.py``: figures for people, never a test."""

import runpy
import sys
from collections.abc import Sequence

from flows.paths import ROOT
from transforms.errors import SettingsError


def benchmark_names() -> list[str]:
    """Name the benchmarks of this checkout."""
    return sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))


def run_benchmark(name: str, arguments: Sequence[str] = ()) -> None:
    """Run one benchmark as a script with ``arguments``; ``list`` prints the names.

    Raises SettingsError for a name that does not exist.
    """
    if not benchmark_names():
        raise SettingsError("benchmarks belong to the checkout, which an installed legjumps does not have")
    if name == "list":
        sys.stdout.write("\n".join(benchmark_names()) + "\n")
        return
    if name not in benchmark_names():
        raise SettingsError(f"no benchmark {name!r}; there are {', '.join(benchmark_names())}")
    script = str(ROOT / "benchmarks" / f"{name}.py")
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
