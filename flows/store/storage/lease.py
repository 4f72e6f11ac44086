"""The lock of a store of objects: a small object that its holder writes anew every few seconds.

Nobody's clock is compared with another's: how old a lease is, is told by the bucket. One that was not renewed for STALE_S belongs to
a holder that is dead, or so far from the bucket that it can write nothing either; it is taken over by a write that
succeeds only where nobody else has. What a late holder still writes is parts that any run would write the same; what
could differ (ledger, published warehouse) is written conditionally.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict

from flows.addresses import Slice
from flows.progress import say
from flows.signals import on_signal
from flows.store.lock import ASK_AGAIN_S, HEARTBEAT_S, STALE_S, Holder, myself
from flows.store.storage.face import NOTHING, AgedStorage, Changed
from transforms.errors import MachineError

LEASES = ".leases/"
WHOLE = f"{LEASES}store.json"


@contextmanager
def lease(storage: AgedStorage, *, is_waiting: bool, part: Slice | None) -> Iterator[None]:
    """Hold a store of objects while the block runs; raises MachineError naming the holder where another does."""
    own = WHOLE if part is None else f"{LEASES}slice_{part.number}_of_{part.count}.json"
    version = _take(storage, own, part, is_waiting)
    is_over = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(storage, own, version, is_over), name="heartbeat", daemon=True
    )
    beat.start()

    def give_back() -> None:
        is_over.set()
        beat.join()  # a beat that is under way would bring it back
        with suppress(MachineError):  # it goes stale by itself
            if _is_ours(_holder(storage, own)):
                storage.delete([own])

    try:
        with on_signal(give_back):
            yield
    finally:
        give_back()


def _is_ours(holder: Holder | None) -> bool:
    """Tell whether nobody has taken the lease over."""
    me = myself()
    return holder is not None and (holder.host, holder.process_id) == (me.host, me.process_id)


def _take(storage: AgedStorage, own: str, part: Slice | None, is_waiting: bool) -> str:
    has_said = False
    while True:
        version = _create(storage, own)
        if version is not None:
            rivals = [key for key in storage.list(LEASES) if key != own and _is_rival(key, part)]
            rival = next((key for key in rivals if not _is_stale(storage, key)), None)
            if rival is None:
                return version
            storage.delete([own])
        else:
            rival = own
        holder = _holder(storage, rival)
        if not is_waiting:
            raise MachineError(
                f"{storage.address} is held by {holder or 'another run that did not say who it is'}. "
                "Wait for its end, or give --wait to have this run wait."
            )
        if not has_said:
            say(f"waiting for {storage.address}, held by {holder}")
            has_said = True
        time.sleep(ASK_AGAIN_S)


def _is_rival(key: str, part: Slice | None) -> bool:
    return key.endswith(".json") and (part is None or key == WHOLE)


def _create(storage: AgedStorage, key: str) -> str | None:
    """Write a lease where there is none, or none that is alive."""
    content = json.dumps(asdict(myself())).encode()
    try:
        return storage.write(key, content, expected=NOTHING)
    except Changed:
        found = storage.read(key)
        if found is None or not _is_stale(storage, key):
            return None
    try:
        return storage.write(key, content, expected=found[1])
    except Changed:
        return None


def _is_stale(storage: AgedStorage, key: str) -> bool:
    age_s = storage.age_s(key)
    return age_s is None or age_s > STALE_S


def _holder(storage: AgedStorage, key: str) -> Holder | None:
    found = storage.read(key)
    try:
        return None if found is None else Holder(**json.loads(found[0]))
    except (ValueError, TypeError):
        return None


def holder_of_lease(storage: AgedStorage) -> Holder | None:
    """Return who holds a store of objects, None where nobody does."""
    return None if _is_stale(storage, WHOLE) else _holder(storage, WHOLE)


def _beat(storage: AgedStorage, key: str, version: str, is_over: threading.Event) -> None:
    content = json.dumps(asdict(myself())).encode()
    beats = 0
    while not is_over.wait(HEARTBEAT_S):
        beats += 1
        try:
            # another content each time: where nothing changed a bucket may keep the version
            version = storage.write(key, content + b" " * (beats % 2 + 1), expected=version)
        except Changed:
            say(
                f"{storage.address}: the lease was taken over by {_holder(storage, key)}; what this run writes last is refused"
            )
            return
        except MachineError:  # the bucket is away for a moment; the next beat tells
            continue
