"""The dependency law, the size of files and the names of numbers, held by reading the source."""

import ast
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from transforms import schema

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted([*ROOT.glob("flows/**/*.py"), *ROOT.glob("transforms/**/*.py")])
BENCHMARKS = sorted(ROOT.glob("benchmarks/*.py"))
NOT_IN_TRANSFORMS = {"flows", "prefect", "duckdb", "great_expectations", "sqlalchemy", "typer", "rich"}

# The rooms of each package from the ground up: a room may import those of its own and of lower floors.
FLOORS = {
    "transforms": [
        {"declared", "errors", "intervals"},
        {"schema", "parameters"},
        {"disclosure"},
        {"clock", "recording"},
        {"readers", "epochs", "scoring", "diaries", "tables"},
        {"imports", "psg", "nights", "agreement"},
        {"movements", "statistics", "survey"},
        {"pipeline"},
        {"simulation", "pictures"},
    ],
    "flows": [
        {"addresses", "paths", "progress", "psg_section", "prefect_server", "task_flow"},
        {"pages", "settings", "crew", "orchestration", "store", "signals"},
        {"warehouse"},
        {"person"},
        {"release", "summary", "front_door"},
        {"told_to_prefect"},
        {"stages"},
        {"study"},
        {"scheduled"},
        {"commands"},
        {"cli"},
        {"__main__"},
    ],
}


def imported_modules(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import; write the full name"
            yield f"{node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor(module: str) -> int:
    package, room = module.split(".")[:2]
    found = [index for index, rooms in enumerate(FLOORS[package]) if room in rooms]
    assert found, f"{package}.{room} has no floor; add it to FLOORS where it belongs"
    return found[0]


@pytest.mark.parametrize("file", [f for f in SOURCES if "transforms" in f.parts], ids=lambda f: f.stem)
def test_transforms_imports_nothing_from_outside(file: Path) -> None:
    roots = {module.split(".")[0] for module in imported_modules(file)}
    assert not roots & NOT_IN_TRANSFORMS


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: ".".join(f.relative_to(ROOT).parts))
def test_lower_rooms_do_not_import_higher_ones(file: Path) -> None:
    own = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    if own.endswith("__init__") and own.count(".") == 1:
        return
    for module in imported_modules(file):
        package, _, rest = module.partition(".")
        if package == own.split(".")[0] and rest and rest.split(".")[0] != own.split(".")[1]:
            assert floor(module) <= floor(own), f"{own} imports {module}, which stands on a higher floor"


def test_no_circle_of_rooms() -> None:
    arrows: dict[str, set[str]] = {}
    for file in SOURCES:
        own = ".".join(file.relative_to(ROOT).with_suffix("").parts[:2])
        for module in imported_modules(file):
            room = ".".join(module.split(".")[:2])
            if room != own and module.split(".")[0] in FLOORS and "." in module:
                arrows.setdefault(own, set()).add(room)
    assert not circle(arrows)


def test_no_circle_of_modules() -> None:
    names = {
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in SOURCES
    }
    arrows = {
        name: {m for m in imported_modules(file) if m in names and m != name} for name, file in names.items()
    }
    assert not circle(arrows)


def circle(arrows: dict[str, set[str]]) -> str:
    """Name a circle of arrows, or nothing where there is none."""
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> str:
        if name in path:
            return " -> ".join([*path, name])
        if name not in finished:
            for target in sorted(arrows.get(name, ())):
                if found := visit(target, (*path, name)):
                    return found
            finished.add(name)
        return ""

    return next((found for name in sorted(arrows) if (found := visit(name, ()))), "")


@pytest.mark.parametrize("arrows", [{"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a": {"b", "c"}, "c": {"c"}}])
def test_a_circle_would_be_found(arrows: dict[str, set[str]]) -> None:
    assert circle(arrows)


STEPS = {
    "summarise_recording",
    "candidate_windows",
    "detect_in_windows",
    "find_nights",
    "classify_movements",
    "score_events",
    "presleep_restlessness",
    "with_told_sleep",
}
"""What ``transforms.pipeline`` puts in order."""


@pytest.mark.parametrize("file", [*SOURCES, *BENCHMARKS], ids=lambda f: ".".join(f.relative_to(ROOT).parts))
def test_the_order_of_the_steps_stands_in_the_pipeline_alone(file: Path) -> None:
    called = {
        node.func.id
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert (called & STEPS == STEPS) if file == ROOT / "transforms" / "pipeline.py" else not called & STEPS


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.stem)
def test_files_stay_readable(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 500
    assert file.stem not in {"utils", "helpers", "common", "misc", "core"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: f.stem)
def test_no_assert_outside_tests(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


SCHEMAS = {name: value for name, value in vars(schema).items() if isinstance(value, pl.Schema)}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_number_carries_its_unit(name: str) -> None:
    numeric = [column for column, kind in SCHEMAS[name].items() if kind.is_numeric()]
    bare = [
        c for c in numeric if not c.endswith(schema.UNIT_SUFFIXES) and c not in schema.NAMES_OF_THE_CONTRACT
    ]
    assert not bare


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_booleans_and_instants_are_named_so(name: str) -> None:
    for column, kind in SCHEMAS[name].items():
        if kind == pl.Boolean:
            assert column.startswith(("is_", "has_", "uses_", "crosses_")), column
        if isinstance(kind, pl.Datetime):
            assert kind == schema.INSTANT and column.endswith("_at"), column
        if kind == pl.Date:
            assert column.endswith("date"), column


def test_no_distribution_ships_our_names() -> None:
    ours = {"flows", "transforms", "expectations", "sql", "tests"}
    providers = importlib.metadata.packages_distributions()
    foreign = {name: who for name, who in providers.items() if name in ours and set(who) != {"legjumps"}}
    assert not foreign


def test_no_file_names_the_host_of_a_package_index() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org"]
    for file in [
        ROOT / "requirements.lock",
        ROOT / "bootstrap.lock",
        ROOT / "Makefile",
        ROOT / "pyproject.toml",
    ]:
        text = file.read_text(encoding="utf-8")
        assert not [host for host in hosts if host in text], file


def test_tests_lie_in_the_rooms_of_what_they_test() -> None:
    """Which room a test is of is told by its folder; that every line is tested is told by coverage, not by names."""
    folders = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").glob("*/*") if path.is_dir()]
    rooms = [folder for folder in folders if folder.parts[0] in FLOORS and "__pycache__" not in folder.parts]
    assert rooms
    assert [folder for folder in rooms if not (ROOT / folder).is_dir()] == []
