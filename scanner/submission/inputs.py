"""Opens what is to be explained: refuses what is no text, decodes, and yields masked lines of bounded length.

A file is never held in memory as a whole: what is no message is read in lines, and a line keeps its first 64 KiB.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from scanner.errors import UsageError
from scanner.submission.masking import Masker

__all__ = ["HEAD", "MAX_LINE", "MAX_MESSAGE", "Input", "masked_lines", "open_file"]

HEAD: Final = 262_144
"""Octets that are looked at to see what kind of input it is."""
MAX_LINE: Final = 65_536
"""Characters of a line that are kept."""
MAX_MESSAGE: Final = 8_388_608
"""Octets of a message that are read; the original that a bounce carries may be longer and is not needed."""
_CHUNK: Final = 65_536

_MAGIC: Final = (
    (b"\x1f\x8b", "is compressed with gzip; run: zcat FILE | mailready explain -"),
    (b"PK\x03\x04", "is a ZIP file or an Office document; unpack it and give the file in it"),
    (b"\xd0\xcf\x11\xe0", "is an Outlook message (.msg); save it as .eml, or copy its text"),
    (b"%PDF", "is a PDF; copy its text"),
    (b"\x89PNG", "is a picture; type the reply that it shows"),
    (b"\xff\xd8\xff", "is a picture; type the reply that it shows"),
    (b"GIF8", "is a picture; type the reply that it shows"),
    (b"BZh", "is compressed with bzip2; run: bzcat FILE | mailready explain -"),
    (b"\xfd7zXZ", "is compressed with xz; run: xzcat FILE | mailready explain -"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; run: zstdcat FILE | mailready explain -"),
    (b"\x7fELF", "is a program"),
)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(slots=True)
class Input:
    """An open input: its name, its beginning, how it is encoded, and the rest."""

    name: str
    head: bytes
    encoding: str
    rest: BinaryIO | None = field(repr=False, default=None)

    @property
    def complete(self) -> bool:
        """The head is all there is."""
        return len(self.head) < HEAD

    def text(self) -> str:
        """The head as text."""
        return self.head.decode(self.encoding, "replace")

    def octets(self) -> bytes:
        """The whole, up to MAX_MESSAGE octets."""
        more = self.rest.read(MAX_MESSAGE - len(self.head)) if self.rest and not self.complete else b""
        return self.head + more

    def lines(self) -> Iterator[str]:
        """Every line without its end, decoded; an overlong one keeps its beginning."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        kept, skipping = "", False
        for chunk in itertools.chain([self.head], self._chunks()):
            *whole, kept_next = (kept + decoder.decode(chunk)).split("\n")
            for line in whole:
                if skipping:
                    skipping = False
                    continue
                yield line[:MAX_LINE].removesuffix("\r")
            kept = kept_next
            if len(kept) > MAX_LINE:
                if not skipping:
                    yield kept[:MAX_LINE]
                kept, skipping = "", True
        last = kept + decoder.decode(b"", final=True)
        if last and not skipping:
            yield last[:MAX_LINE].removesuffix("\r")

    def _chunks(self) -> Iterator[bytes]:
        while self.rest and not self.complete and (chunk := self.rest.read(_CHUNK)):
            yield chunk


def masked_lines(lines: Iterator[str]) -> Iterator[str]:
    """The lines without secrets."""
    return map(Masker().line, lines)


def open_file(stream: BinaryIO, name: str) -> Input:
    """An input over a stream. Raises UsageError where it is no text, saying what it is and what to do."""
    try:
        head = stream.read(HEAD)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}.") from None
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise UsageError(f"{name}: {what.replace('FILE', Path(name).name)}.")
    encoding = next((encoding for bom, encoding in _BOMS if head.startswith(bom)), "utf-8")
    if encoding != "utf-16":
        zero = head.find(b"\0")
        if zero >= 0 and head[1:8:2] == b"\0\0\0\0":
            encoding = "utf-16-le"
        elif zero >= 0:
            raise UsageError(
                f"{name}: octet {zero + 1} is a zero, so it is no text; give a log, a transcript, a message (.eml) or the reply's text."
            )
    strange = sum(octet < 0x20 and octet not in b"\t\n\r\x0b\x0c\x1b\x08" for octet in head[:8192])
    if encoding == "utf-8" and strange > 64 and strange * 10 > len(head[:8192]):
        raise UsageError(
            f"{name}: is no text but other data; give a log, a transcript, a message (.eml) or the reply's text."
        )
    return Input(name, head, encoding, stream)
