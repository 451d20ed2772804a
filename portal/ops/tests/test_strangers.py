"""Who is not the patient sees nothing, at every address that there is (ACC-01, SES-02).

The addresses come from the resolver, filled with the ids of somebody's own rows: a new
one is here by itself. It is private unless PUBLIC says why it is not.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Challenge, DataClaim, Guardianship, UserSession
from accounts.tests import walk
from accounts.tests.factories import UserFactory
from appointments.models import AppointmentGroup, WaitingListEntry
from portal.ops.tests import household
from portal.ops.tests.household import Household

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Open to anybody, and why. Even so they say nothing of the household.
PUBLIC = {
    "ui:index": "the front page",
    "ui:favicon": "a picture",
    "ui:captcha_image": "before there is an account; its key is random and burns",
    "ui:captcha_audio": "the same, for who does not see",
    "accounts:register": "to have an account",
    "accounts:register_details": "to have an account",
    "accounts:register_channel": "to have an account",
    "accounts:register_code": "to have an account",
    "accounts:register_again": "to have an account",
    "accounts:register_done": "to have an account",
    "accounts:sign_in": "to enter",
    "accounts:sign_in_channel": "to enter: after the password",
    "accounts:sign_in_code": "to enter: after the password",
    "accounts:sign_in_again": "to enter: after the password",
    "accounts:sign_in_terms": "to enter: after the code",
    "accounts:lost_contact": "to enter without the phone: after the password",
    "accounts:lost_contact_code": "to enter without the phone",
    "accounts:lost_contact_again": "to enter without the phone",
    "accounts:lost_contact_password": "to enter without the phone",
    "accounts:lost_contact_new": "to enter without the phone",
    "accounts:forgotten": "to enter without the password",
    "accounts:forgotten_channel": "to enter without the password",
    "accounts:forgotten_code": "to enter without the password",
    "accounts:forgotten_again": "to enter without the password",
    "accounts:forgotten_password": "to enter without the password",
    "accounts:sign_out": "who is not inside is outside already",
    "accounts:staff_enrol": "a signed link that expires, for new staff",
    "accounts:legal": "texts for everybody (Ley 1581)",
    "accounts:legal_version": "texts for everybody (Ley 1581)",
    "appointments:feed": "calendars cannot sign in: 256 bits, revocable, no names",
    "appointments:answer": "a signed link that expires; it says when and where alone",
    "appointments:answer_come": "the same link: «Confirmo»",
    "appointments:answer_cannot_go": "the same link: «No puedo ir»",
    "appointments:offer_link": "a signed link that expires; it says when and where alone",
    "appointments:offer_link_accept": "the same link: «Aceptar esta cita»",
    "appointments:offer_link_decline": "the same link: «No me sirve»",
    "messaging:short_link": "from a text message to an address that asks to sign in",
    "s/<str:token>/": "the same with its slash",
    "messaging:twilio": "asks for Twilio's signature",
    "messaging:demo_messages": "exists in the demo only",
    "ops:live": "for supervisors: «ok»",
    "ops:ready": "for balancers: numbers",
    "admin:login": "to enter, for staff",
    "admin:logout": "who is not inside is outside already",
}
# Parameters that choose among things of everybody; the rest name somebody's rows.
CHOICES: dict[str, tuple[object, ...]] = {
    "what": ("celular", "correo"),
    "kind": ("terminos",),
    "number": (1,),
    "slug": ("tipo", "sede", "orden"),
    "key": ("0" * 40,),
    # What opens by itself cannot be guessed; here is a guess.
    "token": ("A" * 43,),
    "app_label": ("appointments", "accounts"),
    "url": ("appointments/", "nothing"),
    "content_type_id": (1,),
}
# Fields by which a form may say about whom or what it is.
ABOUT_A_PERSON = (
    "persona",
    "paciente",
    "patient",
    "person",
    "para",
    "quien",
    "titular",
)
ABOUT_A_VISIT = ("cita", "appointment", "appointment_id", "id", "reemplaza")
# Addresses at which even their owner needs more than these rows: nothing to compare with.
NEEDS_MORE = {
    "accounts:change_contact_code": "the code is bound to the browser that asked for it",
    "accounts:change_contact_again": "the same",
    "appointments:order_file": "the picture is on a disk; there is none here",
}


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    parameters: dict[str, str]  # its name and its converter

    @property
    def admin(self) -> bool:
        return self.pattern.startswith(settings.ADMIN_PATH)

    @property
    def personal(self) -> bool:
        """It names a row of somebody."""
        return bool(set(self.parameters) - set(CHOICES))


def routes() -> list[Route]:
    return sorted(set_of_routes(get_resolver(), "", ""), key=lambda one: one.pattern)


def set_of_routes(
    resolver: URLResolver, before: str, namespace: str
) -> Iterator[Route]:
    for one in resolver.url_patterns:
        pattern = before + str(one.pattern).lstrip("^").removesuffix(r"\Z")
        if isinstance(one, URLResolver):
            inside = namespace + (f"{one.namespace}:" if one.namespace else "")
            yield from set_of_routes(one, pattern, inside)
        elif isinstance(one, URLPattern):
            name = f"{namespace}{one.name}" if one.name else pattern
            converters = one.pattern.converters
            kinds = {key: type(value).__name__ for key, value in converters.items()}
            yield Route(name, pattern, kinds)


PRIVATE = [one for one in routes() if one.name not in PUBLIC]


@pytest.fixture
def house(settings: Any) -> Household:
    settings.CAPTCHA_TEST_MODE = True
    return household.build()


def values(route: Route, parameter: str, house: Household) -> list[object]:
    """What to write there: ids of theirs by the name of the parameter, or else all of the kind."""
    if parameter in CHOICES:
        return list(CHOICES[parameter])
    by_name: dict[str, list[object]] = {
        "appointment_id": house.visited,
        "person": [one.token for one in house.patients],
        "challenge_id": [row.pk for row in house.of(Challenge)],
        "guardianship_id": [row.pk for row in house.of(Guardianship)],
        "claim_id": [row.pk for row in house.of(DataClaim)],
        "session_id": [row.pk for row in house.of(UserSession)],
        "group_id": [row.pk for row in house.of(AppointmentGroup)],
        "entry_id": [row.pk for row in house.of(WaitingListEntry)],
        "object_id": _of_the_admin(route, house),
    }
    by_kind: dict[str, list[object]] = {
        "UUIDConverter": [*house.uuids],
        "IntConverter": [*house.numbers],
    }
    found = by_name.get(parameter) or by_kind.get(route.parameters[parameter])
    assert found, (
        f"{route.pattern}: say in CHOICES or here what to write for <{parameter}>"
    )
    return found


def _of_the_admin(route: Route, house: Household) -> list[object]:
    model = route.name.removeprefix("admin:").split("_")[1:2]
    keys = [row.pk for row in house.rows if [row._meta.model_name] == model]
    return [str(key) for key in keys[:1]] or ["1"]


def addresses(route: Route, house: Household) -> Iterator[str]:
    names = list(route.parameters)
    for chosen in product(*(values(route, name, house) for name in names)):
        written = route.pattern
        for name, value in zip(names, chosen, strict=True):
            converter = _converter(written, name)
            written = written.replace(converter, str(value))
        yield f"/{written.removesuffix('$')}"


def _converter(pattern: str, name: str) -> str:
    start = pattern.rindex("<", 0, pattern.index(f"{name}>"))
    return pattern[start : pattern.index(">", start) + 1]


# --- Who they are --------------------------------------------------------------


def nobody(house: Household) -> Client:
    return Client()


def password_typed(house: Household) -> Client:
    """The patient's own browser, between the password and the code."""
    client = Client()
    answer = walk.type_password(client, house.owner)
    assert answer.headers["Location"] == reverse("accounts:sign_in_channel")
    return client


