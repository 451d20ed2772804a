"""The catalogue as staff edit it."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from catalog import instructions, version
from catalog.instructions import Step
from catalog.models import (
    Agreement,
    CoveredService,
    InstructionSet,
    Procedure,
    SiteService,
    Synonym,
)
from catalog.tests.factories import (
    AgreementFactory,
    CityFactory,
    PayerFactory,
    PractitionerFactory,
    ProcedureFactory,
    ServiceCategoryFactory,
    SiteFactory,
    SpecialtyFactory,
)
from catalog.tests.test_instructions import BRING, FASTING, NOW

pytestmark = pytest.mark.django_db

PAGES = [
    ("city", CityFactory, "Ciudad"),
    ("site", SiteFactory, "Sede"),
    ("servicecategory", ServiceCategoryFactory, "Medicina"),
    ("specialty", SpecialtyFactory, "Especialidad"),
    ("procedure", ProcedureFactory, "Procedimiento"),
    ("payer", PayerFactory, "EPS"),
    ("agreement", AgreementFactory, "Convenio"),
    ("practitioner", PractitionerFactory, "Peña"),
]


@pytest.fixture
def staff(client):
    user = get_user_model()._default_manager.create(is_staff=True, is_superuser=True)
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def form_of(response):
    """What the browser would send back of a page, unchanged."""
    form = response.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    for formset in response.context["inline_admin_formsets"]:
        inner = formset.formset
        sent |= {
            f"{inner.prefix}-{n}": v for n, v in inner.management_form.initial.items()
        }
        for one in inner.forms:
            sent |= {one.add_prefix(n): one[n].value() for n in one.fields}
    return {
        name: "on" if value is True else value
        for name, value in sent.items()
        if value is not None and value is not False
    }


@pytest.mark.parametrize(("name", "factory", "said"), PAGES)
def test_page_lists_finds_and_shows(staff, name, factory, said):
    row = factory()

    listed = staff.get(f"/admin/catalog/{name}/", {"q": said})
    shown = staff.get(f"/admin/catalog/{name}/{row.pk}/change/")

    assert listed.context["cl"].result_count == 1
    assert shown.status_code == 200


@pytest.mark.parametrize(("name", "factory", "said"), PAGES)
def test_edit_bumps_the_catalogue_and_is_remembered(staff, name, factory, said):
    row = factory()
    address = f"/admin/catalog/{name}/{row.pk}/change/"
    sent = form_of(staff.get(address))
    before = version.current()

    answer = staff.post(address, {**sent, "active": ""})

    assert answer.status_code == 302, answer.context["errors"]
    last = row.history.latest()
    assert (last.active, last.history_type, last.history_user) == (
        False,
        "~",
        answer.wsgi_request.user,
    )
    assert version.current() != before
    assert staff.get(f"/admin/catalog/{name}/{row.pk}/history/").status_code == 200


@pytest.mark.parametrize(("name", "factory", "said"), PAGES)
def test_nothing_is_deleted(staff, name, factory, said):
    row = factory()

    answer = staff.post(f"/admin/catalog/{name}/{row.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    page = staff.get(f"/admin/catalog/{name}/").content.decode()
    assert "delete_selected" not in page


@pytest.mark.parametrize(("name", "factory", "said"), PAGES)
def test_list_costs_the_same_for_one_and_for_many(
    staff, django_assert_num_queries, name, factory, said
):
    factory()
    staff.get(f"/admin/catalog/{name}/")
    with CaptureQueriesContext(connection) as for_one:
        staff.get(f"/admin/catalog/{name}/")
    for _ in range(15):
        factory()

    with django_assert_num_queries(len(for_one)):
        staff.get(f"/admin/catalog/{name}/")


def test_several_are_switched_off_at_once_and_it_is_remembered(staff):
    one, other = ProcedureFactory(), ProcedureFactory()
    before = version.current()

    staff.post(
        "/admin/catalog/procedure/",
        {"action": "switch_off", "_selected_action": [one.pk, other.pk]},
    )

    assert Procedure.objects.active().count() == 0
    assert one.history.latest().history_change_reason == "Se desactivó en la lista"
    assert version.current() != before


def test_official_fields_of_an_imported_procedure_are_only_shown(staff):
    made = ProcedureFactory(in_file=True, official_name="OFICIAL")
    address = f"/admin/catalog/procedure/{made.pk}/change/"
    sent = form_of(staff.get(address))

    staff.post(address, {**sent, "official_name": "Otro", "name": "Para el paciente"})

    made.refresh_from_db()
    assert (made.official_name, made.name) == ("OFICIAL", "Para el paciente")


def test_synonym_is_added_and_taken_away(staff):
    staff.post("/admin/catalog/synonym/add/", {"word": "eco", "meaning": "ecografía"})
    synonym = Synonym.objects.get()

    staff.post(
        "/admin/catalog/synonym/",
        {"action": "forget", "_selected_action": [synonym.pk]},
    )

    assert not Synonym.objects.exists()
    assert Synonym.history.count() == 2


def inline(prefix, *rows):
    sent = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        sent |= {f"{prefix}-{number}-{field}": value for field, value in row.items()}
    return sent


def test_agreement_says_what_it_covers(staff):
    agreement, procedure = AgreementFactory(), ProcedureFactory()
    address = f"/admin/catalog/agreement/{agreement.pk}/change/"
    sent = form_of(staff.get(address))
    covered = inline(
        "covered", {"specialty": procedure.specialty_id}, {"procedure": procedure.pk}
    )

    answer = staff.post(address, sent | covered)

    assert answer.status_code == 302
    assert CoveredService.objects.filter(agreement=agreement).count() == 2
    assert CoveredService.history.count() == 2


def test_covered_service_is_a_specialty_or_a_procedure(staff):
    agreement, procedure = AgreementFactory(), ProcedureFactory()
    address = f"/admin/catalog/agreement/{agreement.pk}/change/"
    both = {"specialty": procedure.specialty_id, "procedure": procedure.pk}

    answer = staff.post(address, form_of(staff.get(address)) | inline("covered", both))

    assert answer.status_code == 200
    assert "una especialidad o un procedimiento, no ambos" in answer.content.decode()


def test_particular_has_no_payer(staff):
    payer = PayerFactory()

    answer = staff.post(
        "/admin/catalog/agreement/add/",
        {"code": "x", "name": "X", "kind": "particular", "payer": payer.pk}
        | inline("covered"),
    )

    assert "Particular va sin pagador; los demás convenios, con uno." in (
        answer.content.decode()
    )
    assert not Agreement.objects.exists()


def test_site_says_its_services(staff):
    site, specialty = SiteFactory(), SpecialtyFactory()
    address = f"/admin/catalog/site/{site.pk}/change/"
    sent = form_of(staff.get(address))

    staff.post(
        address,
        sent | inline("services", {"specialty": specialty.pk, "modality": "virtual"}),
    )

    assert SiteService.objects.get().specialty == specialty


def test_instructions_are_published_with_their_steps(staff):
    procedure = ProcedureFactory()
    steps = inline(
        "steps",
        {"position": 2, "kind": "bring", "text": "Orden médica"},
        {
            "position": 1,
            "kind": "prepare",
            "text": "No coma desde las {hora}.",
            "minutes_before": 360,
            "fasting": "on",
        },
    )

    staff.post(
        "/admin/catalog/instructionset/add/", {"procedure": procedure.pk} | steps
    )

    published = instructions.for_procedure(procedure)
    assert [step.text for step in published.steps.all()] == [FASTING.text, BRING.text]


def test_published_instructions_are_not_edited_but_followed_by_a_version(staff):
    procedure = ProcedureFactory()
    first = instructions.publish(about=procedure, steps=[FASTING, BRING], now=NOW)
    page = staff.get(f"/admin/catalog/instructionset/{first.pk}/change/")
    assert f"?desde={first.pk}" in page.content.decode()

    add = staff.get(f"/admin/catalog/instructionset/add/?desde={first.pk}")
    sent = form_of(add) | {"steps-1-text": "Orden médica y carné"}
    answer = staff.post("/admin/catalog/instructionset/add/", sent)

    assert answer.status_code == 302
    latest = instructions.for_procedure(procedure)
    assert latest.version == 2
    assert [s.text for s in latest.steps.all()] == [
        FASTING.text,
        "Orden médica y carné",
    ]
    assert [s.text for s in first.steps.all()] == [FASTING.text, BRING.text]


def test_published_instructions_refuse_a_change(staff):
    first = instructions.publish(about=ProcedureFactory(), steps=[BRING], now=NOW)

    answer = staff.post(
        f"/admin/catalog/instructionset/{first.pk}/change/", {"procedure": ""}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"text": "Desde las {hora}."}, "escriba cuántos minutos antes"),
        ({"text": "Ayuno.", "minutes_before": 60}, "Escriba {hora}"),
    ],
)
def test_step_names_an_hour_exactly_when_it_has_one(staff, step, said):
    sent = inline("steps", {"position": 1, "kind": "prepare"} | step)

    answer = staff.post(
        "/admin/catalog/instructionset/add/",
        {"procedure": ProcedureFactory().pk} | sent,
    )

    assert said in answer.content.decode()
    assert not InstructionSet.objects.exists()


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, "0"])
def test_next_version_of_nothing_is_an_empty_page(staff, asked):
    answer = staff.get(f"/admin/catalog/instructionset/add/?desde={asked}")

    assert answer.status_code == 200


def test_instructions_list_finds_by_its_steps(staff):
    instructions.publish(about=ProcedureFactory(), steps=[Step("Ayuno")], now=NOW)

    listed = staff.get("/admin/catalog/instructionset/", {"q": "ayuno"})

    assert listed.context["cl"].result_count == 1


def test_admin_is_not_for_staff_without_a_second_factor(client):
    user = get_user_model()._default_manager.create(is_staff=True, is_superuser=True)
    client.force_login(user)

    assert client.get("/admin/catalog/procedure/").status_code == 302
