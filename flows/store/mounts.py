"""What kind of file system a path lies on."""

from pathlib import Path

NETWORK = {
    "9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "orangefs", "panfs", "smb3", "smbfs",
}  # fmt: skip
"""File systems that several machines may have mounted at once."""


def is_shared_over_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Tell whether ``path`` lies on a network share; False where the system does not say."""
    return _kind(path, mounts) in NETWORK


def _kind(path: Path, mounts: Path) -> str | None:
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    resolved = path.resolve()
    best: tuple[int, str] | None = None
    for line in lines:
        _, folder, kind, *_ = line.split(" ")
        place = Path(folder.replace("\\040", " "))
        if (resolved == place or place in resolved.parents) and (best is None or len(place.parts) >= best[0]):
            best = len(place.parts), kind
    return best[1] if best is not None else None
