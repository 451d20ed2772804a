"""«Personas a mi cargo»: what these pages show, to whom, and what they never say (ACC-03)."""

from datetime import date
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import consents
from accounts.models import Coverage, Guardianship, LegalText
from accounts.presenters.people import age
from accounts.tests.factories import (
    CoverageFactory,
    GuardianshipFactory,
    PatientFactory,
    UserFactory,
)
from catalog.tests.factories import AgreementFactory

pytestmark = pytest.mark.django_db
PEOPLE, ADD = "/cuenta/personas/", "/cuenta/personas/nueva/"
State = Guardianship.State
MOST = 12


@pytest.fixture
def rosa():
    return UserFactory()


@pytest.fixture
def at_home(client, rosa):
    client.force_login(rosa)
    return client


@pytest.fixture
def son(rosa):
    return GuardianshipFactory(asked_by=rosa)


def text(response):
    content = unescape(response.content.decode()).replace("\xa0", " ")
    return " ".join(content.split())


def filled_in(**changes):
    accepted = consents.current(LegalText.Kind.REPRESENTATIVE)
    form = {
        "relacion": "child",
        "tipo": "TI",
        "numero": "1.099.887.766",
        "nombres": "Mateo",
        "apellidos": "Martínez",
        "nac-d": "27",
        "nac-m": "3",
        "nac-a": "2019",
        "sexo": "male",
        "autorizo": str(accepted.pk),
    }
    form |= changes
    return {name: value for name, value in form.items() if value}


def end_url(row):
    return reverse("accounts:end_person", args=[row.pk])


def coverages_url(row, name="person_coverages"):
    return reverse(f"accounts:{name}", args=[row.dependant.token])


# Adding.


def test_adding_shows_what_was_typed_and_nothing_else(at_home):
    PatientFactory(
        document_type="TI", document_number="1099887766", given_names="Mateo Andrés"
    )

    answer = at_home.post(ADD, filled_in())

    assert answer.headers["Location"] == PEOPLE
    page = text(at_home.get(PEOPLE))
    assert "Mateo Martínez" in page
    assert "En revisión" in page
    assert "Andrés" not in page


@pytest.mark.parametrize("known", [True, False])
def test_a_known_document_and_an_unknown_one_get_the_same_answer(rosa, known):
    """ENU-01: status, body, Location and cookies."""
    if known:
        PatientFactory(document_type="TI", document_number="1099887766")
    seen = []
    for number in ("1099887766", "1077777777"):
        user, browser = UserFactory(patient__document_number=f"9{number}"), Client()
        browser.force_login(user)
        answer = browser.post(ADD, filled_in(numero=number))
        page = browser.get(PEOPLE)
        seen.append(
            (
                answer.status_code,
                answer.headers["Location"],
                sorted(answer.cookies),
                body(page),
            )
        )

    assert seen[0] == seen[1]


