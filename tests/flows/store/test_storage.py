"""A store elsewhere, in a folder or in a bucket: the same promises, seen to hold for both."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows import signals
from flows.addresses import Slice
from flows.store.storage import ANY, NOTHING, Changed, Storage, open_storage
from flows.store.storage import lease as lease_module
from flows.store.storage import objects as objects_module
from tests.object_server import BUCKET, object_server
from transforms.errors import MachineError, SettingsError

pytestmark = pytest.mark.xdist_group("objects")


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    with object_server() as variables:
        yield variables


@pytest.fixture(params=["folder", "objects"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(str(tmp_path / "store"))
    request.getfixturevalue("server")
    return open_storage(f"s3://{BUCKET}/{tmp_path.name}")


def file_of(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "given"
    file.write_bytes(content)
    return file


def test_what_is_put_is_there_whole_and_can_be_listed_moved_and_deleted(
    storage: Storage, tmp_path: Path
) -> None:
    key = "raw/participant_id=P%201/recording_id=ab/samples.parquet"
    version = storage.put(file_of(tmp_path, b"one"), key)
    assert storage.get(key, tmp_path / "got" / "it") == version
    assert (tmp_path / "got" / "it").read_bytes() == b"one"
    storage.put(file_of(tmp_path, b"three"), "raw/participant_id=P2/x")
    storage.put(file_of(tmp_path, b"four"), "rawer")
    assert {name: found.size_bytes for name, found in storage.list("raw/").items()} == {
        key: 3,
        "raw/participant_id=P2/x": 5,
    }
    assert storage.list("raw/")[key].version == version
    assert storage.list("raw/participant_id=P2/x").keys() == {"raw/participant_id=P2/x"}
    assert storage.list("raw/participant_id=P").keys() == storage.list("raw/").keys()
    assert storage.list("raw").keys() == storage.list("").keys() == storage.list("raw/").keys() | {"rawer"}
    assert storage.list("rawe").keys() == {"rawer"} and not storage.list("raws")
    assert storage.put(file_of(tmp_path, b"two"), key) != version  # of the same size
    storage.move(key, "core/x")
    assert storage.list("raw/").keys() == {"raw/participant_id=P2/x"}
    assert storage.get("core/x", tmp_path / "again") and (tmp_path / "again").read_bytes() == b"two"
    storage.delete(["core/x", "core/never", "raw/participant_id=P2/x"])
    assert not storage.list("core/") and not storage.list("raw/")
    with pytest.raises(FileNotFoundError):
        storage.get("core/x", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b"two"
    assert storage.read("core/x") is None


def test_a_large_file_goes_up_in_parts_and_comes_back_the_same(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "PART_BYTES", 5 << 20)
    content = os.urandom(12 << 20)
    storage.put(file_of(tmp_path, content), "raw/large")
    storage.get("raw/large", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == content


def test_a_small_object_is_written_only_where_it_is_what_was_seen(storage: Storage) -> None:
    first = storage.write("pointer", b"1", expected=NOTHING)
    with pytest.raises(Changed):
        storage.write("pointer", b"2", expected=NOTHING)
    assert storage.read("pointer") == (b"1", first)
    second = storage.write("pointer", b"2", expected=first)
    with pytest.raises(Changed):
        storage.write("pointer", b"3", expected=first)
    with pytest.raises(Changed):
        storage.write("nowhere", b"3", expected=first)
    assert storage.read("pointer") == (b"2", second)
    storage.write("pointer", b"4", expected=ANY)

    def race(number: int) -> bool:
        try:
            storage.write("race", str(number).encode(), expected=NOTHING)
        except Changed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(race, range(8))) == 1


def test_a_whole_run_is_alone_and_slices_are_beside_each_other(storage: Storage) -> None:
    with storage.lock():
        for part in (None, Slice(1, 2)):
            with (
                pytest.raises(MachineError, match=f"held by process {os.getpid()} on"),
                storage.lock(part=part),
            ):
                pass
    with storage.lock(part=Slice(1, 2)), storage.lock(part=Slice(2, 2)):
        for part in (None, Slice(1, 2)):
            with pytest.raises(MachineError, match=f"process {os.getpid()} on"), storage.lock(part=part):
                pass
    with storage.lock():
        signals._do_last_acts()  # Ctrl-C: nobody has to wait until a lease went stale
        assert storage.address.startswith("/") or not storage.list(lease_module.LEASES)
        storage.write(lease_module.WHOLE, b"somebody else's by now")
    assert storage.list(lease_module.LEASES)
    assert signals._last_acts == []


def test_the_lease_of_a_dead_holder_is_taken_over_and_that_of_a_living_one_is_not(
    server: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_module, "STALE_S", 2.0)
    monkeypatch.setattr(lease_module, "HEARTBEAT_S", 0.5)
    address = f"s3://{BUCKET}/{tmp_path.name}"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom flows.store.storage import open_storage\n"
            "with open_storage(sys.argv[1]).lock():\n    print('held', flush=True)\n    time.sleep(600)",
            address,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        storage = open_storage(address)
        with pytest.raises(MachineError, match=f"process {holder.pid} on .*--wait"), storage.lock():
            pass
    finally:
        holder.kill()
        holder.wait()
    started = time.monotonic()
    with storage.lock(is_waiting=True):
        assert time.monotonic() - started < 30
        time.sleep(3.5)  # longer than a lease lasts that is not renewed
        with pytest.raises(MachineError, match=f"process {os.getpid()} on"), storage.lock():
            pass


def test_an_upload_that_breaks_leaves_what_was_there(server: dict[str, str], tmp_path: Path) -> None:
    """Whoever uploads is killed in the middle of the parts."""
    address = f"s3://{BUCKET}/{tmp_path.name}"
    storage = open_storage(address)
    storage.put(file_of(tmp_path, b"old"), "raw/x")
    large = tmp_path / "large"
    large.write_bytes(bytes(64 << 20))
    upload = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom pathlib import Path\nfrom flows.store.storage import open_storage\n"
            "storage = open_storage(sys.argv[1])\nprint('begun', flush=True)\n"
            "while True:\n    storage.put(Path(sys.argv[2]), 'raw/x')\n    print('done', flush=True)",
            address,
            str(large),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert upload.stdout is not None and upload.stdout.readline() == "begun\n"
    time.sleep(0.15)
    upload.kill()
    is_done = "done" in upload.communicate()[0]
    found = storage.list("raw/")["raw/x"].size_bytes
    assert found == (large.stat().st_size if is_done else 3)
    storage.put(file_of(tmp_path, b"new"), "raw/x")
    storage.get("raw/x", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"new"


def test_a_bucket_that_is_not_there_is_told_in_words(server: dict[str, str]) -> None:
    with pytest.raises(MachineError, match="no such bucket"), open_storage("s3://nobodys/x").lock():
        pass


def test_a_bucket_that_does_not_answer_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(objects_module, "RETRIES", 0)
    with pytest.raises(MachineError, match=r"s3://nowhere/x does not answer.*AWS_ENDPOINT_URL"):
        objects_module.ObjectStorage("s3://nowhere/x").read("ledger.sqlite")
    with pytest.raises(SettingsError, match="wanted s3://bucket/prefix"):
        objects_module.ObjectStorage("s3://")
