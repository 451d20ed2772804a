"""One number, whatever its spelling (AUT-14)."""

import pytest

from accounts import phones
from accounts.errors import NotAMobile


@pytest.mark.parametrize(
    "typed",
    [
        "3105550178",
        "310 555 0178",
        "310-555-01-78",
        "(310) 555.0178",
        "+573105550178",
        "+57 310 5550178",
        "00573105550178",
        "00 57 310 555 0178",
        "57 3105550178",
        "+57 0 310 555 0178",
        "0310 555 0178",
        "３１０５５５０１７８",
        "٣١٠٥٥٥٠١٧٨",
        "310\u00a0555\u20110178",
        "\u200e310 555 0178\u200f",
    ],
)
def test_spellings_of_one_number(typed):
    assert phones.e164(typed) == "+573105550178"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "31055501",
        "31055501789",
        "6015550100",
        "+576015550100",
        "+13105550178",
        "+52 310 555 0178",
        "00443105550178",
        "310555017a",
        "+57+573105550178",
        "\x00" * 10,
    ],
)
def test_what_is_not_a_colombian_mobile_is_refused(typed):
    with pytest.raises(NotAMobile):
        phones.e164(typed)


def test_prefix_is_the_block_of_a_thousand():
    assert phones.prefix("+573105550178") == phones.prefix("+573105550999")
    assert phones.prefix("+573105550178") != phones.prefix("+573105551178")
