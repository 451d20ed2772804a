"""Who asks to act for somebody, and what the clinic decides (ACC-03, ENU-01)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import consents, errors, guardianships, people
from accounts.guardianships import Claim
from accounts.models import (
    Consent,
    Guardianship,
    LegalText,
    Patient,
    PatientDocument,
)
from accounts.tests.factories import (
    ContactDeviceFactory,
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from accounts.tests.places import HERE
from portal.audit.models import AuditEvent
from portal.messaging import gsm7
from portal.messaging.models import Channel, OutgoingMessage
from portal.testing.clock import NOON
from portal.testing.deliver import deliver_all

pytestmark = pytest.mark.django_db
State, Relation = Guardianship.State, Guardianship.Relation
TODAY = NOON.date()
CHILD = Claim(
    relation=Relation.CHILD,
    document_type="TI",
    document_number="1099887766",
    given_names="Mateo",
    family_names="Martínez",
    birth_date=date(2019, 3, 27),
    sex=Patient.Sex.MALE,
)
MOTHER = replace(
    CHILD,
    relation=Relation.PARENT,
    document_type="CC",
    document_number="20123456",
    given_names="Ana Joaquina",
    family_names="Gómez",
    birth_date=date(1945, 5, 2),
    sex=Patient.Sex.FEMALE,
)


@pytest.fixture
def rosa():
    user = UserFactory()
    ContactDeviceFactory(user=user)
    ContactDeviceFactory(user=user, channel=Channel.SMS, destination="+573105550178")
    return user


@pytest.fixture
def desk():
    return UserFactory(staff=True)


@pytest.fixture
def text():
    return consents.current(LegalText.Kind.REPRESENTATIVE)


def ask(user, claim=CHILD, **changes):
    facts = {
        "consent_text": consents.current(LegalText.Kind.REPRESENTATIVE),
        "origin": HERE,
        "now": NOON,
    }
    return guardianships.ask(by=user, claim=claim, **facts | changes)


def approve(row, desk, **changes):
    facts = {
        "evidence": "Registro civil 1099887766 y cédula de la mamá",
        "end_date": None,
        "origin": HERE,
        "now": NOON,
    }
    return guardianships.approve(guardianship_id=row.pk, by=desk, **facts | changes)


def reject(row, desk, **changes):
    facts = {"reason": "El registro civil no la nombra", "origin": HERE, "now": NOON}
    return guardianships.reject(guardianship_id=row.pk, by=desk, **facts | changes)


def end(row, user, **changes):
    facts = {"reason": "Cambió la custodia", "origin": HERE, "now": NOON}
    return guardianships.end(guardianship_id=row.pk, by=user, **facts | changes)


def acts_for(user, on=TODAY):
    return list(people.acts_for(user, on=on).exclude(pk=user.patient_id))


def events():
    return [
        message.event.rpartition(":")[2]
        for message in OutgoingMessage.objects.order_by("created_at", "event")
    ]


# Asking.


def test_asking_keeps_what_was_typed_and_names_nobody(rosa):
    row = ask(rosa)

    assert (row.state, row.dependant, row.given_names) == (State.ASKED, None, "Mateo")
    assert acts_for(rosa) == []
    event = AuditEvent.objects.get(action="guardianship.asked")
    assert event.patient_ref == rosa.patient.token
    assert "1099887766" not in str(event.details)


def test_asking_for_a_known_and_an_unknown_document_is_the_same(rosa):
    """ENU-01, ENU-02: the same row, the same queries, whoever the clinic knows."""
    PatientFactory(document_type="TI", document_number="1099887766")
    UserFactory(patient__document_type="TI", patient__document_number="1077777777")
    seen = []
    for number in ("1099887766", "1077777777", "1000000009"):
        with CaptureQueriesContext(connection) as done:
            row = ask(rosa, replace(CHILD, document_number=number))
        seen.append((row.state, row.dependant, len(done)))

    assert len(set(seen)) == 1


def test_a_minor_needs_the_permission_of_who_asks(rosa):
    """Ley 1581, art. 7."""
    with pytest.raises(errors.RepresentativeMustConsent):
        ask(rosa, consent_text=None)


def test_the_permission_is_kept_with_its_evidence(rosa, text):
    row = ask(rosa)

    assert (row.consent_text, row.consent_at) == (text, NOON)
    assert (row.consent_address, row.consent_user_agent) == (
        HERE.address,
        HERE.user_agent,
    )


def test_an_adult_has_no_representative(rosa, text):
    row = ask(rosa, MOTHER, consent_text=text)

    assert (row.consent_text, row.consent_at) == (None, None)


@pytest.mark.parametrize(
    ("today", "refused"), [(date(2026, 3, 2), False), (date(2026, 3, 3), True)]
)
def test_a_grown_child_is_no_child(rosa, today, refused):
    claim = replace(CHILD, birth_date=date(2008, 3, 3))
    now = datetime(today.year, today.month, today.day, 17, tzinfo=UTC)

    if refused:
        with pytest.raises(errors.ChildIsAdult):
            ask(rosa, claim, now=now)
    else:
        ask(rosa, claim, now=now)


def test_nobody_is_their_own_guardian(rosa):
    own = replace(
        MOTHER, document_type="CC", document_number=rosa.patient.document_number
    )

    with pytest.raises(errors.OneselfClaimed):
        ask(rosa, own)


def test_the_same_document_is_asked_for_once(rosa):
    ask(rosa)

    with pytest.raises(errors.AlreadyAsked):
        ask(rosa)


def test_somebody_else_may_ask_for_the_same_document(rosa):
    ask(rosa)

    assert ask(UserFactory()).state == State.ASKED


def test_who_acts_already_does_not_ask(rosa, desk):
    approve(ask(rosa), desk)

    with pytest.raises(errors.AlreadyActing):
        ask(rosa)


def test_after_no_one_may_ask_again(rosa, desk):
    reject(ask(rosa), desk)

    assert ask(rosa).state == State.ASKED


def test_five_wait_at_most(rosa):
    for number in range(5):
        ask(rosa, replace(CHILD, document_number=f"109988776{number}"))

    with pytest.raises(errors.TooManyAsks):
        ask(rosa, replace(CHILD, document_number="1099887769"))


def test_ten_are_made_in_a_day(rosa):
    for _ in range(10):
        end(ask(rosa), rosa)

    with pytest.raises(errors.TooOften):
        ask(rosa)
    assert ask(rosa, now=NOON + timedelta(days=1, seconds=1)).state == State.ASKED


# Approving.


def test_approved_for_the_record_that_the_clinic_has(rosa, desk):
    record = PatientFactory(
        document_type="TI",
        document_number="1099887766",
        given_names="Mateo José",
        birth_date=date(2019, 3, 27),
    )

    row = approve(ask(rosa), desk)

    assert (row.dependant, row.start_date) == (record, TODAY)
    assert acts_for(rosa) == [record]
    assert AuditEvent.objects.get(action="guardianship.approved").actor == desk


def test_approved_for_a_record_under_a_former_document(rosa, desk):
    record = PatientFactory(
        document_type="TI", document_number="1000000001", birth_date=date(2019, 3, 27)
    )
    PatientDocument.objects.create(
        patient=record, document_type="TI", document_number="1099887766", until=NOON
    )

    assert approve(ask(rosa), desk).dependant == record


def test_a_provisional_record_of_that_document_is_nobodys(rosa, desk):
    """Design §6: what somebody typed in a registration is not the clinic's record."""
    typed = UserFactory(
        patient__document_type="TI",
        patient__document_number="1099887766",
        patient__provisional=True,
    )

    row = approve(ask(rosa), desk)

    assert row.dependant != typed.patient
    assert row.dependant.provisional is False


