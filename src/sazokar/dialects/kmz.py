"""KMZ: a zip archive that holds one KML document; opened in memory, bounded while it expands. Knows nothing of KML."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from sazokar.dialects.fields import counted
from sazokar.dialects.reading import GREATEST_BYTES, require_size
from sazokar.errors import LimitError, UnreadableError

GREATEST_ENTRIES: Final = 1_000
"""A KMZ holds at most this many entries."""
GREATEST_RATIO: Final = 200
"""Its document expands to at most this many times its compressed size (and 1 MiB more)."""

_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_STEP: Final = 64 * 1024
_ENTRY_HEADER: Final = b"PK\x01\x02"


def is_kmz(content: bytes) -> bool:
    """Return whether a file begins as a zip archive does."""
    return content.startswith(_MAGIC)


def document_of(content: bytes, file: str) -> bytes:
    """Return the KML document of a KMZ: `doc.kml`, else the first entry at the root that ends in `.kml`, else any.

    The limits hold while the bytes come, not by what the archive says of itself.

    Raises:
        LimitError: More entries, bytes or expansion than stated.
        UnreadableError: No zip archive, an encrypted or damaged one, or one without a KML document.
    """
    require_size(content, file)
    if content.count(_ENTRY_HEADER) > 2 * GREATEST_ENTRIES:
        # The directory is read as a whole by the library: refuse before it makes a million objects of it.
        raise LimitError(f"{file}: found more than {GREATEST_ENTRIES:,} entries; expected at most that")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _expand(archive, _document(archive.infolist(), file), file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise UnreadableError(
            f"{file}: found a KMZ that cannot be opened ({error}); expected a sound zip archive"
        ) from error


def _document(entries: list[zipfile.ZipInfo], file: str) -> zipfile.ZipInfo:
    if len(entries) > GREATEST_ENTRIES:
        raise LimitError(f"{file}: found {len(entries):,} entries; expected at most {GREATEST_ENTRIES:,}")
    documents = [entry for entry in entries if entry.filename.lower().endswith(".kml")]
    if not documents:
        raise UnreadableError(
            f"{file}: found {counted(len(entries), 'entry')}, none that ends in .kml; expected doc.kml"
        )
    return min(documents, key=lambda entry: (entry.filename.lower() != "doc.kml", entry.filename.count("/")))


def _expand(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> bytes:
    bound = min(GREATEST_BYTES, GREATEST_RATIO * entry.compress_size + 1024 * 1024)
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while part := stream.read(_STEP):
            size += len(part)
            if size > bound:
                raise LimitError(
                    f"{file}: found more than {bound:,} bytes in {entry.filename}, "
                    f"from {entry.compress_size:,} compressed; "
                    f"expected at most {GREATEST_BYTES:,} bytes and {GREATEST_RATIO} times the compressed size"
                )
            parts.append(part)
    return b"".join(parts)
