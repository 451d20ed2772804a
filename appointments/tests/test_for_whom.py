"""«¿Para quién es la cita?»: each person on their own path, and the page says which (ACC-03)."""

from datetime import date
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Guardianship, Patient
from accounts.tests.factories import CoverageFactory, GuardianshipFactory, UserFactory
from appointments import booking
from appointments.models import Appointment
from appointments.tests.addresses import ULTRASOUND
from appointments.tests.network import at
from catalog import version
from catalog.tests.factories import AgreementFactory

pytestmark = pytest.mark.django_db
NEW, WHO = "/citas/nueva/", "/citas/nueva/paciente/"
MOST = 12


def text(response):
    content = unescape(response.content.decode()).replace("\xa0", " ")
    return " ".join(content.split())


@pytest.fixture
def mateo(paciente):
    """A son of the account, with no agreement yet."""
    return GuardianshipFactory(asked_by=paciente).dependant


@pytest.fixture
def salome(paciente):
    row = GuardianshipFactory(
        asked_by=paciente,
        dependant__given_names="Salomé",
        dependant__sex=Patient.Sex.FEMALE,
    )
    return row.dependant


def with_eps(patient, network):
    CoverageFactory(patient=patient, agreement=network.eps)
    Patient.objects.filter(pk=patient.pk).update(preferred_agreement=network.eps)


def start(patient):
    return reverse("appointments:start", args=[patient.token])


def agreement_of(patient):
    return reverse("appointments:agreement_of", args=[patient.token])


def agenda(patient, **changes):
    answers = {"convenio": "eps-andina", **ULTRASOUND, **changes}
    return reverse("appointments:agenda", args=[patient.token], query=answers)


def hold_url(patient):
    answers = {"convenio": "eps-andina", **ULTRASOUND}
    return reverse("appointments:hold", args=[patient.token], query=answers)


def one(name, appointment):
    return reverse(f"appointments:{name}", args=[appointment.pk])


def keep(client, patient, network, start_at=None, schedule="eva"):
    """A time held for this person through the pages."""
    (slot,) = network.slots(schedule, start_at or at(4, 9))
    client.post(hold_url(patient), {"cupo": slot.pk})
    return Appointment.objects.get(patient=patient, start=slot.start)


def end_all():
    Guardianship.objects.update(state=Guardianship.State.ENDED)


# The question.


def test_who_acts_for_nobody_else_is_not_asked(at_home, paciente):
    """Straight to the first question, and the page does not say for whom."""
    onward = at_home.get(NEW)["Location"]

    assert str(paciente.patient.token) in onward
    assert at_home.get(WHO)["Location"] == NEW
    assert "Para: " not in text(at_home.get("/citas/"))


def test_who_acts_for_somebody_is_asked_right_away(at_home, paciente, mateo):
    assert at_home.get(NEW)["Location"] == WHO

    page = text(at_home.get(WHO))

    assert "<h1>¿Para quién es la cita?</h1>" in page
    for words in (
        "Para mí",
        paciente.patient.full_name,
        "Mateo Martínez",
        "Su hijo, 7 años",
        "Otra persona",
        "La agregamos con su documento.",
    ):
        assert words in page


@pytest.mark.parametrize("who", ["me", "son"])
def test_each_answer_leads_to_the_path_of_that_person(at_home, paciente, mateo, who):
    person = mateo if who == "son" else paciente.patient

    answer = at_home.get(WHO, {"para": str(person.token)})

    assert answer["Location"] == start(person)


def test_somebody_new_is_added_first(at_home, mateo):
    assert at_home.get(WHO, {"para": "otra"})["Location"] == "/cuenta/personas/nueva/"


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 400, "6f1c9c8e-0d0e-4a5e-9a77-3f2f6c1f0b11"]
)
def test_a_token_of_nobody_is_a_404(at_home, mateo, token):
    assert at_home.get(WHO, {"para": token}).status_code == 404


def test_who_only_asked_is_asked_nothing(at_home, paciente):
    GuardianshipFactory(asked_by=paciente, asked=True)

    assert at_home.get(NEW)["Location"] != WHO