def test_a_record_is_made_of_what_the_papers_say(rosa, desk):
    made = approve(ask(rosa), desk).dependant

    assert (made.full_name, made.birth_date, made.sex, made.provisional) == (
        "Mateo Martínez",
        date(2019, 3, 27),
        Patient.Sex.MALE,
        False,
    )
    assert (made.phone, made.email) == ("", "")


def test_both_parents_of_a_new_child_share_one_record(rosa, desk):
    father = UserFactory()
    mothers, fathers = ask(rosa), ask(father)

    approve(mothers, desk)
    approve(fathers, desk)

    assert acts_for(rosa) == acts_for(father)


def test_the_minors_record_keeps_the_representatives_permission(rosa, desk, text):
    row = approve(ask(rosa), desk, now=NOON + timedelta(days=2))

    given = Consent.objects.get(patient=row.dependant)
    assert (given.text, given.given_by, given.given_at) == (text, rosa, NOON)
    assert (given.address, given.user_agent) == (HERE.address, HERE.user_agent)


def test_an_adults_record_has_nobody_elses_permission(rosa, desk):
    row = approve(ask(rosa, MOTHER), desk, evidence="Poder firmado")

    assert not Consent.objects.filter(patient=row.dependant).exists()


def test_evidence_is_needed(rosa, desk):
    with pytest.raises(errors.EvidenceMissing):
        approve(ask(rosa), desk, evidence="  ")