def code_sent(house: Household) -> Client:
    """The same, with the code on its way."""
    client = password_typed(house)
    answer = client.post(reverse("accounts:sign_in_channel"), {"canal": "email"})
    assert answer.headers["Location"] == reverse("accounts:sign_in_code")
    return client


def stranger(house: Household) -> Client:
    return signed_in(UserFactory())


def ended_guardian(house: Household) -> Client:
    state = Guardianship.State.ENDED
    return signed_in(household.former_guardian(house, state=state))


def guardian_until_yesterday(house: Household) -> Client:
    yesterday = timezone.localdate() - timedelta(days=1)
    return signed_in(household.former_guardian(house, end_date=yesterday))


def asking_guardian(house: Household) -> Client:
    """ACC-05: who asked to act for them, and was not answered."""
    state = Guardianship.State.ASKED
    return signed_in(household.former_guardian(house, state=state, dependant=None))


def staff_without_their_code(house: Household) -> Client:
    """AUT-17: a password alone opens nothing of the staff's, nor of the patients'."""
    return signed_in(UserFactory(staff=True, is_superuser=True))


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


OUTSIDE = (nobody, password_typed, code_sent)
INSIDE = (stranger, ended_guardian, guardian_until_yesterday, asking_guardian)


# --- What they get -------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    route: Route
    what: str
    answer: HttpResponse
    changed: list[str]

    @property
    def refused(self) -> bool:
        return self.answer.status_code in (403, 404, 405) or self.asks_to_sign_in

    @property
    def asks_to_sign_in(self) -> bool:
        path = self.answer.headers.get("Location", "").partition("?")[0]
        return self.answer.status_code == 302 and path in (
            resolve_url(settings.LOGIN_URL),
            reverse("admin:login"),
        )


