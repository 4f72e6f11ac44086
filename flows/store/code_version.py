"""Which code and which parameters made a result, told by the code itself.

What a function runs through is its import closure, definition by definition: every function, class and constant of
ours that it names, what these name, and so on, across modules (of a class that inherits nothing, those methods whose name is called); and the files that one of these names and that lie
beside its module or at the root of the checkout (``sql``, ``templates``, a table). Comments and docstrings do not count. The
parameter groups that a function reads are those that its closure names after the word ``parameters``. Numbers of
``transforms.parameters`` count by value and not by source text: a corrected reference reads no sample again.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from flows.paths import ROOT, expectations_folder, sql_folder
from flows.store.atomic import atomic_file
from flows.store.fingerprint import fingerprint
from transforms.parameters import StudyParameters

PACKAGES = ("flows", "transforms")
BY_VALUE = "transforms.parameters"
NOT_FOLLOWED = {"flows.store.code_version", "flows.progress"}
"""What tells of the work and makes nothing of it."""
GROUPS = frozenset(entry.name for entry in fields(StudyParameters))

Symbol = tuple[str, str]
"""Module and name; the empty name is the module itself."""


@cache
def code_version() -> str:
    """Return the version with the hash of all sources, as written into every output."""
    sql, expectations = sql_folder(), expectations_folder()
    packages = [_files_of(ROOT / name, without=(sql, expectations)) for name in PACKAGES]
    data = [_files_of(folder) for folder in (sql, expectations)]
    return f"{version('legjumps')}+{_hash_of_files(tuple(chain(*packages, *data)))}"


def made_by(function: Callable[..., Any], parameters: StudyParameters) -> str:
    """Hash the closure of ``function`` and the values of the parameter groups that it reads."""
    values = {group: getattr(parameters, group) for group in sorted(groups_read_by(function))}
    return fingerprint(code_of(function), values)


def code_of(function: Callable[..., Any]) -> str:
    """Hash the closure of a function at the top level of a module."""
    return _told(function).code


def groups_read_by(function: Callable[..., Any]) -> frozenset[str]:
    """Name the groups of StudyParameters that the closure of ``function`` reads."""
    return frozenset(_told(function).groups)


@dataclass(frozen=True)
class Closure:
    """What one function runs through."""

    symbols: frozenset[Symbol]
    data: frozenset[Path]
    groups: frozenset[str]
    code: str


class _Bare(ast.NodeTransformer):
    """Takes away what computes nothing: docstrings and annotations."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit a node of any kind."""
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [part for part in body if not _is_text(part)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        return node


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@dataclass(frozen=True)
class _Part:
    """What one statement says, and what it refers to."""

    text: str
    symbols: tuple[Symbol, ...]
    attributes: frozenset[str]
    data: tuple[Path, ...]
    groups: tuple[str, ...]


@dataclass
class _Module:
    """The source of one module, taken apart."""

    name: str
    path: Path
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    methods: dict[str, dict[str, ast.stmt]] = field(default_factory=dict)
    """Of each class that inherits nothing: what counts only where something of its name is called."""
    effects: list[ast.stmt] = field(default_factory=list)
    """What runs when the module is imported, and defines nothing."""
    imports: dict[str, Symbol] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    """Modules of ours that importing this one runs."""


class _Sources:
    """The modules below one root, each read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, _Module | None] = {}
        self._parts: dict[int, _Part] = {}

    def part(self, owner: _Module, statement: ast.stmt) -> _Part:
        """Return what a statement of a module says and refers to, taken apart once."""
        if id(statement) not in self._parts:
            self._parts[id(statement)] = _Part(
                ast.unparse(statement),
                tuple(_named(owner, statement, self)),
                frozenset(node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)),
                tuple(_data(owner, statement, self.root)),
                tuple(_groups(statement)),
            )
        return self._parts[id(statement)]

    def module(self, name: str) -> _Module | None:
        """Return a module of ours, None for any other."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> _Module | None:
        if name.split(".", maxsplit=1)[0] not in PACKAGES:
            return None
        base = self.root.joinpath(*name.split("."))
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if not path.is_file():
            return None
        module = _Module(name, path)
        tree = _Bare().visit(ast.parse(path.read_text(encoding="utf-8")))
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef) and not statement.bases:
                module.methods[statement.name] = _take_methods(statement)
            names = _defined(statement)
            for defined in names:
                module.definitions.setdefault(defined, []).append(statement)
            if not names and not isinstance(statement, ast.Import | ast.ImportFrom):
                module.effects.append(statement)
        for node in ast.walk(tree):
            module.imports.update(self.imports(node))
        module.imported = {
            target
            for statement in tree.body
            for target, name_in_it in self.imports(statement).values()
            for target in (target, f"{target}.{name_in_it}")
        }
        return module

    def imports(self, node: ast.AST) -> dict[str, Symbol]:
        """Return what each name that an import makes stands for."""
        if isinstance(node, ast.Import):
            return {alias.asname or alias.name.split(".")[0]: (alias.name, "") for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            return {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        return {}


def _take_methods(statement: ast.ClassDef) -> dict[str, ast.stmt]:
    """Take from a class the methods that it runs only when they are named, and return them."""
    methods: dict[str, ast.stmt] = {
        part.name: part
        for part in statement.body
        if isinstance(part, ast.FunctionDef) and not part.name.startswith("__")
    }
    statement.body = [part for part in statement.body if part not in methods.values()] or [ast.Pass()]
    return methods


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


@cache
def _sources(root: Path) -> _Sources:
    return _Sources(root)


@cache
def _closure(module: str, name: str, root: Path) -> Closure:
    walk = _Walk(_sources(root))
    walk.follow((module, name))
    digest = hashlib.sha256(fingerprint(walk.texts).encode())
    for path in sorted(walk.data):
        digest.update(_hash_of_files(_files_of(path)).encode())
    return Closure(
        frozenset(walk.seen), frozenset(walk.data), frozenset(walk.groups), digest.hexdigest()[:16]
    )


REMEMBERED = Path(sys.prefix) / "share" / "legjumps" / "closures.json"
"""What was found of these very sources: taking them apart costs seconds, and they seldom change."""


class _Told(NamedTuple):
    code: str
    groups: list[str]


def _told(function: Callable[..., Any]) -> _Told:
    name = f"{function.__module__}:{function.__qualname__}"
    known = _remembered(_state_of_sources())
    if name not in known:
        closure = _closure(function.__module__, function.__qualname__, ROOT)
        known[name] = _Told(closure.code, sorted(closure.groups))
        # an environment that may not be written to is asked again each time
        with suppress(OSError), atomic_file(REMEMBERED) as aside:
            aside.write_text(
                json.dumps({"sources": _state_of_sources(), "closures": known}), encoding="utf-8"
            )
    return known[name]


@cache
def _remembered(state: str) -> dict[str, _Told]:
    try:
        content = json.loads(REMEMBERED.read_text(encoding="utf-8"))
        return {
            name: _Told(*told) for name, told in content["closures"].items() if content["sources"] == state
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


@cache
def _state_of_sources() -> str:
    """Hash everything that a closure can hold: all sources, the names beside them, and how this Python writes them."""
    return fingerprint(code_version(), sorted(path.name for path in ROOT.iterdir()), sys.version)


class _Walk:
    """Follows names from one definition to all that it runs through."""

    def __init__(self, sources: _Sources) -> None:
        self.seen: set[Symbol] = set()
        self.data: set[Path] = set()
        self.groups: set[str] = set()
        self.texts: dict[str, str] = {}
        self._sources = sources
        self._ran: set[str] = set()
        self._pending: list[Symbol] = []
        self._called: set[str] = set()
        self._methods: dict[str, list[tuple[_Module, ast.stmt, str]]] = {}

    def follow(self, first: Symbol) -> None:
        """Visit everything that ``first`` refers to, and what that refers to."""
        self._pending.append(first)
        while self._pending:
            symbol = self._pending.pop()
            owner = self._sources.module(symbol[0])
            if symbol in self.seen or owner is None:
                continue
            if owner.name in NOT_FOLLOWED or f"{owner.name}.".startswith(f"{BY_VALUE}."):
                continue
            self.seen.add(symbol)
            self._import(owner.name)
            self._define(owner, symbol[1])

    def _import(self, name: str) -> None:
        """Visit what importing a module runs; it runs the modules that it imports."""
        running = [name]
        while running:
            module = self._sources.module(running.pop())
            if module is not None and module.name not in self._ran:
                self._ran.add(module.name)
                running.extend(module.imported)
                for number, statement in enumerate(module.effects):
                    self._visit(module, statement, f"{module.name}:{number}")

    def _define(self, owner: _Module, name: str) -> None:
        if not name:
            self._pending.extend((owner.name, defined) for defined in owner.definitions)
        elif name not in owner.definitions:
            if name in owner.imports:
                self._pending.append(_resolved(owner.imports[name], self._sources))
            return
        for number, statement in enumerate(owner.definitions.get(name, ())):
            self._visit(owner, statement, f"{owner.name}.{name}:{number}")
        for called, statement in owner.methods.get(name, {}).items():
            method = owner, statement, f"{owner.name}.{name}.{called}"
            if called in self._called:
                self._visit(*method)
            else:
                self._methods.setdefault(called, []).append(method)

    def _visit(self, owner: _Module, statement: ast.stmt, label: str) -> None:
        part = self._sources.part(owner, statement)
        self.texts[label] = part.text
        self._pending.extend(part.symbols)
        self.data.update(part.data)
        self.groups.update(part.groups)
        fresh = part.attributes - self._called
        self._called |= fresh
        for attribute in fresh:
            for method in self._methods.pop(attribute, []):
                self._visit(*method)


def _resolved(symbol: Symbol, sources: _Sources) -> Symbol:
    """Tell a module that is imported from its package apart from a name in the package."""
    module, name = symbol
    owner = sources.module(module)
    if name and (owner is None or name not in owner.definitions) and sources.module(f"{module}.{name}"):
        return f"{module}.{name}", ""
    return symbol


def _named(owner: _Module, statement: ast.stmt, sources: _Sources) -> Iterator[Symbol]:
    """Name what a statement refers to; ``module.name`` is that name and not the whole module."""
    within_modules: set[int] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            target = owner.imports.get(node.value.id)
            if target is not None:
                module, name = _resolved(target, sources)
                if not name:
                    within_modules.add(id(node.value))
                    yield _resolved((module, node.attr), sources)
        elif isinstance(node, ast.Name) and id(node) not in within_modules:
            if node.id in owner.definitions:
                yield owner.name, node.id
            elif node.id in owner.imports:
                yield _resolved(owner.imports[node.id], sources)
        elif isinstance(node, ast.Import | ast.ImportFrom):  # for its effect, maybe
            for target in sources.imports(node).values():
                resolved = _resolved(target, sources)
                if not resolved[1]:
                    yield resolved


def _groups(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and node.attr in GROUPS:
            base = node.value
            word = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
            if word == "parameters":
                yield node.attr


def _data(owner: _Module, statement: ast.stmt, root: Path) -> Iterator[Path]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_name(node.value):
            for folder in (owner.path.parent, root, root / owner.name.split(".")[0] / "tables"):
                path = folder / node.value
                if path.exists() and path.suffix != ".py" and not (path / "__init__.py").exists():
                    yield path


def _is_name(text: str) -> bool:
    return (
        bool(text) and len(text) < 80 and text.replace("_", "").replace(".", "").isalnum() and text[0] != "."
    )


def _files_of(path: Path, without: tuple[Path, ...] = ()) -> tuple[tuple[str, Path], ...]:
    """Name each file of a folder from that folder on: the same in a checkout and where a wheel was unpacked."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return tuple(
        (file.relative_to(path.parent).as_posix(), file)
        for file in files
        if "__pycache__" not in file.parts and not any(folder in file.parents for folder in without)
    )


@cache
def _hash_of_files(files: tuple[tuple[str, Path], ...]) -> str:
    digest = hashlib.sha256()
    for name, file in files:
        digest.update(name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
