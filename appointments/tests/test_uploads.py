"""What patients send is told by its content, cleaned, and kept out of reach (UPL-01)."""

import io
import os
import struct
import time
import zlib
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from appointments import uploads
from appointments.errors import UploadActive, UploadOfAnotherKind, UploadTooBig

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <<>>\n%%EOF\n"
SCRIPT = b"<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"
    return settings.UPLOADS_DIR


def picture(kind="JPEG", size=(40, 30), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **options)
    return out.getvalue()


def read(content):
    return uploads.read(io.BytesIO(content))


def bomb(width, height):
    """A PNG of a few bytes whose header promises that many pixels."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_again_as_jpeg(kind):
    kept = read(picture(kind))

    assert kept.mimetype == "image/jpeg"
    with Image.open(io.BytesIO(kept.content)) as again:
        assert (again.format, again.size) == ("JPEG", (40, 30))


def test_where_and_with_what_it_was_taken_is_forgotten():
    exif = Image.Exif()
    exif[0x010F] = "Camara de Rosa"
    exif[0x8825] = {1: "N", 2: (4.0, 36.0, 0.0)}

    kept = read(picture(exif=exif, comment=b"historia clinica"))

    assert b"Rosa" not in kept.content
    assert b"historia" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as again:
        assert dict(again.getexif()) == {}


def test_a_picture_lying_on_its_side_is_stood_up():
    exif = Image.Exif()
    exif[0x0112] = 6

    kept = read(picture(size=(40, 20), exif=exif))

    with Image.open(io.BytesIO(kept.content)) as again:
        assert again.size == (20, 40)


def test_what_hides_behind_a_picture_does_not_come_along():
    kept = read(picture() + SCRIPT + b"PK\x03\x04")

    assert b"script" not in kept.content
    assert b"PK\x03\x04" not in kept.content


def test_a_transparent_picture_gets_a_white_ground():
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")

    with Image.open(io.BytesIO(read(out.getvalue()).content)) as again:
        assert again.getpixel((0, 0)) == (255, 255, 255)


def test_a_pdf_is_kept_as_it_came():
    kept = read(PDF)

    assert (kept.mimetype, kept.content) == ("application/pdf", PDF)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
        b"<!doctype html>" + SCRIPT,
        b"GIF89a" + b"\0" * 40,
        b"MZ" + b"\0" * 100,
        b"PK\x03\x04" + b"\0" * 100,
        picture()[:200],
        b"\n" + PDF,  # the header is not where it belongs
        b"%PDF-1.7 and nothing else",
        PDF + b"\0" * 2000 + SCRIPT,  # another file after its end
        b"%PDF-" + SCRIPT,
    ],
    ids=[
        "nothing",
        "zeros",
        "svg",
        "html",
        "gif",
        "exe",
        "zip",
        "half",
        "late pdf",
        "no end",
        "pdf and more",
        "html called pdf",
    ],
)
def test_everything_else_is_refused(content):
    with pytest.raises(UploadOfAnotherKind):
        read(content)


@pytest.mark.parametrize(
    "word",
    [
        b"/JavaScript",
        b"/JS",
        b"/J#53",
        b"/Launch",
        b"/EmbeddedFiles",
        b"/Encrypt",
        b"/XFA",
    ],
)
def test_a_pdf_that_does_things_is_refused(word):
    with pytest.raises(UploadActive):
        read(PDF.replace(b"/Type", word + b" (x) /Type"))


def test_the_same_letters_inside_a_picture_of_the_pdf_are_no_program():
    page = b"stream\n\x00/JS \x01/Jav \nendstream\n"

    assert read(PDF.replace(b"trailer", page + b"trailer")).mimetype == uploads.PDF


def test_a_program_between_comments_that_look_like_a_stream_is_one():
    hidden = b"% stream\n2 0 obj <</S /JavaScript /JS (x)>> endobj\n% endstream\n"

    with pytest.raises(UploadActive):
        read(PDF.replace(b"trailer", hidden + b"trailer"))


def test_a_thousand_streams_without_end_keep_nobody_waiting():
    """A pattern of a whole stream took time by the square: hours for five megabytes (UPL-01)."""
    content = PDF[:9] + b"stream\n" * 700_000 + b"%%EOF"
    before = time.process_time()

    assert read(content).mimetype == uploads.PDF

    assert time.process_time() - before < 5


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_picture_with_a_broken_exif_is_refused_and_not_a_failure_of_ours():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camara"
    content = picture(exif=exif).replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02")

    with pytest.raises(UploadOfAnotherKind):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        PDF + b"\0" * uploads.LARGEST,
        bomb(60_000, 60_000),
        bomb(10_000, 10),
        bomb(7_000, 7_000),
    ],
    ids=["bytes", "bomb", "one long side", "many pixels"],
)
def test_too_big_is_refused_before_it_is_decoded(content):
    with pytest.raises(UploadTooBig):
        read(content)


def test_five_megabytes_are_still_taken():
    padded = (
        PDF[:-6] + b"%" + b"x" * (uploads.LARGEST - len(PDF) - 2) + b"\n" + PDF[-6:]
    )

    assert len(padded) == uploads.LARGEST
    assert read(padded).mimetype == uploads.PDF


def test_it_is_kept_under_a_name_of_ours(folder):
    path = uploads.keep(read(PDF))

    kept = folder / path
    assert kept.read_bytes() == PDF
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.stem) == 32
    with uploads.open_kept(path) as again:
        assert again.read() == PDF


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "aa/../../secret"])
def test_no_path_leaves_the_folder(folder, path):
    folder.mkdir()
    (folder.parent / "secret").write_text("no")

    with pytest.raises(FileNotFoundError):
        uploads.open_kept(path)


def test_only_files_of_before_are_found_for_the_purge(folder):
    now = timezone.now()
    old, new = uploads.keep(read(PDF)), uploads.keep(read(PDF))
    then = (now - timedelta(days=2)).timestamp()
    os.utime(folder / old, (then, then))

    assert list(uploads.kept_before(now - timedelta(days=1))) == [old]
    uploads.forget(old)
    assert not (folder / old).exists()
    assert (folder / new).exists()