@pytest.mark.parametrize(
    "fields", [{"patient__provisional": True}, {"identity_confirmed_at": None}]
)
def test_who_is_not_identified_waits(desk, fields):
    """Design §6: half an identity acts for nobody."""
    stranger = UserFactory(**fields)
    row = ask(stranger)

    with pytest.raises(errors.IdentityNotConfirmed):
        approve(row, desk)
    assert acts_for(stranger) == []


def test_only_staff_decide(rosa):
    row = ask(rosa)

    for do in (approve, reject):
        with pytest.raises(errors.NotStaff):
            do(row, rosa)


def test_nobody_decides_about_their_own(rosa):
    rosa.is_staff = True
    rosa.save()
    row = ask(rosa)

    with pytest.raises(errors.NotStaff):
        approve(row, rosa)


def test_the_second_to_decide_is_told(rosa, desk):
    row = ask(rosa)
    approve(row, desk)

    for do in (approve, reject):
        with pytest.raises(errors.GuardianshipNotWaiting):
            do(row, UserFactory(staff=True))


def test_the_record_decides_the_age_not_what_was_typed(rosa, desk):
    PatientFactory(
        document_type="TI", document_number="1099887766", birth_date=date(2000, 1, 1)
    )

    with pytest.raises(errors.ChildIsAdult):
        approve(ask(rosa), desk)


def test_an_adult_that_turns_out_a_minor_needs_the_permission(rosa, desk):
    PatientFactory(
        document_type="CC", document_number="20123456", birth_date=date(2015, 1, 1)
    )

    with pytest.raises(errors.RepresentativeMustConsent):
        approve(ask(rosa, MOTHER), desk)


def test_an_inactive_record_is_not_given(rosa, desk):
    PatientFactory(document_type="TI", document_number="1099887766", active=False)

    with pytest.raises(errors.RecordInactive):
        approve(ask(rosa), desk)


def test_ones_own_former_document_gives_nobody(rosa, desk):
    PatientDocument.objects.create(
        patient=rosa.patient,
        document_type="TI",
        document_number="1099887766",
        until=NOON,
    )

    with pytest.raises(errors.OneselfClaimed):
        approve(ask(rosa), desk)


def test_until_the_day_that_the_papers_say(rosa, desk):
    last = TODAY + timedelta(days=30)

    row = approve(ask(rosa, MOTHER), desk, end_date=last)

    assert acts_for(rosa, on=last) == [row.dependant]
    assert acts_for(rosa, on=last + timedelta(days=1)) == []


def test_a_last_day_that_is_past_is_refused(rosa, desk):
    with pytest.raises(errors.EndsBeforeItBegins):
        approve(ask(rosa), desk, end_date=TODAY - timedelta(days=1))


def test_the_custody_of_a_minor_ends_at_eighteen_too(rosa, desk):
    row = approve(ask(rosa, replace(CHILD, relation=Relation.WARD)), desk)

    assert row.end_date == date(2037, 3, 26)


def test_after_it_ended_it_can_be_approved_again(rosa, desk):
    end(approve(ask(rosa), desk), rosa)

    assert approve(ask(rosa), desk).state == State.APPROVED


def test_one_whose_term_passed_does_not_stand_in_the_way(rosa, desk):
    first = approve(ask(rosa, MOTHER), desk, end_date=TODAY)
    later = NOON + timedelta(days=3)

    approve(ask(rosa, MOTHER, now=later), desk, now=later)

    first.refresh_from_db()
    assert (first.state, first.reason) == (State.ENDED, guardianships.TERM_OVER)


# Ending.


def test_the_guardian_ends_it(rosa, desk):
    row = approve(ask(rosa), desk)

    end(row, rosa)

    row.refresh_from_db()
    assert (row.state, row.reason) == (State.ENDED, guardianships.ENDED_BY_GUARDIAN)
    assert row.end_date == TODAY
    assert acts_for(rosa) == []


