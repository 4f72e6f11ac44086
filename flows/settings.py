"""The settings of a run: where the study lies, where its store lies, and the study's parameters."""

import hashlib
import os
import re
import shlex
import tempfile
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from flows.addresses import Slice, is_remote
from flows.psg_section import PsgSection, read_psg_section
from transforms.clock import check_time_zone
from transforms.declared import Declared
from transforms.errors import SettingsError
from transforms.parameters import DEFAULT, StudyParameters
from transforms.parameters.describe import problem_with

_ARE_CODES = "participant_ids_are_codes"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Where a study's questions were laid down, and when."""

    name: str
    registered_on: date

    def is_before(self, first_night: date | None) -> bool:
        """Tell whether nothing was seen yet: the day lies before the first night."""
        return first_night is not None and self.registered_on < first_night


@dataclass(frozen=True, kw_only=True)
class StudySettings:
    """Everything that a flow needs to know; the single parameter of each flow."""

    folder: Path
    store: Path
    study_id: str
    time_zone: str
    parameters: StudyParameters
    worker_count: int
    psg: PsgSection = field(default_factory=PsgSection)
    settle_s: float = 0.0
    """How long a new file must rest before it is taken [s]; 0 where a person knows that nobody is writing."""
    address: str | None = None
    """Where the store lies, where ``store`` is only this machine's working folder of it: a bucket, or the store of a slice."""
    part: Slice | None = None
    """The slice of the participants that is worked on; None is all."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers do the units; None is this machine."""
    inbox: str | None = None
    """Where device files are delivered besides ``devices/``."""
    is_waiting: bool = False
    """Whether to wait for another run that holds the store."""
    imports: Declared = field(default_factory=Declared)
    participant_ids_are_codes: bool = False
    """Whether the study says that none of its ids is a name; else the store calls by a pseudonym whoever's id may be one."""
    registration: Registration | None = None

    def command(self, name: str, *arguments: str) -> str:
        """Return the line that does something with this very study and store, for who is told what to do next."""
        store = self.address or str(self.store)
        elsewhere = [] if store == str(self.folder / "store") else ["--store", shlex.quote(store)]
        return " ".join(["legjumps", name, shlex.quote(str(self.folder)), *arguments, *elsewhere])


def load_settings(folder: Path, store: str | None = None, worker_count: int | None = None) -> StudySettings:
    """Read ``study.toml`` of a study folder.

    Raises SettingsError when the file is missing, a key is unknown or a value makes no sense.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder; give the study folder that holds study.toml")
    file = folder / "study.toml"
    if not file.is_file():
        raise SettingsError(
            f'{file} is missing; write one with\n[study]\nid = "my_study"\ntime_zone = "Europe/Berlin"'
        )
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not TOML: {error}") from None

    unknown = sorted(set(content) - {"study", "parameters", "release", "psg", "imports"})
    if unknown:
        raise SettingsError(
            f"{file}: unknown sections {unknown}; known are [study], [parameters], [release], [psg], [imports]"
        )
    study = content.get("study", {})
    unknown = sorted(set(study) - {"id", "time_zone", "registration", "registered_on", "inbox", _ARE_CODES})
    if unknown or not isinstance(study.get("id"), str) or not isinstance(study.get("time_zone"), str):
        raise SettingsError(
            f"{file}: [study] wants id and time_zone as text, and may name a registration, registered_on, an inbox and "
            f"{_ARE_CODES}, nothing else; found {study}"
        )
    if not isinstance(study.get(_ARE_CODES, False), bool):
        raise SettingsError(f"{file}: [study] {_ARE_CODES} = {study[_ARE_CODES]!r}: wanted is true or false")
    check_time_zone(study["time_zone"], f"{file}: [study] time_zone")

    overrides = _flatten(content.get("parameters", {}))
    overrides |= {f"release.{name}": value for name, value in _flatten(content.get("release", {})).items()}
    own, address = _store_folder(folder, store)
    return StudySettings(
        folder=folder.resolve(),
        store=own,
        address=address,
        inbox=_inbox(study, str(file)),
        study_id=study["id"],
        time_zone=study["time_zone"],
        parameters=override(DEFAULT, overrides, where=str(file)),
        worker_count=worker_count or len(os.sched_getaffinity(0)),
        psg=read_psg_section(content.get("psg", {}), str(file)),
        imports=_read_imports_section(content.get("imports", {}), str(file)),
        registration=_registration(study, str(file)),
        participant_ids_are_codes=study.get(_ARE_CODES, False),
    )


def _read_imports_section(section: dict[str, Any], where: str) -> Declared:
    """Read what the study declares of its exports: the zones of accounts, and how answers are numbered."""
    unknown = sorted(set(section) - {"account_time_zones", "lowest_answers"})
    if unknown:
        raise SettingsError(
            f"{where}: [imports] knows account_time_zones and lowest_answers; found {', '.join(unknown)}"
        )
    zones, answers = section.get("account_time_zones", {}), section.get("lowest_answers", {})
    if not isinstance(zones, dict) or not isinstance(answers, dict):
        raise SettingsError(f"{where}: [imports.account_time_zones] and [imports.lowest_answers] are tables")
    for maker, zone in zones.items():
        check_time_zone(str(zone), f"{where}: [imports.account_time_zones] {maker}")
    for scale, number in answers.items():
        if not isinstance(number, int | float) or isinstance(number, bool):
            raise SettingsError(
                f"{where}: [imports.lowest_answers] {scale} = {number!r}: wanted a number, such as 1"
            )
    return Declared(
        account_time_zones={str(maker): str(zone) for maker, zone in zones.items()},
        lowest_answers={str(scale): float(number) for scale, number in answers.items()},
    )


def _registration(study: dict[str, Any], where: str) -> Registration | None:
    name, day = study.get("registration"), study.get("registered_on")
    if name is None and day is None:
        return None
    if not isinstance(name, str) or not name or type(day) is not date:
        raise SettingsError(
            f"{where}: [study] a registration wants both, such as registration = "
            f'"https://doi.org/10.17605/OSF.IO/ABCDE" and registered_on = 2026-01-31; found {name!r} and {day!r}'
        )
    return Registration(name=name, registered_on=day)


def _store_folder(folder: Path, store: str | None) -> tuple[Path, str | None]:
    """Return the store's folder; and its address, where it lies elsewhere and the folder is what this machine holds of it."""
    if store is None:
        return folder.resolve() / "store", None
    if is_remote(store):
        address = store.rstrip("/")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "legjumps" / hashlib.sha256(address.encode()).hexdigest()[:16], address
    if "://" in store:
        raise SettingsError(f"--store {store}: wanted is a folder or s3://bucket/prefix")
    return Path(store).resolve(), None


