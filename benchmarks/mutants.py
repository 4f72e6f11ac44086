"""Change the code in a fixed sample of places, one at a time, and count the changes that no test of its room notices.

`make mutants` runs it, for hours; `python benchmarks/mutants.py --room scoring --count 40` runs a part. A mutant is a
comparison, a sign, a constant or an `and`/`or` replaced by another (operators of Cosmic Ray). It is killed where the
tests of its room fail or take four times as long as without it. Nothing of the checkout is changed: the work is done in
a copy. Survivors are printed as a difference, to be read one by one.
"""

import argparse
import difflib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).resolve().parents[1]
SEED = 12
ROOMS = {
    "scoring": ("transforms/scoring", ("tests/transforms/scoring", "tests/golden/test_scoring.py")),
    "movements": ("transforms/movements", ("tests/transforms/movements",)),
    "nights": ("transforms/nights", ("tests/transforms/nights",)),
    "diaries": ("transforms/diaries", ("tests/transforms/diaries",)),
    "statistics": ("transforms/statistics", ("tests/transforms/statistics",)),
    "readers": ("transforms/readers", ("tests/transforms/readers",)),
    "ledger": ("flows/store/ledger.py", ("tests/flows/store/test_ledger.py",)),
}
_COMPARISONS = (
    "Lt_LtE",
    "LtE_Lt",
    "Gt_GtE",
    "GtE_Gt",
    "Lt_GtE",
    "GtE_Lt",
    "Gt_LtE",
    "LtE_Gt",
    "Eq_NotEq",
    "NotEq_Eq",
)
KINDS = {
    "comparison": [f"core/ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS],
    "sign": [
        *(f"core/ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul")),
        "core/ReplaceUnaryOperator_USub_UAdd",
    ],
    "constant": ["core/NumberReplacer"],
    "and/or": ["core/ReplaceAndWithOr", "core/ReplaceOrWithAnd", "core/ReplaceBinaryOperator_BitAnd_BitOr"],
}
EQUIVALENT = {
    "+SCHEMA_VERSION = 2": "any number does, as long as it changes with the tables of the ledger",
}
"""Changed lines that no test can tell from the code, each with the reason; they count as neither killed nor alive."""


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    room: str
    kind: str
    file: str
    operator: str
    occurrence: int


def every_mutant(room: str) -> Iterator[Mutant]:
    """Yield all mutants of a room, in an order that depends on nothing but the code."""
    place = ROOT / ROOMS[room][0]
    for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
        nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
        for kind, operators in KINDS.items():
            for name in operators:
                operator = get_operator(name)()
                count = sum(len(list(operator.mutation_positions(node))) for node in nodes)
                for occurrence in range(count):
                    yield Mutant(room, kind, path.relative_to(ROOT).as_posix(), name, occurrence)


def sample(rooms: list[str], count: int) -> list[Mutant]:
    """Draw as many mutants of each room and kind as far as there are so many, with one seed."""
    random_ = random.Random(SEED)
    drawers: dict[tuple[str, str], list[Mutant]] = {(room, kind): [] for room in rooms for kind in KINDS}
    for mutant in (mutant for room in rooms for mutant in every_mutant(room)):
        drawers[mutant.room, mutant.kind].append(mutant)
    for found in drawers.values():
        random_.shuffle(found)
    drawn: list[Mutant] = []
    while len(drawn) < count and any(drawers.values()):
        drawn += [found.pop() for found in drawers.values() if found]
    return sorted(drawn[:count], key=lambda one: (one.room, one.file, one.kind, one.operator, one.occurrence))


def passes(copy: Path, room: str, timeout_s: float) -> bool:
    """Tell whether the tests of a room pass in the copy, in time."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n", "0"]
    try:
        done = subprocess.run(
            [*command, *ROOMS[room][1]], cwd=copy, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(copy: Path, mutant: Mutant, timeout_s: float) -> str | None:
    """Apply a mutant, run its tests, and return the change as a difference where they pass; None where they fail."""
    path = copy / mutant.file
    original = path.read_text(encoding="utf-8")
    changed = mutate_code(original, get_operator(mutant.operator)(), mutant.occurrence)
    if changed is None:
        raise RuntimeError(f"{mutant} cannot be applied")
    path.write_text(changed, encoding="utf-8")
    try:
        if not passes(copy, mutant.room, timeout_s):
            return None
    finally:
        path.write_text(original, encoding="utf-8")
    lines = difflib.unified_diff(
        original.splitlines(), changed.splitlines(), mutant.file, mutant.kind, n=0, lineterm=""
    )
    return "\n".join(lines)


def main() -> None:
    """Run the sample and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--count", type=int, default=300)
    asked = parser.parse_args()
    rooms = asked.room or list(ROOMS)
    mutants = sample(rooms, asked.count)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    killed = {room: [0, 0] for room in rooms}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "legjumps"
        for name in filter(None, tracked):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        timeouts_s = {}
        for room in sorted({mutant.room for mutant in mutants}):
            started = time.perf_counter()
            if not passes(copy, room, 3600):
                raise SystemExit(f"the tests of {room} fail without any change")
            timeouts_s[room] = 4 * (time.perf_counter() - started) + 10
        for mutant in mutants:
            difference = survives(copy, mutant, timeouts_s[mutant.room])
            if difference and any(line in EQUIVALENT for line in difference.splitlines()):
                continue
            killed[mutant.room][0] += difference is None
            killed[mutant.room][1] += 1
            print(difference or f"killed: {mutant.file} {mutant.operator} {mutant.occurrence}", flush=True)
    for room, (count, total) in killed.items():
        print(f"{room:12} {count} of {total} killed")
    print(f"{'all':12} {sum(k for k, _ in killed.values())} of {sum(n for _, n in killed.values())} killed")


if __name__ == "__main__":
    main()
