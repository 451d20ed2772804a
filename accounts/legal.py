"""The texts that people read and accept: numbered versions that stay readable for ever."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import LegalText, User
from portal.audit import trail
from portal.audit.origin import Origin


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a text: a subtitle, a paragraph or the items of a list."""

    kind: str
    lines: tuple[str, ...]


def fingerprint(*, title: str, body: str) -> str:
    """What proves later that a text is the one that was accepted (PRV-02)."""
    return hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()


def blocks(body: str) -> list[Block]:
    """The pieces of a plain text: «## » makes a subtitle, «- » an item of a list."""
    paragraphs = body.replace("\r\n", "\n").split("\n\n")
    return [_block(text.strip()) for text in paragraphs if text.strip()]


def _block(text: str) -> Block:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and text.startswith("## "):
        return Block("subtitle", (text[3:].strip(),))
    if all(line.startswith("- ") for line in lines):
        return Block("items", tuple(line[2:].strip() for line in lines))
    return Block("paragraph", (" ".join(lines),))


@transaction.atomic
def publish(
    *, kind: str, title: str, body: str, by: User, origin: Origin, now: datetime
) -> LegalText:
    """Put the next version of a text in force; the earlier ones stay as they were."""
    versions = LegalText.objects.select_for_update().filter(kind=kind)
    last = max(versions.values_list("version", flat=True), default=0)
    text = LegalText.objects.create(
        kind=kind,
        version=last + 1,
        title=title,
        body=body,
        sha256=fingerprint(title=title, body=body),
        published_at=now,
    )
    trail.record(
        action="legal.published",
        actor=by,
        subject=text,
        request_context=origin,
        details={"kind": kind, "version": text.version},
        at=now,
    )
    return text
