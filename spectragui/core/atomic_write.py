"""Write files so that a crash, a full disk or a read-only folder never harms the old file."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from spectragui.core.errors import WriteError

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be removed there
    fcntl = None  # type: ignore[assignment]

_MARK = "-spectragui-"  # no file of a user is called so
_LONGEST_STEM = 120  # bytes, so that a name is never too long for what is added to it


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that replaces it when the block ends well.

    Parameters
    ----------
    path : path-like
        The file to be written. The temporary name keeps its suffix, since some writers choose
        the format by it.

    Yields
    ------
    pathlib.Path
        Where to write.

    Raises
    ------
    WriteError
        If the folder is missing or read-only, the disk is full, or what is there is no ordinary file
        or read-only; the old file survives. A link is followed: what it leads to is replaced.
    """
    target = check_target(path)
    try:
        temporary, handle = _make_temporary(target)
    except OSError as error:
        raise _write_error(target, error) from error
    try:
        yield temporary
        _sync(temporary)
        _copy_permissions(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise _write_error(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def _make_temporary(target: Path) -> tuple[Path, int | None]:
    """Return a new file beside a target, and the handle that keeps it locked."""
    stem = target.stem.encode("utf-8", "ignore")[:_LONGEST_STEM].decode("utf-8", "ignore")
    prefix, suffix = f".{stem}{_MARK}", "".join(target.suffixes[-2:])
    _clear_abandoned(target.parent, prefix, suffix)
    while True:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=prefix, suffix=suffix)
        temporary = Path(name)
        if fcntl is None:
            os.close(handle)
            return temporary, None
        with contextlib.suppress(OSError):  # of a file system that cannot lock
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if temporary.exists():  # else it was taken for abandoned before it was locked
            return temporary, handle
        os.close(handle)


def _clear_abandoned(folder: Path, prefix: str, suffix: str) -> None:
    """Remove the temporary files of one target whose writer was killed: nobody keeps them locked."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(prefix) and name.endswith(suffix):
                _remove_unlocked(folder / name)


def _remove_unlocked(path: Path) -> None:
    assert fcntl is not None
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(handle)


def check_target(path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]] = ()) -> Path:
    """Return the file that is written under a name, links undone; refuse one that must not be written.

    Parameters
    ----------
    path : path-like
    inputs : iterable of path-like
        Files that the work reads: they are never written over, under whatever name.

    Raises
    ------
    WriteError
        If it is one of the inputs, a folder, a pipe or a device, read-only, or a link that leads nowhere.
    """
    named = Path(path)
    if any(_is_same(named, Path(other)) for other in inputs):
        raise WriteError(
            f"{named.name} is a file that is read from: it is not written over.", "Choose another name."
        )
    target = Path(os.path.realpath(named))
    try:
        facts = target.lstat()
    except FileNotFoundError:
        return target
    except OSError as error:
        raise _write_error(target, error) from error
    if not stat.S_ISREG(facts.st_mode):
        raise WriteError(f"{named.name} is no ordinary file; nothing was written.", "Choose another name.")
    if not facts.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise WriteError(
            f"{named.name} is read-only; it was left alone.",
            "Change its permissions, or choose another name.",
        )
    return target


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def write_bytes_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path``, all of it or nothing."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``, all of it or nothing."""
    write_bytes_atomically(path, text.encode())


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _copy_permissions(target: Path, temporary: Path) -> None:
    # mkstemp makes files that only their owner can read; a table is meant to be shared.
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    temporary.chmod(mode)


def _write_error(target: Path, error: OSError) -> WriteError:
    reason = error.strerror or str(error)
    return WriteError(
        f"{target.name} could not be written in {target.parent}: {reason}.",
        "The old file, if there was one, is unchanged. Choose another folder.",
    )