def of_slice(settings: StudySettings, text: str) -> StudySettings:
    """Return the settings of one slice, given as ``k/n``: a working folder of its own, and the store as its address."""
    said = re.fullmatch(r"(\d+)/(\d+)", text)
    if said is None or not 1 <= int(said[1]) <= int(said[2]):
        raise SettingsError(f"--slice {text}: wanted is k/n with k from 1 to n, such as 3/8")
    part = Slice(int(said[1]), int(said[2]))
    own = Path(tempfile.mkdtemp(prefix=f"legjumps_slice_{part.number}_of_{part.count}_"))
    return replace(settings, store=own, address=settings.address or str(settings.store), part=part)


def _inbox(study: dict[str, Any], where: str) -> str | None:
    inbox = study.get("inbox")
    if inbox is not None and not (isinstance(inbox, str) and is_remote(inbox)):
        raise SettingsError(f"{where}: [study] inbox = {inbox!r}: wanted is s3://bucket/prefix")
    return inbox


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def override(parameters: StudyParameters, values: dict[str, Any], *, where: str) -> StudyParameters:
    """Return ``parameters`` with ``values`` (named ``group.field``) in place of the published ones.

    Raises SettingsError when a name is unknown or a value has another type.
    """
    for name, value in values.items():
        parameters = _replace(parameters, name.split("."), value, f"{where}: parameter {name}")
    return parameters


def _replace(group: Any, path: list[str], value: Any, where: str) -> Any:
    known = [entry.name for entry in fields(group)]
    if path[0] not in known:
        raise SettingsError(f"{where} is unknown; at this place there are {', '.join(known)}")
    old = getattr(group, path[0])
    if is_dataclass(old):
        if len(path) == 1:
            raise SettingsError(f"{where} is a group; name one of {', '.join(e.name for e in fields(old))}")
        return replace(group, **{path[0]: _replace(old, path[1:], value, where)})
    if len(path) > 1:
        raise SettingsError(f"{where}: {path[0]} has no parts")
    if isinstance(value, list):
        value = tuple(value)
    if (wanted := problem_with(group, path[0], value)) is not None:
        raise SettingsError(f"{where} = {value!r}: wanted is {wanted}")
    if isinstance(old, float) and type(value) is int:
        value = float(value)
    return replace(group, **{path[0]: value})
