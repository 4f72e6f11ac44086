"""One writer at a time, also where the kernel gives no locks."""

import errno
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows import signals
from flows.store import lock as lock_module
from flows.store.lock import holder_of, store_lock
from flows.store.mounts import is_shared_over_network
from transforms.errors import MachineError

_HOLD = "import sys, time; from pathlib import Path; from flows.store.lock import store_lock\nwith store_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def other_holder(store: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(store)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    return holder


def test_a_second_writer_is_refused_with_the_name_of_the_first_and_let_in_when_it_is_killed(
    tmp_path: Path,
) -> None:
    holder = other_holder(tmp_path)
    with (
        pytest.raises(MachineError, match=f"process {holder.pid} on .*since 20.*--wait"),
        store_lock(tmp_path),
    ):
        pass
    threading.Timer(0.5, holder.kill).start()
    with store_lock(tmp_path, is_waiting=True):
        found = holder_of(tmp_path)
        assert found is not None and found.process_id == os.getpid()
    holder.wait()
    assert holder_of(tmp_path) is None


@pytest.fixture
def no_kernel_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock_module.fcntl, "flock", refuse)
    monkeypatch.setattr(lock_module, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(lock_module, "ASK_AGAIN_S", 0.02)


@pytest.mark.usefixtures("no_kernel_locks")
def test_without_kernel_locks_a_file_with_a_heartbeat_takes_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_module, "STALE_S", 1.0)
    with store_lock(tmp_path):
        first = (tmp_path / ".lock.owner").stat().st_mtime_ns
        with pytest.raises(MachineError, match=f"process {os.getpid()}"), store_lock(tmp_path):
            pass
        time.sleep(1.5)  # longer than a lock may be silent
        assert (tmp_path / ".lock.owner").stat().st_mtime_ns > first
        with pytest.raises(MachineError), store_lock(tmp_path):
            pass
        signals._do_last_acts()  # Ctrl-C: nobody has to wait until it went stale
        assert not (tmp_path / ".lock.owner").exists()
        (tmp_path / ".lock.owner").write_text("somebody else's by now")
    assert (tmp_path / ".lock.owner").exists()
    assert signals._last_acts == []


@pytest.mark.usefixtures("no_kernel_locks")
def test_the_lock_of_a_writer_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    owner = tmp_path / ".lock.owner"
    owner.write_text(json.dumps({"host": "gone", "process_id": 1, "command": "x", "started_at": "x"}))
    with pytest.raises(MachineError, match="process 1 on gone"), store_lock(tmp_path):
        pass
    os.utime(owner, (time.time() - 120, time.time() - 120))
    with store_lock(tmp_path):
        mine = owner.read_text()
        assert "gone" not in mine
        lock_module._remove_stale(
            owner, lock_module.Holder("gone", 1, "x", "x")
        )  # who also saw it was too late
        assert owner.read_text() == mine


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_store_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*arguments: object) -> int:
        raise OSError(number, os.strerror(number), "store/.lock")

    monkeypatch.setattr(lock_module.os, "open", refuse)
    with pytest.raises(MachineError, match=r"read-only|cannot be written"), store_lock(tmp_path):
        pass


def test_a_network_share_is_known_by_its_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\nserver:/x /mnt/share nfs4 rw 0 0\n/dev/vdb /mnt/share/local ext4 rw 0 0\n"
        "//server/y /mnt/with\\040space cifs rw 0 0\n"
    )
    found = {
        path: is_shared_over_network(Path(path), mounts)
        for path in (
            "/home",
            "/mnt/share/store",
            "/mnt/share/local/store",
            "/mnt/with space/store",
            "/mnt/shared",
        )
    }
    assert list(found.values()) == [False, True, False, True, False]
    assert not is_shared_over_network(Path("/home"), tmp_path / "nowhere")
