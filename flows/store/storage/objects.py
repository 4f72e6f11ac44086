"""A store of objects behind S3: every object appears whole, and small ones can be written conditionally.

Large objects go up in parts, which become an object in one step when the last has arrived; what a broken upload leaves are
parts that nobody sees. A bucket that keeps them for ever is told to drop them by a lifecycle rule (docs/scale.md).
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from flows.addresses import Slice
from flows.store.atomic import atomic_file
from flows.store.storage.face import ANY, NOTHING, Changed, Found, Whatever
from transforms.errors import MachineError, SettingsError

Result = TypeVar("Result")

PART_BYTES = 8 << 20
RETRIES = 5
"""How often a request is tried again that the network or the server failed; each time twice as late."""
DELETED_AT_A_TIME = 1000
"""As many keys as one request of S3 may name."""


class ObjectStorage:
    """A prefix of a bucket; how it is reached is told by the variables that every client of S3 reads."""

    def __init__(self, address: str) -> None:
        bucket, _, prefix = address.removeprefix("s3://").rstrip("/").partition("/")
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        if not bucket:
            raise SettingsError(f"{address}: wanted s3://bucket/prefix")
        try:
            from obstore.store import S3Store
        except ModuleNotFoundError:
            raise SettingsError(
                f"{address}: what speaks to objects is not installed; pip install 'legjumps[s3]'"
            ) from None
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        options: dict[str, Any] = {}
        if endpoint:
            options |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        self._store: Any = S3Store(
            bucket,
            prefix=prefix or None,
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=60)},
            client_options={"allow_http": bool(endpoint and endpoint.startswith("http://"))},
            **options,
        )

    def put(self, file: Path, key: str) -> str:
        """Upload a file; it is an object when all of it has arrived."""
        import obstore

        result = self._told(
            lambda: obstore.put(self._store, key, file, mode="overwrite", chunk_size=PART_BYTES), key
        )
        return str(result["e_tag"])

    def get(self, key: str, file: Path) -> str:
        """Download an object beside its place, and rename it."""
        import obstore

        def download() -> str:
            found = obstore.get(self._store, key)
            with atomic_file(file) as aside:
                with aside.open("wb") as stream:
                    for piece in found.stream(min_chunk_size=PART_BYTES):
                        stream.write(piece)
                if aside.stat().st_size != found.meta["size"]:
                    raise MachineError(f"{self.address}/{key}: the download broke off; run again")
            return str(found.meta["e_tag"])

        return self._told(download, key)

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object."""
        import obstore

        def fetch() -> tuple[bytes, str]:
            found = obstore.get(self._store, key)
            return bytes(found.bytes()), str(found.meta["e_tag"])

        try:
            return self._told(fetch, key)
        except FileNotFoundError:
            return None

    def write(self, key: str, content: bytes, *, expected: str | Whatever = ANY) -> str:
        """Write a small object by a conditional request."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = {"e_tag": expected}
        if not isinstance(expected, str):
            mode = "create" if expected is NOTHING else "overwrite"
        try:
            result = self._told(lambda: obstore.put(self._store, key, content, mode=mode), key)
        except FileNotFoundError as error:
            if not isinstance(expected, str):  # what is not there is the bucket
                raise MachineError(
                    f"{self.address}: there is no such bucket; make it, or name another"
                ) from error
            raise Changed(f"{self.address}/{key} is gone") from error
        except (AlreadyExistsError, PreconditionError) as error:
            raise Changed(f"{self.address}/{key} holds something else than was expected") from error
        return str(result["e_tag"])

    def list(self, prefix: str) -> Mapping[str, Found]:
        """List in pages of a thousand; of the beginning of a name its one level first, so that a file costs one request."""
        import obstore

        folder, _, start = prefix.rpartition("/")
        found: dict[str, Found] = {}

        def collect() -> None:
            folders = [folder]
            if start:
                level = obstore.list_with_delimiter(self._store, folder or None)
                keep(level["objects"])
                folders = [str(inner) for inner in level["common_prefixes"] if str(inner).startswith(prefix)]
            for one in folders:
                for page in obstore.list(self._store, prefix=one or None, chunk_size=1000):
                    keep(page)

        def keep(page: Iterable[Any]) -> None:
            for meta in page:
                if str(meta["path"]).startswith(prefix):
                    found[str(meta["path"])] = Found(int(meta["size"]), str(meta["e_tag"]))

        self._told(collect, prefix)
        return found

    def delete(self, keys: Iterable[str]) -> None:
        """Delete a thousand at a time."""
        import obstore

        names = list(keys)
        for first in range(0, len(names), DELETED_AT_A_TIME):
            batch = names[first : first + DELETED_AT_A_TIME]
            try:
                self._told(partial(obstore.delete, self._store, batch), batch[0])
            except FileNotFoundError:  # some servers say so
                continue

    def move(self, old: str, new: str) -> None:
        """Copy within the bucket, then delete."""
        import obstore

        self._told(lambda: obstore.copy(self._store, old, new), old)
        self.delete([old])

    def age_s(self, key: str) -> float | None:
        """Return how long ago an object was written, by the clock of the bucket; None where it is not there."""
        import obstore

        probe = f"{key}.probe-{os.getpid()}"

        def ask() -> float:
            written = obstore.head(self._store, key)["last_modified"]
            obstore.put(self._store, probe, b"")
            now = obstore.head(self._store, probe)["last_modified"]
            obstore.delete(self._store, probe)
            return float((now - written).total_seconds())

        try:
            return self._told(ask, key)
        except FileNotFoundError:
            return None

    def lock(self, *, is_waiting: bool = False, part: Slice | None = None) -> AbstractContextManager[None]:
        """Take a lease."""
        from flows.store.storage.lease import lease

        return lease(self, is_waiting=is_waiting, part=part)

    def _told(self, ask: Callable[[], Result], key: str) -> Result:
        """Ask, and tell what the network or the bucket does as a fault of the machine."""
        from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError

        try:
            return ask()
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            raise
        except NotFoundError as error:
            raise FileNotFoundError(f"{self.address}/{key}") from error
        except BaseError as error:
            said = str(error).split("\n")[0][:400]
            raise MachineError(
                f"{self.address} does not answer as it should ({type(error).__name__}: {said}). Nothing is recorded against any "
                "file; see that address, credentials and AWS_ENDPOINT_URL are right, and run again"
            ) from error
