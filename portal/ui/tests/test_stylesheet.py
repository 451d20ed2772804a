"""The colours keep their contrast, and a page stays light."""

import gzip
import re

import pytest
from django.conf import settings

CSS = (settings.BASE_DIR / "static" / "app.css").read_text()
TEXTS = [
    ("ink", "bg"),
    ("ink", "surface"),
    ("ink", "tint"),
    ("ink", "tint-2"),
    ("ink-2", "bg"),
    ("ink-2", "surface"),
    ("ink-2", "tint"),
    ("link", "bg"),
    ("link", "surface"),
    ("link", "tint"),
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
    ("on-band", "band"),
    ("on-accent", "accent"),
    ("ok", "ok-bg"),
    ("warn", "warn-bg"),
    ("bad", "bad-bg"),
    ("bad", "surface"),
    ("bad", "bg"),
    ("info", "info-bg"),
]
BORDERS = [
    ("line-strong", "surface"),
    ("line-strong", "bg"),
    ("brand", "surface"),
    ("brand", "tint-2"),
    ("bad", "surface"),
    ("focus", "bg"),
    ("focus", "surface"),
]


def tokens(scheme: str) -> dict[str, str]:
    """The colours of :root; the dark ones stand over the light ones."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    source = light if scheme == "light" else light + dark
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", source))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXTS)
def test_text_has_a_contrast_of_seven(scheme, front, back):
    colours = tokens(scheme)

    assert contrast(colours[front], colours[back]) >= 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), BORDERS)
def test_borders_and_focus_have_a_contrast_of_three(scheme, front, back):
    colours = tokens(scheme)

    assert contrast(colours[front], colours[back]) >= 3


def test_a_page_with_its_stylesheet_is_under_20_kb(client):
    page = client.get("/").content

    sizes = [len(gzip.compress(text)) for text in (page, CSS.encode())]

    assert sum(sizes) < 20_000


def test_nothing_is_fetched_from_elsewhere():
    assert re.findall(r"url\(|@import|https?:", CSS) == []
