from portal.ops.checks import organisation_is_named


def test_an_invented_name_or_telephone_is_told(settings):
    settings.ORGANISATION = {**settings.ORGANISATION_OF_THE_DEMO, "name": "IPS Real"}

    (told,) = organisation_is_named(None)

    assert told.hint == "Configure ORG_PHONE."


def test_a_real_organisation_is_told_nothing(settings):
    settings.ORGANISATION = {"name": "IPS Real", "phone": "601 444 0000"}

    assert organisation_is_named(None) == []
