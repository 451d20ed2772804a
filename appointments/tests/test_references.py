import pytest

from appointments import references


def test_reference_can_be_said_on_the_telephone():
    drawn = "".join(references.new() for _ in range(500))

    assert not set(drawn) & set("0O1I")
    assert len(drawn) == 8 * 500


def test_reference_has_its_hyphen_after_four():
    assert references.new()[4] == "-"


@pytest.mark.parametrize(
    ("typed", "reference"),
    [
        ("GY4K-72M", "GY4K-72M"),
        ("gy4k72m", "GY4K-72M"),
        (" gy4 k72 m ", "GY4K-72M"),
        ("GY4K-72", None),
        ("GY4K-720", None),
        ("", None),
    ],
)
def test_reference_as_people_write_it(typed, reference):
    assert references.clean(typed) == reference
