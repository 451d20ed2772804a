"""Documents as they are typed and as they are kept."""

import pytest

from accounts import documents


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("52.123.456", "52123456"),
        (" 52 123 456 ", "52123456"),
        ("52-123-456", "52123456"),
        ("ab-1234", "AB1234"),
        ("00123", "00123"),
    ],
)
def test_normalise(typed, kept):
    assert documents.normalise(typed) == kept


@pytest.mark.parametrize(
    ("kind", "number", "plausible"),
    [
        ("CC", "52123456", True),
        ("CC", "123", True),
        ("CC", "12", False),
        ("CC", "12345678901", False),
        ("CC", "٣١٠٥", False),
        ("CC", "5212345A", False),
        ("TI", "1020304050", True),
        ("TI", "123456789", False),
        ("CE", "E1234", True),
        ("PT", "1234567", True),
        ("PA", "AB1234", True),
        ("PA", "AB 1234", False),
        ("PA", "Ñ1234", False),
    ],
)
def test_is_plausible(kind, number, plausible):
    assert documents.is_plausible(kind, number) == plausible


@pytest.mark.parametrize(
    ("kind", "length", "only_digits"),
    [("CC", (3, 10), True), ("PT", (6, 8), True), ("PA", (4, 16), False)],
)
def test_shape_of_a_number(kind, length, only_digits):
    shape = documents.FORMATS[documents.DocumentType(kind)]

    assert (shape.length, shape.only_digits) == (length, only_digits)


def test_nobody_registers_with_a_document_of_the_desk():
    offered = [kind for kind, _ in documents.SELF_SERVICE_CHOICES]

    assert offered == ["CC", "TI", "RC", "CE", "PT", "PA", "CD", "SC"]