def test_the_question_costs_little(at_home, paciente, django_assert_max_num_queries):
    for _ in range(5):
        GuardianshipFactory(asked_by=paciente)
    at_home.get(WHO)

    with django_assert_max_num_queries(MOST):
        at_home.get(WHO)


# The agreement of that person.


def test_a_dependant_without_agreement_is_asked_for_theirs(at_home, mateo, network):
    assert at_home.get(start(mateo))["Location"] == agreement_of(mateo)

    page = text(at_home.get(agreement_of(mateo)))

    assert "Particular" in page
    assert "EPS Alianza Andina" not in page  # it is the guardian's, not his
    assert "Para: <b>Mateo Martínez</b>, su hijo" in page


def test_the_agreement_chosen_is_that_persons(at_home, paciente, mateo, network):
    answer = at_home.post(agreement_of(mateo), {"convenio": "particular"})

    mateo.refresh_from_db()
    paciente.patient.refresh_from_db()
    assert answer["Location"] == start(mateo)
    assert mateo.preferred_agreement == network.particular
    assert paciente.patient.preferred_agreement == network.eps


def test_an_affiliation_declared_on_the_way_comes_back(at_home, mateo, network):
    plan = AgreementFactory(books_unverified=True)
    page = text(at_home.get(agreement_of(mateo)))
    url = reverse("accounts:declare_person_coverage", args=[mateo.token])

    answer = at_home.post(
        url, {"convenio": plan.pk, "afiliacion": "9", "seguir": "cita"}
    )

    assert f'href="{url}?seguir=cita"' in page
    assert answer["Location"] == agreement_of(mateo)
    at_home.post(agreement_of(mateo), {"convenio": plan.code})
    assert f"convenio={plan.code}" in at_home.get(start(mateo))["Location"]


def test_ones_own_affiliation_comes_back_too(at_home, paciente, network):
    page = text(at_home.get("/citas/convenio/"))
    answer = at_home.post(
        "/cuenta/convenios/nuevo/",
        {"convenio": AgreementFactory().pk, "afiliacion": "9", "seguir": "entrar"},
    )

    assert 'href="/cuenta/convenios/nuevo/?seguir=entrar"' in page
    assert answer["Location"] == "/citas/convenio/"


# The active person.


def test_every_page_says_for_whom(at_home, mateo, network):
    with_eps(mateo, network)
    held = keep(at_home, mateo, network)
    network.slots("eva", at(6, 9))
    pages = [at_home.get(start(mateo), follow=True), at_home.get(agenda(mateo))]
    pages.append(at_home.get(one("instructions", held)))
    at_home.post(one("instructions", held))
    pages.append(at_home.get(one("review", held)))
    at_home.post(one("confirm", held))
    pages += [at_home.get(one("voucher", held)), at_home.get(one("detail", held))]

    for page in pages:
        assert page.status_code == 200
        assert "Para: <b>Mateo Martínez</b>, su hijo" in text(page)


def test_oneself_is_said_too_when_there_is_somebody_else(at_home, paciente, mateo):
    page = at_home.get(start(paciente.patient), follow=True)

    assert f"Para: <b>{paciente.patient.full_name}</b>, usted" in text(page)


def test_the_office_greets_the_owner(at_home, mateo):
    assert "<h1>Hola, Rosa Elena</h1>" in text(at_home.get("/oficina/"))


def test_the_age_of_that_person_decides(at_home, paciente, mateo, network):
    """What is only for adults is not offered to a son of seven."""
    with_eps(mateo, network)
    network.slots("eva", at(4, 9))
    type(network.ultrasound).objects.filter(pk=network.ultrasound.pk).update(
        youngest=18
    )
    version.bump()

    mine = at_home.get(agenda(paciente.patient))
    his = at_home.get(agenda(mateo))

    assert mine.status_code == 200
    assert his.status_code == 302