def test_the_adult_it_is_about_ends_it(rosa, desk):
    mother = UserFactory(
        patient__document_number="20123456", patient__birth_date=date(1945, 5, 2)
    )
    row = approve(ask(rosa, MOTHER), desk)

    end(row, mother)

    assert acts_for(rosa) == []
    assert "ended" in events()


def test_a_minor_with_an_account_does_not_end_it(rosa, desk):
    son = UserFactory(
        patient__document_type="TI",
        patient__document_number="1099887766",
        patient__birth_date=date(2010, 3, 27),
    )
    row = approve(ask(rosa, replace(CHILD, birth_date=date(2010, 3, 27))), desk)

    with pytest.raises(Guardianship.DoesNotExist):
        end(row, son)
    assert acts_for(rosa) == [son.patient]


def test_staff_end_it_with_a_reason(rosa, desk):
    row = approve(ask(rosa), desk)

    with pytest.raises(errors.ReasonMissing):
        end(row, desk, reason=" ")
    assert end(row, desk).reason == "Cambió la custodia"


def test_a_stranger_ends_nothing(rosa, desk):
    row = approve(ask(rosa), desk)

    with pytest.raises(Guardianship.DoesNotExist):
        end(row, UserFactory())
    with pytest.raises(Guardianship.DoesNotExist):
        guardianships.end(
            guardianship_id=uuid4(), by=rosa, reason="", origin=HERE, now=NOON
        )


def test_ended_twice_is_ended_once(rosa, desk):
    row = approve(ask(rosa), desk)

    end(row, rosa)
    end(row, desk, reason="Otra vez")

    row.refresh_from_db()
    assert row.reason == guardianships.ENDED_BY_GUARDIAN
    assert AuditEvent.objects.filter(action="guardianship.ended").count() == 1


def test_a_claim_is_withdrawn_by_who_made_it(rosa, desk):
    row = ask(rosa)

    end(row, rosa)

    with pytest.raises(errors.GuardianshipNotWaiting):
        approve(row, desk)


# What people are told.


def test_the_guardian_is_told_of_each_decision(rosa, desk, smtp_server, twilio_server):
    end(approve(ask(rosa), desk), desk)
    reject(ask(rosa, MOTHER), desk)

    deliver_all(NOON)

    subjects = sorted(mail.subject for mail in smtp_server.messages)
    assert subjects == [
        "No pudimos aprobar su solicitud",
        "Ya no tiene a una persona a su cargo",
    ]
    for message in twilio_server.messages:
        assert gsm7.fits(message.text)


@pytest.mark.parametrize("decide", [approve, reject])
def test_no_message_names_anybody(rosa, desk, smtp_server, twilio_server, decide):
    decide(ask(rosa), desk)

    deliver_all(NOON)

    (mail,), (sms,) = smtp_server.messages, twilio_server.messages
    for words in (mail.subject, mail.text, mail.html, sms.text):
        for secret in ("Mateo", "Mart", "1099887766", "registro"):
            assert secret not in words


def test_an_adult_hears_that_somebody_may_act_for_them(rosa, desk, smtp_server):
    mother = UserFactory(
        patient__document_number="20123456", patient__birth_date=date(1945, 5, 2)
    )
    ContactDeviceFactory(user=mother, destination="ana@example.com")

    approve(ask(rosa, MOTHER), desk)

    deliver_all(NOON)
    told = [mail for mail in smtp_server.messages if mail.to == "ana@example.com"]
    assert [mail.subject for mail in told] == [
        "Otra persona puede pedir citas por usted"
    ]


def test_an_adult_is_not_written_where_nobody_proved_to_be(rosa, desk):
    PatientFactory(
        document_number="20123456",
        birth_date=date(1945, 5, 2),
        email="ana@example.com",
    )

    approve(ask(rosa, MOTHER), desk)

    assert "entrusted" not in events()


def test_a_minor_is_told_nothing(rosa, desk):
    son = UserFactory(
        patient__document_type="TI",
        patient__document_number="1099887766",
        patient__birth_date=date(2010, 3, 27),
    )
    ContactDeviceFactory(user=son)

    approve(ask(rosa, replace(CHILD, birth_date=date(2010, 3, 27))), desk)

    assert "entrusted" not in events()


# Eighteen years.


