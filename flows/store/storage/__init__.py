"""Where a store lies when it lies elsewhere: a folder that several processes write to, or a bucket of objects.

One face for both (Storage). A key is a path relative to the store with forward slashes. What is put is whole or not there; a
version tells one content of a key from the next, whatever their sizes.
"""

from functools import cache

from flows.addresses import is_remote
from flows.store.storage.face import ANY, NOTHING, Changed, Found, Storage

__all__ = ["ANY", "NOTHING", "Changed", "Found", "Storage", "open_storage"]


@cache
def open_storage(address: str) -> Storage:
    """Return the storage at an address, opened once in a process.

    Raises SettingsError where the address makes no sense, or what speaks to objects is not installed.
    """
    if is_remote(address):
        from flows.store.storage.objects import ObjectStorage

        return ObjectStorage(address)
    from flows.store.storage.folder import FolderStorage

    return FolderStorage(address)
