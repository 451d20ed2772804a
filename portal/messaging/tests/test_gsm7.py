"""The alphabet of text messages (ux.md §7)."""

import pytest

from portal.messaging import gsm7


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("código, sábado, miércoles", "codigo, sabado, miércoles"),
        ("¿Mañana? ¡Sí!", "¿Mañana? ¡Si!"),
        ("PINGÜINO ÁÉÍÓÚ Ñ", "PINGÜINO AÉIOU Ñ"),
        ("«8:20\u00a0a.\u202fm.» – “hoy”…", '"8:20 a. m." - "hoy"...'),
        ("nin\u0303o", "niño"),
        ("salud 🩺 中", "salud  "),
        ("a\x00b\x1bc\td", "abc d"),
        ("", ""),
    ],
)
def test_clean(text, written):
    assert gsm7.clean(text) == written


def test_clean_text_is_always_gsm7():
    everything = "".join(map(chr, range(0x3000)))
    assert gsm7.is_gsm7(gsm7.clean(everything))


def test_the_alphabet_has_its_127_characters():
    assert len(set(gsm7.BASIC)) == len(gsm7.BASIC) == 127


@pytest.mark.parametrize(
    ("text", "one_message"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("código", False),
    ],
)
def test_fits(text, one_message):
    assert gsm7.fits(text) is one_message
