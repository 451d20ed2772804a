"""A picture or a PDF that a patient sends: told by its content, cleaned, kept out of reach (UPL-01).

Pictures are decoded and written again, so that what is kept is a picture and nothing
else: no place, no camera, no second file behind the first. A PDF is kept as it came,
after a look for what makes one dangerous; what its compressed parts hold is not looked
at, and whoever opens it gets a download, never a page of ours.
"""

import hashlib
import io
import re
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from PIL import Image, ImageOps

from appointments.errors import UploadActive, UploadOfAnotherKind, UploadTooBig

LARGEST = 5 * 1024 * 1024
LONGEST_SIDE = 8_000
MOST_PIXELS = 40_000_000
KEPT_SIDE = 2_400
PICTURES = ("JPEG", "PNG", "WEBP")
# Pillow's words for «this is no picture» are many: a broken EXIF says some of these.
NO_PICTURE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    SyntaxError,
    EOFError,
    struct.error,
)
JPEG, PDF = "image/jpeg", "application/pdf"
ENDINGS = {JPEG: "jpg", PDF: "pdf"}
# The end of a PDF stands at the end: what follows it would be another file.
TAIL = 1024

_BEGINS, _ENDS = re.compile(rb"\bstream\r?\n"), b"endstream"
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|Encrypt|GoToE|SubmitForm)"
    rb"(?![A-Za-z])"
)
# So short that compressed data has it by chance: looked for outside of streams only.
_SHORT = re.compile(rb"/JS(?![A-Za-z])")


class Readable(Protocol):
    """An open file, or what a form received."""

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that may be kept."""

    content: bytes
    mimetype: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read(file: Readable) -> Upload:
    """What was sent, if it is what we take. Its name and declared type say nothing.

    Raises UploadTooBig, UploadOfAnotherKind or UploadActive.
    """
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UploadTooBig
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return Upload(content, PDF)
    return Upload(_picture_again(content), JPEG)


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-TAIL:]:
        raise UploadOfAnotherKind
    # Names as they are meant: «/J#53» is «/JS».
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    # Also inside of streams: what looks like one may stand in a comment.
    if _ACTIVE.search(plain) or _SHORT.search(_outside_streams(plain)):
        raise UploadActive


def _outside_streams(content: bytes) -> bytes:
    """In one pass: a pattern of a whole stream looks to the end of the file from each
    beginning that has no end, and a small file of beginnings would keep us for hours."""
    pieces, at = [], 0
    while begins := _BEGINS.search(content, at):
        ends = content.find(_ENDS, begins.end())
        if ends < 0:
            break
        pieces.append(content[at : begins.start()])
        at = ends + len(_ENDS)
    return b" ".join([*pieces, content[at:]])


def _picture_again(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as picture:
            # The header says the size; nothing is decoded before it is accepted.
            _check_size(*picture.size)
            picture.draft("RGB", (KEPT_SIDE, KEPT_SIDE))
            return _written(picture)
    except Image.DecompressionBombError as error:
        raise UploadTooBig from error
    except NO_PICTURE as error:
        raise UploadOfAnotherKind from error


def _check_size(width: int, height: int) -> None:
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise UploadTooBig


def _written(picture: Image.Image) -> bytes:
    """Upright, on white, without anything but its pixels."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        upright = ground
    plain = upright.convert("RGB")
    plain.thumbnail((KEPT_SIDE, KEPT_SIDE))
    # A new picture: nothing that came along in `info` can follow.
    clean = Image.new("RGB", plain.size)
    clean.paste(plain)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def keep(upload: Upload) -> str:
    """Write it under a name that says nothing; the path relative to the folder."""
    name = secrets.token_hex(16)
    path = f"{name[:2]}/{name}.{ENDINGS[upload.mimetype]}"
    target = _root() / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        file.write(upload.content)
    target.chmod(0o600)
    return path


def open_kept(path: str) -> BinaryIO:
    """The file of a row. Raises FileNotFoundError; a path that leaves the folder is none."""
    target = (_root() / path).resolve()
    if not target.is_relative_to(_root()):
        raise FileNotFoundError(path)
    return target.open("rb")


def kept_before(moment: datetime) -> Iterator[str]:
    """The paths of the files that were written before that moment."""
    root = _root()
    if not root.exists():
        return
    for file in root.glob("*/*"):
        if file.is_file() and file.stat().st_mtime < moment.timestamp():
            yield file.relative_to(root).as_posix()


def forget(path: str) -> None:
    (_root() / path).unlink(missing_ok=True)


def _root() -> Path:
    return Path(settings.UPLOADS_DIR).resolve()