def body(response):
    """What the list says, without the keys of its links."""
    return [
        (line.name, line.about, line.tag, line.note)
        for line in response.context["lines"]
    ]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"relacion": ""}, "relacion", "Escoja quién es esta persona"),
        ({"tipo": ""}, "tipo", "Escoja el tipo de documento"),
        ({"numero": ""}, "numero", "Escriba el número de documento"),
        (
            {"numero": "12"},
            "numero",
            "Revise el número: debe tener entre 10 y 11 números",
        ),
        (
            {"nombres": ""},
            "nombres",
            "Escriba los nombres, como aparecen en el documento",
        ),
        ({"nombres": "visite.com"}, "nombres", "Escriba los nombres solo con letras"),
        ({"apellidos": "1234"}, "apellidos", "Escriba los apellidos solo con letras"),
        ({"nac-a": "2999"}, "nac", "La fecha de nacimiento debe ser una fecha pasada"),
        ({"nac-a": "1830"}, "nac", "Revise el año de nacimiento"),
        ({"sexo": ""}, "sexo", "Escoja el sexo que aparece en el documento"),
        (
            {"autorizo": ""},
            "autorizo",
            "Es menor de edad: marque esta casilla para autorizar sus datos",
        ),
        (
            {"autorizo": "0"},
            "autorizo",
            "Este texto cambió. Léalo y marque la casilla otra vez",
        ),
        (
            {"nac-a": "1990"},
            "relacion",
            "Ya es mayor de edad. Escoja otra opción, por ejemplo «Otra persona que cuido»",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(at_home, changes, field, said):
    answer = at_home.post(ADD, filled_in(**changes))

    assert answer.status_code == 422
    assert answer.context["form"].errors[field] == [said]
    if "nombres" not in changes:
        assert 'value="Mateo"' in text(answer)
    assert not Guardianship.objects.exists()


def test_ones_own_document_and_the_same_twice_are_told(at_home, rosa):
    own = filled_in(
        tipo="CC",
        numero=rosa.patient.document_number,
        relacion="other",
    )
    assert "Ese es su propio documento" in text(at_home.post(ADD, own))

    at_home.post(ADD, filled_in())
    assert "Ya pidió agregar este documento" in text(at_home.post(ADD, filled_in()))


def test_an_adult_needs_no_box(at_home):
    mother = filled_in(
        relacion="parent",
        tipo="CC",
        numero="20123456",
        autorizo="",
        **{"nac-a": "1945"},
    )

    assert at_home.post(ADD, mother).status_code == 302


def test_somebody_born_today_can_be_added(at_home):
    today = timezone.localdate()
    baby = {"nac-d": today.day, "nac-m": today.month, "nac-a": today.year}

    at_home.post(ADD, filled_in(tipo="CN", numero="A123456789", **baby))

    assert "menos de un mes" in text(at_home.get(PEOPLE))


# The list.


def test_each_state_has_its_words(at_home, rosa, son):
    for number, (state, reason) in enumerate(
        [
            (State.ASKED, ""),
            (State.REJECTED, "No trajo el registro civil"),
            (State.ENDED, "Cambió la custodia"),
        ]
    ):
        GuardianshipFactory(
            asked_by=rosa,
            state=state,
            reason=reason,
            dependant=None,
            document_number=f"10500000{number}",
        )

    page = text(at_home.get(PEOPLE))

    for words in (
        "Aprobada",
        "En revisión",
        "Lleve a una sede su documento y el registro civil de su hijo o hija.",
        "No aprobada",
        "No trajo el registro civil.",
        "Terminada",
        "Cambió la custodia.",
        "Su hijo, 7 años",
    ):
        assert words in page


def test_a_child_of_age_is_over_before_anybody_says_so(at_home, rosa):
    """The daily job only tells; the page does not wait for it."""
    GuardianshipFactory(asked_by=rosa, dependant__birth_date=date(2000, 1, 1))

    page = text(at_home.get(PEOPLE))

    assert "Terminada" in page
    assert "Quitar" not in page


def test_who_is_not_identified_is_told_what_to_bring(client):
    client.force_login(UserFactory(identity_confirmed_at=None))

    assert "la clínica confirma quién es usted" in text(client.get(PEOPLE))


def test_a_stranger_sees_nobody(client, son):
    client.force_login(UserFactory())

    assert "Mateo" not in text(client.get(PEOPLE))


def test_my_data_leads_there(at_home, son):
    page = text(at_home.get("/cuenta/"))

    assert "Personas a mi cargo" in page
    assert f'href="{PEOPLE}"' in page
    assert "Mateo Martínez" in page


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_costs_the_same_for_many(
    at_home, rosa, count, django_assert_max_num_queries
):
    for _ in range(count):
        GuardianshipFactory(asked_by=rosa)
    at_home.get(PEOPLE)  # the first page also notes the session

    with django_assert_max_num_queries(MOST):
        at_home.get(PEOPLE)


# Ending.


def test_ending_asks_first(at_home, rosa, son):
    page = at_home.get(end_url(son))

    assert "¿Quiere dejar de pedir citas para Mateo Martínez?" in text(page)
    son.refresh_from_db()
    assert son.state == State.APPROVED


def test_ended_it_is_gone(at_home, son):
    answer = at_home.post(end_url(son))

    assert answer.headers["Location"] == PEOPLE
    son.refresh_from_db()
    assert son.state == State.ENDED
    assert at_home.get(end_url(son)).status_code == 404
    assert at_home.get(coverages_url(son)).status_code == 404


def test_a_claim_is_withdrawn(at_home, rosa):
    row = GuardianshipFactory(asked_by=rosa, asked=True)

    assert "¿Quiere retirar esta solicitud?" in text(at_home.get(end_url(row)))
    at_home.post(end_url(row))

    row.refresh_from_db()
    assert row.state == State.ENDED


def test_the_adult_sees_who_acts_for_them_and_ends_it(client, rosa):
    mother = UserFactory(patient__birth_date=date(1945, 5, 2))
    row = GuardianshipFactory(
        asked_by=rosa, dependant=mother.patient, relation="parent"
    )
    client.force_login(mother)

    assert "Quién pide citas por usted" in text(client.get(PEOPLE))
    assert rosa.patient.full_name in text(client.get(end_url(row)))
    client.post(end_url(row))

    row.refresh_from_db()
    assert row.state == State.ENDED
    assert "Quién pide" not in text(client.get(PEOPLE))


def test_a_minor_sees_it_and_does_not_end_it(client, rosa):
    young = UserFactory(patient__birth_date=date(2011, 5, 2))
    row = GuardianshipFactory(asked_by=rosa, dependant=young.patient)
    client.force_login(young)

    assert rosa.patient.full_name in text(client.get(PEOPLE))
    assert client.get(end_url(row)).status_code == 404
    assert client.post(end_url(row)).status_code == 404


@pytest.mark.parametrize("do", ["get", "post"])
def test_a_strangers_row_is_nothing(client, son, do):
    client.force_login(UserFactory())

    assert getattr(client, do)(end_url(son)).status_code == 404


# The affiliations of somebody else.


def test_a_dependants_agreements_are_seen_and_declared(at_home, son):
    agreement = AgreementFactory()
    CoverageFactory(patient=son.dependant, agreement__name="Salud Total")

    page = text(at_home.get(coverages_url(son)))
    at_home.post(
        coverages_url(son, "declare_person_coverage"),
        {"convenio": agreement.pk, "afiliacion": "9"},
    )

    assert "Salud Total" in page
    assert "Para: <b>Mateo Martínez</b>, su hijo" in page
    declared = Coverage.objects.get(agreement=agreement)
    assert declared.patient == son.dependant


def test_from_the_wizard_one_goes_back_to_it(at_home, rosa, son):
    sent = {"convenio": AgreementFactory().pk, "afiliacion": "9", "seguir": "cita"}
    url = coverages_url(son, "declare_person_coverage")

    shown = at_home.get(f"{url}?seguir=cita")
    answer = at_home.post(url, sent)

    assert 'name="seguir" value="cita"' in text(shown)
    assert str(son.dependant.token) in urlsplit(answer.headers["Location"]).path


@pytest.mark.parametrize("onward", ["https://mal.example", "//x", "admin", ""])
def test_nobody_is_sent_elsewhere(at_home, son, onward):
    sent = {"convenio": AgreementFactory().pk, "afiliacion": "9", "seguir": onward}

    answer = at_home.post(coverages_url(son, "declare_person_coverage"), sent)

    assert answer.headers["Location"] == coverages_url(son)


def test_a_strangers_agreements_are_a_404(client, son):
    client.force_login(UserFactory())

    for name in ("person_coverages", "declare_person_coverage"):
        assert client.get(coverages_url(son, name)).status_code == 404


# Half a session.


@pytest.mark.parametrize("path", [PEOPLE, ADD])
def test_who_is_not_signed_in_signs_in(client, path):
    assert client.get(path).headers["Location"].startswith("/ingresar/")


def test_staff_have_nobody_here(client):
    client.force_login(UserFactory(staff=True))

    assert client.get(PEOPLE).status_code == 403


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2019, 3, 3), "6 años"),
        (date(2019, 3, 2), "7 años"),
        (date(2025, 3, 2), "1 año"),
        (date(2025, 3, 3), "11 meses"),
        (date(2026, 2, 2), "1 mes"),
        (date(2026, 2, 3), "menos de un mes"),
    ],
)
def test_ages_in_words(born, words):
    assert age(born, today=date(2026, 3, 2)) == words