def visits(client: Client, route: Route, house: Household) -> Iterator[Visit]:
    """Each address, read and written to; each visit as if the others had not been."""
    ways: list[tuple[str, dict[str, object]]] = [("GET", {}), ("POST", {})]
    if not route.personal and not route.admin:
        # Where the address names nobody, the form might.
        about: dict[str, object] = dict.fromkeys(ABOUT_A_PERSON, house.patient.token)
        ways.append(("POST", about | dict.fromkeys(ABOUT_A_VISIT, house.visited[0])))
    client.raise_request_exception = False
    for address in addresses(route, house):
        for method, body in ways:
            cookies = copy.deepcopy(client.cookies)
            with transaction.atomic():
                ask = client.post if method == "POST" else client.get
                visit = Visit(route, f"{method} {address}", ask(address, body), [])
                if not visit.refused:
                    visit.changed.extend(house.changed())
                transaction.set_rollback(True)
            client.cookies = cookies
            yield visit


def said(answer: HttpResponse) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{headers}\n{body.decode('utf-8', 'replace')}"


def betrays(answer: HttpResponse, house: Household) -> list[str]:
    text = said(answer)
    return [secret for secret in house.secrets if secret in text]


def complaint(visit: Visit, house: Household, *, outside: bool) -> str:
    """What is wrong with that answer, or nothing."""
    wrong = [*betrays(visit.answer, house), *visit.changed]
    status = visit.answer.status_code
    if status >= 500:
        wrong.append("broken")
    if visit.route.name not in PUBLIC:
        owned = visit.route.personal or visit.route.admin
        if (outside and not visit.asks_to_sign_in) or (owned and not visit.refused):
            wrong.append(str(status))
    return f"{visit.what} ({visit.route.name}): {', '.join(wrong)}" if wrong else ""


def complaints(client: Client, house: Household, *, outside: bool) -> str:
    """Everything that is wrong, a line for each visit."""
    found = (
        complaint(visit, house, outside=outside)
        for route in routes()
        for visit in visits(client, route, house)
    )
    return "\n".join(text for text in found if text)


@pytest.mark.parametrize("who", OUTSIDE, ids=lambda who: who.__name__)
def test_who_is_not_inside_is_asked_to_sign_in(who, house):
    """SES-02, A05 of the attacks: the password alone opens nothing."""
    assert complaints(who(house), house, outside=True) == ""


@pytest.mark.parametrize("who", INSIDE, ids=lambda who: who.__name__)
def test_who_does_not_act_for_them_finds_nothing(who, house):
    """ACC-01, ACC-03, ACC-05."""
    assert complaints(who(house), house, outside=False) == ""


def test_staff_without_the_code_of_their_app_find_nothing(house):
    """AUT-17, ACC-07."""
    client = staff_without_their_code(house)

    assert complaints(client, house, outside=False) == ""


def test_the_owner_finds_what_the_others_do_not(house):
    """Or the addresses above would be wrong, and all of this would prove nothing."""
    client = signed_in(house.owner)

    missed = {
        route.name
        for route in PRIVATE
        if route.personal
        and not route.admin
        and all(visit.refused for visit in visits(client, route, house))
    }

    assert missed == {*NEEDS_MORE} & {route.name for route in PRIVATE}


def test_every_exception_is_an_address_that_there_is():
    """What is public is justified one by one, and the list does not grow old."""
    names = {route.name for route in routes()}

    assert set(PUBLIC) - names == set()
