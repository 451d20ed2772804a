"""An e-mail written once: its plain text and its HTML say the same words.

The HTML is one column of 18 px with at most one button; everything is escaped
(INJ-02) and nothing in it points outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string


@dataclass(frozen=True)
class Line:
    """A paragraph; `strong` is said louder, at its end («Su código es: **482913**»)."""

    text: str
    strong: str = ""
    kind: str = "line"

    def plain(self) -> str:
        return f"{self.text} {self.strong}".strip()


@dataclass(frozen=True)
class Items:
    """A heading and a list under it."""

    heading: str
    items: Sequence[str]
    kind: str = "items"

    def plain(self) -> str:
        return "\n".join([self.heading, *(f"- {item}" for item in self.items)])


@dataclass(frozen=True)
class Links:
    """A heading and, under it, several places to go; each address is absolute and ours."""

    heading: str
    links: Sequence[tuple[str, str]]
    kind: str = "links"

    def plain(self) -> str:
        return "\n".join(
            [self.heading, *(f"- {label}: {url}" for label, url in self.links)]
        )


@dataclass(frozen=True)
class Button:
    """The one thing to do next. `url` is absolute and ours."""

    label: str
    url: str
    kind: str = "button"

    def plain(self) -> str:
        return f"{self.label}: {self.url}"


Block = Line | Items | Links | Button | str


@dataclass(frozen=True)
class Letter:
    """The same words twice."""

    text: str
    html: str


def letter(*blocks: Block) -> Letter:
    """Write the e-mail; a plain string is a paragraph. Signed by the network."""
    parts = [Line(block) if isinstance(block, str) else block for block in blocks]
    organisation = settings.ORGANISATION
    signature = f"{organisation['name']} · {organisation['phone']}"
    text = "\n\n".join([*(part.plain() for part in parts), f"-- \n{signature}"])
    html = render_to_string(
        "messaging/letter.html", {"blocks": parts, "signature": signature}
    )
    return Letter(text=text + "\n", html=html)