def test_the_representative_accepts_the_video_call(at_home, mateo, network):
    with_eps(mateo, network)
    (slot,) = network.slots("virtual", at(4, 9))
    guardian = Guardianship.objects.get(dependant=mateo).asked_by
    held = booking.hold(
        slot_id=slot.pk,
        procedure=network.general_visit,
        patient=mateo,
        agreement=network.eps,
        by=guardian,
        search="convenio=eps-andina",
        now=timezone.now(),
    )
    at_home.post(one("instructions", held))

    page = at_home.get(one("consent", held))
    version = page.context["text"].version
    at_home.post(one("consent", held), {"acepto": "on", "version": version})

    assert "como representante de Mateo Martínez" in text(page)
    given = mateo.consents.get(text__kind="telesalud")
    assert given.given_by == guardian


def test_the_pages_cost_little_for_somebody_else(
    at_home, mateo, network, django_assert_max_num_queries
):
    with_eps(mateo, network)
    held = keep(at_home, mateo, network)
    at_home.get(one("instructions", held))

    with django_assert_max_num_queries(MOST):
        at_home.get(one("instructions", held))


# Two tabs, a stranger, a former guardian.


def test_two_tabs_for_two_children_never_mix(at_home, mateo, salome, network):
    """Design §5: the person is in the path, and nowhere else."""
    for child in (mateo, salome):
        with_eps(child, network)
    one_slot, other_slot = network.slots("eva", at(4, 9), at(4, 11))
    at_home.get(agenda(mateo))
    at_home.get(agenda(salome))

    at_home.post(hold_url(mateo), {"cupo": one_slot.pk})
    at_home.post(hold_url(salome), {"cupo": other_slot.pk})

    held = {row.patient: row.start for row in Appointment.objects.all()}
    assert held == {mateo: one_slot.start, salome: other_slot.start}
    for row in Appointment.objects.all():
        page = text(at_home.get(one("instructions", row)))
        assert f"Para: <b>{row.patient.full_name}</b>" in page


def addresses(patient, appointment):
    return [
        start(patient),
        agreement_of(patient),
        agenda(patient),
        reverse("appointments:question", args=[patient.token, "tipo"]),
        *(
            one(name, appointment)
            for name in ("instructions", "review", "detail", "voucher")
        ),
    ]


def posts(patient, appointment):
    return [
        hold_url(patient),
        agreement_of(patient),
        one("confirm", appointment),
        one("release", appointment),
        one("extend", appointment),
        one("cancel", appointment),
    ]


@pytest.mark.parametrize("who", ["former", "stranger"])
def test_a_stranger_and_a_former_guardian_find_nothing(at_home, mateo, network, who):
    """ACC-01, ACC-03: from the next request on, read or written."""
    with_eps(mateo, network)
    held = keep(at_home, mateo, network)
    if who == "former":
        end_all()
    else:
        at_home.force_login(UserFactory())

    for address in addresses(mateo, held):
        assert at_home.get(address).status_code == 404, address
    for address in posts(mateo, held):
        sent = {"convenio": "particular", "cupo": "1"}
        assert at_home.post(address, sent).status_code == 404, address
    held.refresh_from_db()
    assert held.status == Appointment.Status.HELD


def test_what_was_booked_stays_with_the_dependant(at_home, mateo, network):
    with_eps(mateo, network)
    held = keep(at_home, mateo, network)
    at_home.post(one("instructions", held))
    at_home.post(one("confirm", held))
    end_all()

    held.refresh_from_db()
    assert (held.patient, held.status) == (mateo, Appointment.Status.BOOKED)
    assert at_home.get(one("detail", held)).status_code == 404


def test_a_child_of_age_is_a_stranger_that_same_day(at_home, mateo, network):
    with_eps(mateo, network)
    held = keep(at_home, mateo, network)
    born = timezone.localdate()
    born = date(born.year - 18, born.month, min(born.day, 28))
    Patient.objects.filter(pk=mateo.pk).update(birth_date=born)

    assert at_home.get(start(mateo)).status_code == 404
    assert at_home.get(one("instructions", held)).status_code == 404
    assert at_home.get(WHO)["Location"] == NEW


def test_who_the_clinic_never_identified_acts_for_nobody(client, network):
    """Half an identity: what it asked for is not approved, and gives no path."""
    half = UserFactory(identity_confirmed_at=None, patient__provisional=True)
    row = GuardianshipFactory(asked_by=half, asked=True)
    client.force_login(half)

    assert client.get(NEW)["Location"] != WHO
    assert row.dependant is None
