"""Write files so that a crash, a full disk or a read-only folder never harms the old file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spectragui.core.errors import WriteError


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
        If the folder is missing or read-only, or the disk is full; the old file survives.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.stem}-", suffix="".join(target.suffixes[-2:])
        )
        os.close(handle)
    except OSError as error:
        raise _write_error(target, error) from error
    temporary = Path(name)
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
