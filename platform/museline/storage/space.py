"""A full disk, said in words instead of an error number."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from museline.errors import StorageError

_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
}


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns what the operating system says of a full or read-only disk into a StorageError.

    `folder` is where the block writes; its disk's free space is said if the error names no file.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _WORDS:
            raise
        raise full_disk(error, folder) from error


def full_disk(error: OSError, folder: Path) -> StorageError:
    """The error for people; see `storage_errors`."""
    file = Path(str(error.filename)) if error.filename else folder
    existing = next(each for each in (file, *file.parents, Path.cwd()) if each.exists())
    free = shutil.disk_usage(existing).free / 1e6
    return StorageError(
        f"{_WORDS[error.errno or errno.ENOSPC]}: what was being written is not finished",
        value=f"{file} ({free:.1f} MB free there)",
        mend="free some space, or use another disk (MUSELINE_HOME=OTHER_FOLDER muse ...), "
        "then run the same command again: finished steps are kept",
    )


def is_full_disk(error: OSError) -> bool:
    return error.errno in _WORDS
