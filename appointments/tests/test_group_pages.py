"""From a plan that is held to one voucher with all, and cancelling them together."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import Consent, Guardianship, LegalText
from accounts.tests.factories import (
    ContactDeviceFactory,
    CoverageFactory,
    GuardianshipFactory,
)
from appointments import groups
from appointments.models import (
    Appointment,
    CancellationPolicy,
    Schedule,
    ServiceRequest,
)
from appointments.tests.network import patient_of
from appointments.tests.together import BASKET, confirmed, held, url
from catalog import instructions, version
from catalog.instructions import Step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("legal_texts")]
Status = Appointment.Status
VIRTUAL = ("luis", "virtual")
ACCEPTED = {"acepto": "on", "version": 1}


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def states(group):
    return list(group.appointments.order_by("start").values_list("status", flat=True))


def lapse(group):
    group.appointments.update(hold_expires_at=timezone.now() - timedelta(seconds=1))


def by_request(network, name):
    Schedule.objects.filter(pk=network.schedules[name].pk).update(booking="request")
    version.bump()


@pytest.fixture
def group(paciente, network):
    ContactDeviceFactory(user=paciente)
    instructions.publish(
        about=network.ultrasound,
        steps=[
            Step(
                "No coma ni beba nada desde las {hora}. Son 6 horas de ayuno.",
                minutes_before=360,
                fasting=True,
            ),
            Step("Orden médica", kind="bring"),
        ],
        now=timezone.now(),
    )
    return held(paciente, network)


@pytest.fixture
def son(paciente, network):
    found = GuardianshipFactory(asked_by=paciente).dependant
    CoverageFactory(patient=found, agreement=network.eps)
    return found


@pytest.fixture
def family(paciente, network, son):
    return held(
        paciente, network, names=("ana", "general"), patients=(paciente.patient, son)
    )


# --- Recommendations ---------------------------------------------------------------


def test_recommendations_are_by_appointment(at_home, group):
    response = at_home.get(url("instructions", group))

    said = text(response)
    assert "Lea esto antes de sus 3 citas" in said
    assert 'id="cita-1">8:00 a. m. Ecografía de abdomen total</h2>' in said
    assert 'id="cita-2">9:00 a. m. Cardiología</h2>' in said
    assert "<b>No coma ni beba nada desde las 2:00 a. m.</b>" in said
    assert "Le guardamos estas 3 horas hasta las" in said


def test_recommendations_say_for_whom(at_home, family, son):
    assertContains(at_home.get(url("instructions", family)), f", {son.given_names}")


def test_one_of_a_group_leads_to_its_page(at_home, group):
    one = group.appointments.first()

    for name in ("instructions", "review", "detail", "consent"):
        response = at_home.get(reverse(f"appointments:{name}", args=[one.pk]))
        assertRedirects(
            response, url("instructions", group), fetch_redirect_response=False
        )
    for name in ("confirm", "extend", "release"):
        at_home.post(reverse(f"appointments:{name}", args=[one.pk]))
    assert states(group) == [Status.HELD] * 3


def test_order_that_was_promised_is_asked_for(at_home, group):
    assertContains(at_home.get(url("instructions", group)), "Falta un papel")


def test_more_time_is_given_once(at_home, group):
    at_home.post(url("extend", group), {"volver": "revisar"})
    again = at_home.post(url("extend", group), follow=True)

    assertContains(again, "Ya le dimos más tiempo.")
    assertNotContains(again, "Necesito más tiempo")


# --- Consent -----------------------------------------------------------------------


def test_consent_only_where_one_is_by_video(at_home, paciente, network):
    group = held(paciente, network, names=VIRTUAL)
    at_home.post(url("instructions", group))

    asked = at_home.get(url("review", group))
    assertRedirects(asked, url("consent", group), fetch_redirect_response=False)
    page = at_home.get(url("consent", group))
    assertContains(page, "Medicina general</li>")
    assertNotContains(page, "Ecografía de abdomen total</li>")
    at_home.post(url("consent", group), ACCEPTED)

    assert Consent.objects.filter(text__kind=LegalText.Kind.TELEHEALTH).count() == 1
    assert at_home.get(url("review", group)).status_code == 200


def test_consent_is_for_each_person_of_the_family(at_home, paciente, network, son):
    group = held(
        paciente,
        network,
        names=("virtual", "virtual"),
        patients=(paciente.patient, son),
    )

    page = at_home.get(url("consent", group))
    at_home.post(url("consent", group), ACCEPTED)

    assertContains(page, f"por mí y como representante de {son.full_name}")
    given = Consent.objects.filter(text__kind=LegalText.Kind.TELEHEALTH)
    assert set(given.values_list("patient", flat=True)) == {
        paciente.patient_id,
        son.pk,
    }


def test_unticked_consent_is_asked_again(at_home, paciente, network):
    group = held(paciente, network, names=VIRTUAL)

    response = at_home.post(url("consent", group), {"version": 1})

    assert response.status_code == 422


def test_without_virtual_ones_nothing_is_asked(at_home, group):
    response = at_home.get(url("consent", group))

    assertRedirects(response, url("review", group), fetch_redirect_response=False)


# --- Review and confirm --------------------------------------------------------------


def test_review_says_everything_once(at_home, group):
    at_home.post(url("instructions", group))

    said = text(at_home.get(url("review", group)))

    assert "Revise y confirme sus 3 citas" in said
    assert said.count("Puede cancelar o cambiar la cita gratis hasta") == 3
    assert "Correo electrónico" in said
    assert f"/varias/planes/?{BASKET}".replace("&", "&amp;") in said


def test_review_says_which_the_clinic_must_accept(at_home, paciente, network):
    by_request(network, "ana")
    group = held(paciente, network)
    at_home.post(url("instructions", group))

    said = text(at_home.get(url("review", group)))

    assert "<b>Una es por solicitud:</b>" in said
    assert "La sede le responde antes del" in said


def test_review_comes_after_the_recommendations(at_home, group):
    response = at_home.get(url("review", group))

    assertRedirects(response, url("instructions", group), fetch_redirect_response=False)


def test_confirming_twice_is_one_voucher(at_home, group):
    at_home.post(url("instructions", group))

    answers = [at_home.post(url("confirm", group)) for _ in range(2)]

    for one in answers:
        assertRedirects(one, url("voucher", group), fetch_redirect_response=False)
    assert states(group) == [Status.BOOKED] * 3


def test_confirming_without_reading_leads_to_it(at_home, group):
    response = at_home.post(url("confirm", group))

    assertRedirects(response, url("instructions", group), fetch_redirect_response=False)
    assert states(group) == [Status.HELD] * 3


def test_back_button_after_confirming_is_the_voucher(at_home, paciente, network):
    group = confirmed(paciente, network)

    for name in ("instructions", "review", "consent"):
        response = at_home.get(url(name, group))
        assertRedirects(response, url("voucher", group), fetch_redirect_response=False)


def test_release_in_another_tab(at_home, group):
    at_home.post(url("release", group))

    response = at_home.post(url("confirm", group))

    assert response.status_code == 410
    assertContains(response, "Usted soltó estas horas", status_code=410)
    assert f"/varias/planes/?{BASKET}".replace("&", "&amp;") in text(response)


def test_release_after_confirming_in_another_tab(at_home, paciente, network):
    group = confirmed(paciente, network)

    response = at_home.post(url("release", group))

    assertRedirects(response, url("voucher", group), fetch_redirect_response=False)
    assert states(group) == [Status.BOOKED] * 3


@pytest.mark.parametrize("name", ["instructions", "review"])
def test_time_over(at_home, group, name):
    lapse(group)

    response = at_home.get(url(name, group))

    assertContains(response, "Escoja el plan otra vez", status_code=410)


def test_confirm_when_the_time_is_over_frees_all(at_home, group):
    lapse(group)

    response = at_home.post(url("confirm", group))

    assert response.status_code == 410
    assert states(group) == [Status.LAPSED] * 3


def test_another_plan_took_its_place(at_home, paciente, network, group):
    held(paciente, network, names=("ana", "general"), days=4)

    response = at_home.get(url("instructions", group))

    assertContains(response, "Usted escogió otras horas", status_code=410)


def test_guardianship_ended_meanwhile(at_home, family, son):
    """Nothing by halves: what was kept is free, and the basket is there still."""
    at_home.post(url("instructions", family))
    Guardianship.objects.filter(dependant=son).delete()

    response = at_home.post(url("confirm", family))

    assertContains(response, "No puede pedir estas citas juntas", status_code=409)
    assert f"/varias/?{BASKET}".replace("&", "&amp;") in text(response)
    assert states(family) == [Status.LAPSED] * 2
    assertNotContains(response, son.given_names, status_code=409)


def test_limit_reached_meanwhile_keeps_the_times(at_home, group):
    at_home.post(url("instructions", group))
    CancellationPolicy.objects.create(most_to_come=1)
    version.bump()

    response = at_home.post(url("confirm", group))

    assertContains(response, "Usted ya tiene muchas citas", status_code=409)
    assertContains(response, "Ver los planes", status_code=409)
    assert states(group) == [Status.HELD] * 3


def test_order_that_staff_rejected_meanwhile(at_home, paciente, network, group):
    """It may be sent again while the times are kept; then it leads back to the group."""
    at_home.post(url("instructions", group))
    one = group.appointments.get(procedure=network.ultrasound)
    one.service_request = ServiceRequest.objects.create(
        patient=paciente.patient,
        procedure=network.ultrasound,
        agreement=network.eps,
        declared_by=paciente,
        state=ServiceRequest.State.REJECTED,
        reason="No se lee",
    )
    one.order_promised = False
    one.save()

    response = at_home.post(url("confirm", group))

    order = reverse("appointments:order_of", args=[one.pk])
    assertRedirects(response, order, fetch_redirect_response=False)
    assert states(group) == [Status.HELD] * 3


# --- Voucher -------------------------------------------------------------------------


def test_voucher_has_a_ticket_each(at_home, paciente, network):
    ContactDeviceFactory(user=paciente)
    group = confirmed(paciente, network)

    response = at_home.get(url("voucher", group))

    assertContains(response, "Listo, sus 3 citas quedaron asignadas</h1>")
    assertContains(response, 'class="ticket"', count=3)
    for reference in group.appointments.values_list("reference", flat=True):
        assertContains(response, reference)


def test_voucher_says_what_waits_for_the_clinic(at_home, paciente, network):
    by_request(network, "ana")
    group = confirmed(paciente, network)

    said = text(at_home.get(url("voucher", group)))

    assert "Listo, 2 citas quedaron asignadas y 1 quedó en revisión" in said
    assert "<b>Todavía no es una cita.</b> La sede le responde antes del" in said


def test_voucher_before_confirming_is_the_recommendations(at_home, group):
    response = at_home.get(url("voucher", group))

    assertRedirects(response, url("instructions", group), fetch_redirect_response=False)


def test_voucher_of_what_was_cancelled(at_home, paciente, network):
    group = confirmed(paciente, network)
    at_home.post(url("cancel", group), {"motivo": ""})

    assertContains(at_home.get(url("voucher", group)), "ya no están en pie")


def test_other_guardian_sees_only_whom_they_act_for(client, paciente, network, son):
    father = patient_of(network)
    GuardianshipFactory(asked_by=father, dependant=son)
    group = confirmed(
        paciente, network, names=("ana", "general"), patients=(paciente.patient, son)
    )
    client.force_login(father)

    response = client.get(url("voucher", group))

    assertContains(response, 'class="ticket"', count=1)
    assertNotContains(response, "Cardiología")


def test_detail_says_with_which_it_was_asked_for(at_home, paciente, network):
    group = confirmed(paciente, network)
    one = group.appointments.order_by("start").first()

    said = text(at_home.get(reverse("appointments:detail", args=[one.pk])))

    assert "Pedida junto con cardiología y medicina general." in said
    assert "Usted pidió la cita junto con otras." in said
    assert url("cancel", group) in said


# --- Cancelling ------------------------------------------------------------------------


def test_cancel_asks_and_then_says_what_became_of_each(at_home, paciente, network):
    group = confirmed(paciente, network)

    asked = at_home.get(url("cancel", group))
    done = at_home.post(url("cancel", group), {"motivo": "hora"}, follow=True)

    assertContains(asked, "¿Quiere cancelar estas 3 citas?</h1>")
    assertContains(done, "Sus 3 citas quedaron canceladas</h1>")
    assert states(group) == [Status.CANCELLED] * 3


def test_cancel_says_which_needs_a_call(at_home, paciente, network):
    group = confirmed(paciente, network)
    CancellationPolicy.objects.create(schedule=network.schedules["ana"], online="phone")
    version.bump()

    asked = text(at_home.get(url("cancel", group)))
    done = text(at_home.post(url("cancel", group), {"motivo": ""}, follow=True))

    assert "¿Quiere cancelar estas 2 citas?" in asked
    assert "Esta se cancela por teléfono" in asked
    assert "Esta cita se cancela y se cambia solo por teléfono." in asked
    assert "Sus 2 citas quedaron canceladas" in done
    assert "Sigue en pie hasta que llame." in done
    assert sorted(states(group)) == [Status.BOOKED, Status.CANCELLED, Status.CANCELLED]


def test_cancel_when_all_need_a_call(at_home, paciente, network):
    group = confirmed(paciente, network)
    CancellationPolicy.objects.create(online="phone")
    version.bump()

    assertContains(at_home.get(url("cancel", group)), "Llame a su sede para cancelar")
    at_home.post(url("cancel", group), {"motivo": ""})

    assert states(group) == [Status.BOOKED] * 3


def test_cancel_twice_is_once(at_home, paciente, network):
    group = confirmed(paciente, network)

    for _ in range(2):
        response = at_home.post(url("cancel", group), {"motivo": ""})
        assertRedirects(response, url("cancel", group), fetch_redirect_response=False)

    assert states(group) == [Status.CANCELLED] * 3


def test_cancel_before_confirming_is_the_recommendations(at_home, group):
    response = at_home.get(url("cancel", group))

    assertRedirects(response, url("instructions", group), fetch_redirect_response=False)


# --- Strangers, methods, queries ---------------------------------------------------------

READ = ("instructions", "consent", "review", "voucher", "cancel")
POSTED = ("confirm", "extend", "release", "instructions", "consent", "cancel")


@pytest.mark.parametrize("name", READ)
def test_stranger_sees_no_group(client, otra_paciente, group, name):
    client.force_login(otra_paciente)

    assert client.get(url(name, group)).status_code == 404


@pytest.mark.parametrize("name", POSTED)
def test_stranger_does_nothing_to_a_group(client, otra_paciente, group, name):
    client.force_login(otra_paciente)

    assert client.post(url(name, group)).status_code == 404
    assert states(group) == [Status.HELD] * 3


def test_nobodys_group(at_home):
    for name in READ:
        address = reverse(f"appointments:group_{name}", args=[uuid4()])
        assert at_home.get(address).status_code == 404


def test_signed_out(client, group):
    assert client.get(url("voucher", group))["Location"].startswith("/ingresar")


@pytest.mark.parametrize("name", ["confirm", "extend", "release"])
def test_writing_is_posted(at_home, group, name):
    assert at_home.get(url(name, group)).status_code == 405


PAGES = ("instructions", "review", "voucher", "cancel")
# What one item more may cost: its price, its papers, whether the clinic must accept it.
EACH = {"instructions": 4, "review": 6, "voucher": 5, "cancel": 3}


@pytest.mark.parametrize("name", PAGES)
def test_questions_grow_by_a_constant_for_each(at_home, paciente, network, name):
    asked = []
    for names in (("ana", "general"), ("ana", "general", "luis", "eva")):
        make = confirmed if name in ("voucher", "cancel") else held
        group = make(paciente, network, names=names, days=len(names) + 1)
        if make is held:
            groups.read_instructions(group_id=group.pk, by=paciente, now=timezone.now())
        at_home.get(url(name, group))
        with CaptureQueriesContext(connection) as found:
            assert at_home.get(url(name, group)).status_code == 200
        asked.append(len(found))

    assert asked[1] - asked[0] <= 2 * EACH[name], asked
