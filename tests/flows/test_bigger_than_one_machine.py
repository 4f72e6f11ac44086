"""A study on a bucket, done by workers that share no disk, or in slices: the tables are those of one machine."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.commands.health import show_health
from flows.commands.left_behind import require_nothing_left, require_nothing_left_elsewhere
from flows.commands.verify import verify_store
from flows.commands.withdraw import erase_participant
from flows.crew import crew_at
from flows.front_door.page import tell_front_door
from flows.settings import StudySettings, load_settings, of_slice
from flows.store.layout import OWNED, PLACES
from flows.store.ledger import close_book
from flows.store.secret import store_secret
from flows.store.storage import open_storage
from tests.deaths import ended
from tests.object_server import BUCKET, object_server
from tests.small_study import make_study
from tests.without_prefect import leave_prefect_out

pytestmark = pytest.mark.xdist_group("objects")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with object_server() as variables:
        yield variables


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    leave_prefect_out(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A study, and its tables as one machine makes them."""
    folder = tmp_path_factory.mktemp("original")
    settings = make_study(folder)
    store_secret(settings.store)
    with pytest.MonkeyPatch.context() as patch:
        leave_prefect_out(patch)
        whole_run(settings)
    return folder, ended(folder / "store").tables


def whole_run(settings: StudySettings) -> Any:
    from flows import study

    report = study.run_stages(settings, study.FLOWS["study"])
    close_book(settings.store)
    return report


def copy_of(original: Path, folder: Path) -> Path:
    shutil.copytree(original, folder, ignore=shutil.ignore_patterns("store"))
    return folder


def with_secret(original: Path, address: str) -> None:
    """Pseudonyms and noise are drawn from it: the copies have the same."""
    open_storage(address).put(original / "store" / ".pseudonym_key", ".pseudonym_key")


def tables_in(settings: StudySettings) -> dict[str, str]:
    """Fetch what is published, as any other machine would, and hash it."""
    from flows.store.mirror import bring_published

    place = settings.store.parent / "elsewhere"
    bring_published(open_storage(str(settings.address)), place / "store")
    return ended(place / "store").tables


def places_of(store: Path) -> set[str]:
    """Name what lies at the top of a store besides what units own and what is the machinery's own."""
    found = {f"{path.name}/" if path.is_dir() else path.name for path in store.iterdir()}
    return {name for name in found - set(OWNED) if not name.startswith((".", "ledger.sqlite"))}


def test_what_a_run_leaves_is_named_in_the_layout(original: tuple[Path, dict[str, str]]) -> None:
    found = places_of(original[0] / "store")
    assert {"index.html", "review/", "quality/", "release/", "warehouse.duckdb"} <= found
    assert found <= {place.name for place in PLACES}


