"""``legjumps benchmark NAME`` runs ``benchmarks/NAME.py``: figures for people, never a test."""

import importlib.util
import sys

from flows.paths import ROOT
from transforms.errors import SettingsError


def benchmark_names() -> list[str]:
    """Name the benchmarks of this checkout."""
    return sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))


def run_benchmark(name: str) -> None:
    """Run one benchmark's ``main()``; ``list`` prints the names.

    Raises SettingsError for a name that does not exist.
    """
    if name == "list":
        sys.stdout.write("\n".join(benchmark_names()) + "\n")
        return
    if name not in benchmark_names():
        raise SettingsError(f"no benchmark {name!r}; there are {', '.join(benchmark_names())}")
    spec = importlib.util.spec_from_file_location(f"benchmarks.{name}", ROOT / "benchmarks" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SettingsError(f"benchmarks/{name}.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.main()