def bogota(*moment):
    """That hour in Bogotá, as UTC."""
    return datetime(*moment, tzinfo=UTC) + timedelta(hours=5)


@pytest.mark.parametrize(
    ("born", "before", "after"),
    [
        (date(2008, 3, 3), (2026, 3, 2, 23, 30), (2026, 3, 3, 0, 30)),
        (date(2008, 1, 1), (2025, 12, 31, 23, 30), (2026, 1, 1, 0, 30)),
        # Born on 29 February, of age on 1 March, and not the night before.
        (date(2008, 2, 29), (2026, 2, 28, 23, 30), (2026, 3, 1, 0, 30)),
    ],
)
def test_a_childs_link_ends_at_the_midnight_of_bogota(rosa, born, before, after):
    row = GuardianshipFactory(
        asked_by=rosa, dependant__birth_date=born, start_date=date(2025, 1, 5)
    )
    earlier, later = bogota(*before), bogota(*after)

    assert guardianships.end_those_over(now=earlier) == 0
    assert acts_for(rosa, on=date(*before[:3])) == [row.dependant]
    assert acts_for(rosa, on=date(*after[:3])) == []
    assert guardianships.end_those_over(now=later) == 1

    row.refresh_from_db()
    assert (row.state, row.reason) == (State.ENDED, guardianships.CAME_OF_AGE)
    assert row.end_date == date(*before[:3])


def grown(user, **dependant):
    fields = {f"dependant__{name}": value for name, value in dependant.items()}
    return GuardianshipFactory(
        asked_by=user, dependant__birth_date=date(2008, 3, 1), **fields
    )


def test_the_young_adult_is_invited_once(rosa, smtp_server, twilio_server):
    row = grown(rosa, email="joven@example.com", phone="+573001112233")
    father = UserFactory()
    ContactDeviceFactory(user=father, destination="papa@example.com")
    GuardianshipFactory(asked_by=father, dependant=row.dependant)

    counts = [guardianships.end_those_over(now=NOON) for _ in range(2)]
    deliver_all(NOON)

    assert counts == [2, 0]
    to_the_young = [m for m in smtp_server.messages if m.to == "joven@example.com"]
    assert [m.subject for m in to_the_young] == ["Cree su cuenta de la Oficina Virtual"]
    assert "/registro/" in to_the_young[0].text
    assert len([m for m in twilio_server.messages if m.to == "+573001112233"]) == 1
    for message in twilio_server.messages:
        assert gsm7.fits(message.text)


def test_a_phone_that_is_the_guardians_is_not_the_young_adults(rosa, smtp_server):
    """Children carry the phone of their parents in their record."""
    rosa.patient.phone = "+573105550178"
    rosa.patient.save()
    grown(rosa, phone="310 555 0178", email="")

    guardianships.end_those_over(now=NOON)
    deliver_all(NOON)

    assert set(events()) == {"grown-untold"}
    (mail,) = smtp_server.messages
    assert "Cuéntele que puede crear su cuenta" in mail.text


def test_who_has_an_account_is_not_invited_to_make_one(rosa):
    row = grown(rosa)
    young = UserFactory(patient=row.dependant)
    ContactDeviceFactory(user=young, destination="joven@example.com")

    guardianships.end_those_over(now=NOON)

    assert "of-age" in events()
    assert "invited" not in events()


def test_a_term_that_passed_is_marked_and_told(rosa):
    row = GuardianshipFactory(
        asked_by=rosa,
        relation=Relation.PARENT,
        dependant__birth_date=date(1945, 5, 2),
        end_date=TODAY - timedelta(days=1),
    )

    assert guardianships.end_those_over(now=NOON) == 1

    row.refresh_from_db()
    assert (row.state, row.reason) == (State.ENDED, guardianships.TERM_OVER)
    assert set(events()) == {"ended"}


def test_custody_that_ended_at_eighteen_invites_too(rosa):
    row = grown(rosa, email="joven@example.com")
    row.relation, row.end_date = Relation.WARD, date(2026, 2, 28)
    row.save()

    guardianships.end_those_over(now=NOON)

    assert {"invited", "grown"} == set(events())


def test_a_news_that_is_no_longer_true_is_not_sent(rosa, desk, smtp_server):
    row = approve(ask(rosa), desk)
    end(row, rosa)

    deliver_all(NOON)

    assert smtp_server.messages == []