@contextmanager
def cluster(tmp_path: Path, count: int) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """Start a scheduler and workers, each in an empty folder of its own; yield the address and the workers."""
    from distributed import Client

    file = tmp_path / "scheduler.json"
    own = {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "30s"}

    def start(name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        home = tmp_path / name
        home.mkdir()
        return subprocess.Popen(
            [sys.executable, "-m", *arguments, "--scheduler-file", str(file)],
            cwd=home,
            env=os.environ | own | {"HOME": str(home), "TMPDIR": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    processes = [start("scheduler", *scheduler)]
    try:
        while not file.exists():
            assert processes[0].poll() is None
            time.sleep(0.1)
        processes += [start(f"worker_{number}", *worker) for number in range(count)]
        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(count, timeout=120)
            address = client.scheduler.address
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def kill_the_busy_one(client: Any, killed: list[int]) -> None:
    pids = client.run(os.getpid)
    for _ in range(2000):
        busy = [address for address, keys in client.processing().items() if keys]
        if busy:
            killed.append(pids[busy[0]])
            os.kill(pids[busy[0]], signal.SIGKILL)
            return
        time.sleep(0.005)


def test_two_workers_that_share_no_disk_make_the_same_tables_though_one_is_killed(
    original: tuple[Path, dict[str, str]],
    server: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, wanted = original
    study = copy_of(folder, tmp_path / "study")
    inbox, address = f"s3://{BUCKET}/inbox_{tmp_path.name}", f"s3://{BUCKET}/{tmp_path.name}"
    for file in sorted((study / "devices").rglob("*.cwa")):
        open_storage(inbox).put(file, file.relative_to(study / "devices").as_posix())
    shutil.rmtree(study / "devices")
    with (study / "study.toml").open("a") as stream:
        stream.write(f'inbox = "{inbox}"\n')
    with_secret(folder, address)
    settings = load_settings(study, address, worker_count=1)
    with cluster(tmp_path, 2) as (scheduler, workers), crew_at(scheduler):
        from flows import crew

        done = crew.Crew.do
        seen: list[Any] = []
        killed: list[int] = []

        def kill_one(hired: Any, work: Any, units: Any, shared: Any) -> Any:
            seen.append(units)
            if len(seen) == 3:  # in the middle of ingestion
                threading.Thread(target=kill_the_busy_one, args=(hired._client, killed)).start()
            return done(hired, work, units, shared)

        monkeypatch.setattr(crew.Crew, "do", kill_one)
        report = whole_run(settings)
        assert [worker.poll() for worker in workers].count(-signal.SIGKILL) == 1 == len(killed)
    assert report.counts["recordings_read"] == 4
    assert len(seen) >= 10  # recordings twice over, participants once
    assert tables_in(settings) == wanted
    storage = open_storage(address)
    assert not storage.list("journal/") and not storage.list(".leases/store")
    assert {"index.html", "review/P1.html", "review/P2.html", "quality/index.html"} < storage.list("").keys()
    shutil.rmtree(tmp_path / "cache")  # another machine: nothing is read, done, drawn or built again
    drawn = storage.list("review/")
    again = whole_run(settings)
    assert storage.list("review/") == drawn
    assert places_of(settings.store) == places_of(folder / "store") - {"warehouse_history/"}
    tell_front_door(settings, next_run="3 Apr, 03:00")
    assert b"3 Apr, 03:00" in (storage.read("index.html") or (b"",))[0]
    assert (again.counts["recordings_read"], again.counts["participants_scored"]) == (0, 0)
    assert again.counts["warehouses_built"] == 0


def test_a_broken_upload_and_a_lost_ledger_change_nothing_and_who_withdraws_is_gone(
    original: tuple[Path, dict[str, str]],
    server: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flows.store.storage.objects import ObjectStorage
    from transforms.errors import MachineError

    folder, wanted = original
    study = copy_of(folder, tmp_path / "study")
    address = f"s3://{BUCKET}/{tmp_path.name}"
    with_secret(folder, address)
    settings = load_settings(study, address, worker_count=1)
    put = ObjectStorage.put
    left = 12

    def break_off(storage: ObjectStorage, file: Path, key: str) -> str:
        nonlocal left
        left -= 1
        if left == 0:
            raise MachineError("the connection was lost")
        return put(storage, file, key)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStorage, "put", break_off)
        with pytest.raises(MachineError, match="connection was lost"):
            whole_run(settings)
    report = whole_run(settings)
    assert 1 <= report.counts["recordings_read"] < 4  # what was whole is not read again
    assert tables_in(settings) == wanted

    storage = open_storage(address)
    storage.delete(["ledger.sqlite"])
    cut = next(key for key in storage.list("core/epoch/"))
    storage.delete([cut])
    shutil.rmtree(tmp_path / "cache")
    report = whole_run(settings)
    assert report.counts["recordings_read"] == 0  # told by raw/
    assert tables_in(settings) == wanted

    assert not verify_store(settings)
    damaged = next(key for key in storage.list("core/epoch/participant_id=P1/"))
    storage.get(damaged, tmp_path / "damaged")
    (tmp_path / "damaged").write_bytes((tmp_path / "damaged").read_bytes()[::-1])
    storage.put(tmp_path / "damaged", damaged)
    assert verify_store(settings)
    assert damaged in capsys.readouterr().out
    words = erase_participant(settings, "P2")
    close_book(settings.store)
    assert not {"index.html", "review/P1.html", "review/P2.html"} & storage.list("").keys()
    report = whole_run(settings)
    assert report.counts["recordings"] == 2
    assert storage.list("review/").keys() == {"review/.written_from", "review/P1.html"}
    assert not verify_store(settings)
    assert require_nothing_left(settings.store, words) > 0
    assert require_nothing_left_elsewhere(address, words) > 20
    capsys.readouterr()
    assert show_health(settings, is_json=True, silent_days=None)
    assert json.loads(capsys.readouterr().out)["recording_states"] == {"read": 2}


@pytest.mark.parametrize("kind", ["folder", "objects"])
def test_slices_are_joined_by_the_warehouse(
    original: tuple[Path, dict[str, str]], server: dict[str, str], tmp_path: Path, kind: str
) -> None:
    from flows import study as flows_study

    folder, wanted = original
    study = copy_of(folder, tmp_path / "study")
    address = None if kind == "folder" else f"s3://{BUCKET}/{tmp_path.name}"
    settings = load_settings(study, address, worker_count=1)
    with_secret(folder, address or str(settings.store))
    read = []
    for number in (1, 2, 3):
        own = of_slice(settings, f"{number}/3")
        report = flows_study.run_stages(own, flows_study.FLOWS["slice"])
        close_book(own.store)
        read.append(report.counts["recordings_read"])
        again = flows_study.run_stages(own, flows_study.FLOWS["slice"])
        close_book(own.store)
        assert again.counts["recordings_read"] == 0
    assert sorted(read) in ([0, 2, 2], [0, 0, 4])
    report = flows_study.run_stages(settings, flows_study.stages_of("warehouse", settings))
    close_book(settings.store)
    assert (report.counts["recordings_read"], report.counts["participants_scored"]) == (0, 0)
    found = ended(study / "store").tables if kind == "folder" else tables_in(settings)
    assert found == wanted
