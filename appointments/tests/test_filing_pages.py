"""«Radicar solicitud»: the page that asks, the page of the number, and what is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship, User
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from appointments import filing, requests, waiting_list
from appointments.models import UnmetDemand, WaitingListEntry
from appointments.policies import MOST_WAITING
from appointments.tests import network as networks
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.addresses import page as wizard
from appointments.tests.network import at
from catalog import version
from catalog.models import Modality
from catalog.tests.factories import ProcedureFactory
from portal.messaging import gsm7, kinds
from portal.messaging.models import Channel, OutgoingMessage
from portal.ui import dates, workdays

pytestmark = pytest.mark.django_db
Status = WaitingListEntry.Status
TITLE = "Radique su solicitud"


def address(user, **more):
    query = {"convenio": "eps-andina", **ULTRASOUND, **more}
    token = user.patient.token
    return reverse("appointments:file_request", args=[token], query=query)


def filed_url(entry):
    return reverse("appointments:filed_request", args=[entry.pk])


def plain(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def boss(db):
    return User.objects.create_user(
        "boss", None, is_staff=True, is_superuser=True, created_at=timezone.now()
    )


@pytest.fixture
def entry(at_home, paciente):
    at_home.post(address(paciente))
    return WaitingListEntry.objects.get()


def test_page_says_what_is_asked_and_by_when(at_home, paciente):
    said = plain(at_home.get(address(paciente)))

    by = workdays.add_workdays(timezone.localdate(), 5)
    assert TITLE in said
    assert "Ecografía de abdomen total, presencial, Bogotá, cualquier sede." in said
    assert "EPS Alianza Andina" in said
    assert f"A más tardar el {dates.day(by)}" in said
    assert "Son 5 días hábiles." in said


def test_filing_leads_to_the_number(at_home, paciente, network):
    day = timezone.localdate() + timedelta(days=10)
    answer = at_home.post(address(paciente), {"fecha": day.isoformat()})

    entry = WaitingListEntry.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == filed_url(entry)
    assert entry.city == network.bogota
    assert entry.desired_day == day
    assert entry.search.startswith("convenio=eps-andina")
    said = plain(at_home.get(filed_url(entry)))
    assert entry.number in said
    assert dates.day_with_year(day) in said
    assert dates.day_with_year(entry.answer_by) in said
    assert "Todavía ninguna" in said
    assert UnmetDemand.objects.get(outcome="filed").count == 1


def test_pressed_twice_is_one_request(at_home, paciente):
    first, second = (at_home.post(address(paciente)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert WaitingListEntry.objects.count() == 1


def test_back_and_again_leads_to_the_same_request(at_home, paciente, entry):
    answer = at_home.get(address(paciente))
    assert answer["Location"] == filed_url(entry)


@pytest.mark.parametrize("name", ["list", "waiting_entry"])
def test_the_number_is_found_again_from_the_waiting_list(at_home, entry, name):
    args = [] if name == "list" else [entry.pk]

    page = at_home.get(reverse(f"appointments:{name}", args=args))

    assert f'href="{filed_url(entry)}"' in page.content.decode()


@pytest.mark.parametrize("day", ["ayer", "2020-01-01", "2999-01-01", "2026-02-31"])
def test_bad_day_shows_the_page_again(at_home, paciente, day):
    answer = at_home.post(address(paciente), {"fecha": day})
    assert answer.status_code == 422
    assert TITLE in plain(answer)
    assert not WaitingListEntry.objects.exists()


def test_a_day_written_without_zeros_is_a_day(at_home, paciente):
    first = timezone.localdate() + timedelta(days=9)
    written = f"{first.year}-{first.month}-{first.day}"

    at_home.post(address(paciente, cuando="desde", desde=written))

    assert WaitingListEntry.objects.get().first_day == first


def test_only_one_site_and_hours_are_kept(at_home, paciente, network):
    at_home.post(
        address(paciente, sede=network.suba.code, jornada="am", dia="lun", cuando="ya")
    )
    entry = WaitingListEntry.objects.get()
    assert list(entry.sites.all()) == [network.suba]
    assert (entry.part, entry.weekdays) == ("am", "1")
    assert "Sede Suba, Bogotá" in plain(at_home.get(filed_url(entry)))


@pytest.mark.parametrize("verb", ["get", "post"])
def test_with_times_free_there_is_nothing_to_file(at_home, paciente, network, verb):
    network.slots("eva", at(3, 9))
    answer = getattr(at_home, verb)(address(paciente))
    assert "/agenda/" in answer["Location"]
    assert not WaitingListEntry.objects.exists()


def test_open_question_is_asked_first(at_home, paciente):
    answer = at_home.get(address(paciente, ciudad=""))
    assert "/ciudad/" in answer["Location"]


def test_agreement_that_does_not_cover_it_is_no_way_in(at_home, paciente, network):
    network.eps.covers_everything = False
    network.eps.save()
    version.bump()
    answer = at_home.post(address(paciente))
    assert answer.status_code == 302
    assert not WaitingListEntry.objects.exists()


def test_agreement_that_they_do_not_have_asks_for_one(at_home, paciente):
    answer = at_home.post(address(paciente, convenio="nada"))
    assert answer.status_code == 302
    assert not WaitingListEntry.objects.exists()


def test_stranger_is_not_found(client, paciente, otra_paciente, at_home, entry):
    stranger = Client()
    stranger.force_login(otra_paciente)
    for page in (address(paciente), filed_url(entry)):
        assert stranger.get(page).status_code == 404
    assert stranger.post(address(paciente)).status_code == 404


def test_nobody_signed_in_is_asked_to(paciente, at_home, entry):
    for page in (address(paciente), filed_url(entry)):
        assert Client().get(page).status_code == 302


def test_guardian_files_for_their_child_until_it_is_over(client, network):
    guardian = networks.patient_of(network)
    row = GuardianshipFactory(asked_by=guardian)
    child = row.dependant
    CoverageFactory(patient=child, agreement=network.eps)
    client.force_login(guardian)
    own = address(guardian)
    answer = client.post(own.replace(str(guardian.patient.token), str(child.token)))
    entry = WaitingListEntry.objects.get()
    assert answer["Location"] == filed_url(entry)
    assert child.full_name in plain(client.get(filed_url(entry)))
    Guardianship.objects.filter(pk=row.pk).delete()
    assert client.get(filed_url(entry)).status_code == 404


def test_who_waits_without_a_number_has_no_such_page(at_home, paciente, entry):
    WaitingListEntry.objects.update(number=None)
    assert at_home.get(filed_url(entry)).status_code == 404


def test_too_many_is_said(at_home, paciente, network):
    for _ in range(MOST_WAITING):
        WaitingListEntry.objects.create(
            patient=paciente.patient,
            asked_by=paciente,
            agreement=network.eps,
            procedure=ProcedureFactory(),
            modality=Modality.IN_PERSON,
            first_day=timezone.localdate(),
            last_day=timezone.localdate(),
        )
    answer = at_home.post(address(paciente))
    assert answer.status_code == 409
    assert "ya espera varias citas" in plain(answer)


def test_the_empty_agenda_leads_here(at_home, paciente):
    said = plain(at_home.get(wizard(paciente, "agenda", **ULTRASOUND)))
    assert "Radicar solicitud" in said


# --- Its states --------------------------------------------------------------------


def test_offered_leads_to_the_offer(at_home, paciente, network, entry, boss):
    ContactDeviceFactory(user=paciente)
    (slot,) = network.slots("eva", at(6, 9))
    now = timezone.now()
    filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=boss, now=now)
    said = plain(at_home.get(filed_url(entry)))
    assert "Se liberó una hora y se la guardamos." in said
    assert reverse("appointments:waiting_entry", args=[entry.pk]) in said


def test_served_leads_to_the_appointment(at_home, paciente, network, entry, boss):
    ContactDeviceFactory(user=paciente)
    (slot,) = network.slots("eva", at(6, 9))
    now = timezone.now()
    offer = filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=boss, now=now)
    taken = waiting_list.accept(
        offer_id=offer.pk, patient=paciente.patient, by=paciente, now=now
    )
    said = plain(at_home.get(filed_url(entry)))
    assert "Ya tiene su cita." in said
    assert reverse("appointments:detail", args=[taken.pk]) in said
    assert f"{dates.moment(slot.start)}"[1:].replace("\xa0", " ") in said


def test_accepted_where_the_clinic_answers_is_said(
    at_home, paciente, network, entry, boss
):
    ContactDeviceFactory(user=paciente)
    network.schedules["eva"].booking = "request"
    network.schedules["eva"].save()
    version.bump()
    (slot,) = network.slots("eva", at(9, 9))
    now = timezone.now()
    offer = filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=boss, now=now)
    asked = waiting_list.accept(
        offer_id=offer.pk, patient=paciente.patient, by=paciente, now=now
    )
    said = plain(at_home.get(filed_url(entry)))
    assert "La sede debe confirmarla." in said
    assert reverse("appointments:request", args=[asked.pk]) in said


def accepted_by_request(paciente, network, entry, boss):
    """A request of a time of the list, which the clinic is still to accept."""
    ContactDeviceFactory(user=paciente)
    network.schedules["eva"].booking = "request"
    network.schedules["eva"].save()
    version.bump()
    (slot,) = network.slots("eva", at(9, 9))
    now = timezone.now()
    offer = filing.assign(entry_id=entry.pk, slot_id=slot.pk, by=boss, now=now)
    return waiting_list.accept(
        offer_id=offer.pk, patient=paciente.patient, by=paciente, now=now
    )


@pytest.mark.parametrize("who", ["clinic", "patient", "clock"])
def test_what_the_clinic_did_not_give_is_not_said(
    at_home, paciente, network, entry, boss, who
):
    asked = accepted_by_request(paciente, network, entry, boss)
    now = timezone.now()
    if who == "clinic":
        requests.decline(appointment_id=asked.pk, by=boss, reason="No", now=now)
    elif who == "patient":
        requests.withdraw(
            appointment_id=asked.pk, patient=paciente.patient, by=paciente, now=now
        )
    else:
        requests.expire(now=asked.answer_by + timedelta(minutes=1))

    said = plain(at_home.get(filed_url(entry)))
    assert "Usted aceptó una hora" not in said
    assert "Todavía ninguna" in said
    assert "La sede le responde a más tardar" in said
    own = reverse("appointments:waiting_entry", args=[entry.pk])
    assert "Usted aceptó una hora" not in plain(at_home.get(own))


def test_closed_says_why(at_home, paciente, entry, boss):
    now = timezone.now()
    reason = "Este servicio ya no se presta aquí"
    filing.close(entry_id=entry.pk, reason=reason, by=boss, now=now)
    said = plain(at_home.get(filed_url(entry)))
    assert "Cerrada por la sede" in said
    assert reason in said
    assert "Pedir otra cita" in said


def test_left_says_so(at_home, paciente, entry):
    waiting_list.leave(
        entry_id=entry.pk, patient=paciente.patient, by=paciente, now=timezone.now()
    )
    assert "Usted la retiró" in plain(at_home.get(filed_url(entry)))


def test_late_is_owned_up_to(at_home, entry):
    past = timezone.localdate() - timedelta(days=1)
    WaitingListEntry.objects.update(answer_by=past)
    said = plain(at_home.get(filed_url(entry)))
    assert "Se pasó la fecha en que debíamos responderle." in said


def test_page_costs_the_same_whatever_it_says(
    at_home, paciente, network, entry, django_assert_max_num_queries
):
    entry.sites.set([network.chapinero, network.suba])
    with django_assert_max_num_queries(14):
        at_home.get(filed_url(entry))


# --- What is told ------------------------------------------------------------------


@pytest.fixture
def reached(paciente):
    ContactDeviceFactory(user=paciente, destination="rosa@example.com")
    ContactDeviceFactory(
        user=paciente, channel=Channel.SMS, destination="+573105550178"
    )
    return paciente


def composed(kind, channel):
    message = OutgoingMessage.objects.get(kind=kind, channel=channel)
    return kinds.get(kind).compose(message, now=timezone.now())


@pytest.mark.parametrize("kind", ["appointments.filed", "appointments.filed_closed"])
def test_messages_say_the_number_and_nothing_clinical(reached, entry, boss, kind):
    if kind.endswith("closed"):
        filing.close(entry_id=entry.pk, reason="No", by=boss, now=timezone.now())
    email, sms = composed(kind, Channel.EMAIL), composed(kind, Channel.SMS)
    for said in (email.text, sms.text):
        assert entry.number in said
        assert "cografia" not in said
        assert "cografía" not in said
    assert "cografía" not in email.subject
    assert gsm7.fits(sms.text), sms.text
    assert filed_url(entry) in email.text


def test_filed_tells_by_when(reached, entry):
    email = composed("appointments.filed", Channel.EMAIL).text
    assert dates.day(entry.answer_by) in email


def test_filed_is_not_told_once_it_ended(reached, entry, boss):
    filing.close(entry_id=entry.pk, reason="No", by=boss, now=timezone.now())
    assert composed("appointments.filed", Channel.SMS) is None


def test_closed_tells_why_by_mail(reached, entry, boss):
    filing.close(
        entry_id=entry.pk, reason="Ya no se presta", by=boss, now=timezone.now()
    )
    assert (
        "La razón: Ya no se presta"
        in composed("appointments.filed_closed", Channel.EMAIL).text
    )
